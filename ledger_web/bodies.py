"""Request bodies: bounded, of a known content type, and strict JSON (protocol 1, as records are).

`StrictRoute` reads the body of every request itself: no more than the endpoint's bound (413), only its
content types (415), JSON parsed by the verification core's own parser (400), which refuses duplicate names,
floats, NaN, lone surrogates and deep nesting. FastAPI then validates what was parsed. An endpoint that wants
another bound or the bytes as they came says so with `@takes_body(...)`, below its route decorator.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from ledger_proofs.canonical import MAX_RECORD_BYTES, parse_json
from ledger_proofs.errors import MalformedInput
from ledger_web.errors import FieldProblem, MalformedRequest, TooLarge, UnsupportedContent

JSON_MEDIA_TYPE = "application/json"
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_BOUNDS_ATTRIBUTE = "__rxledger_body_bounds__"

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


class ApiModel(BaseModel):
    """Base of request and answer shapes: unknown members are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True)
class BodyBounds:
    """What an endpoint takes. `strict_json` False leaves the bytes to the endpoint (see `RawBody`)."""

    max_bytes: int = MAX_RECORD_BYTES
    max_depth: int = 32
    media_types: tuple[str, ...] = (JSON_MEDIA_TYPE,)
    strict_json: bool = True


_DEFAULT_BOUNDS = BodyBounds()


class MalformedJson(MalformedRequest):
    """The body isn't one strict JSON document."""

    code = "malformed-json"
    title = "The body is not strict JSON"
    title_zh = "请求体不是严格的 JSON"


class LengthUnreadable(MalformedRequest):
    """The Content-Length header is no number."""

    code = "malformed-content-length"
    title = "The Content-Length header is not a number"
    title_zh = "Content-Length 头不是数字"


def takes_body(
    *,
    max_bytes: int = _DEFAULT_BOUNDS.max_bytes,
    max_depth: int = _DEFAULT_BOUNDS.max_depth,
    media_types: tuple[str, ...] = (JSON_MEDIA_TYPE,),
    strict_json: bool = True,
) -> Callable[[EndpointT], EndpointT]:
    """Give an endpoint its own body bounds. Without it: one record's bounds, strict JSON."""
    bounds = BodyBounds(max_bytes, max_depth, media_types, strict_json)

    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, _BOUNDS_ATTRIBUTE, bounds)
        return endpoint

    return mark


def media_type_of(request: Request) -> str:
    """Return the media type that the request states, without parameters, in lower case (RFC 9110 8.3.1)."""
    return str(request.headers.get("content-type", "")).split(";", 1)[0].strip().lower()


class StrictRoute(APIRoute):
    """A route that reads its request's body within bounds before FastAPI sees it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler with the reading of the body."""
        answer = super().get_route_handler()
        bounds: BodyBounds = getattr(self.endpoint, _BOUNDS_ATTRIBUTE, _DEFAULT_BOUNDS)
        expects_body = self.body_field is not None or not bounds.strict_json

        async def read_then_answer(request: Request) -> Response:
            if request.method in _METHODS_WITH_BODY:
                await _read_body(request, bounds, expects_body=expects_body)
            return await answer(request)

        return read_then_answer


async def _read_body(request: Request, bounds: BodyBounds, *, expects_body: bool) -> None:
    """Fill the request's caches of body and JSON, within `bounds`. Raises the branch errors named above.

    A body larger than a record is read only for who is signed in: strangers shouldn't fill the memory. The
    service says who that is, by `app.state.verify_sender(request)`, which raises NotSignedIn.
    """
    if bounds.max_bytes > _DEFAULT_BOUNDS.max_bytes:
        await run_in_threadpool(request.app.state.verify_sender, request)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedContent("Send the body uncompressed.", "请发送未压缩的请求体。")
    body = await _read_bounded(request, bounds.max_bytes)
    request._body = body  # Starlette's own cache: body() answers from it
    if not expects_body:
        return
    if media_type_of(request) not in bounds.media_types:
        raise UnsupportedContent(
            f"This endpoint takes {', '.join(bounds.media_types)}. Set the Content-Type header to it.",
            f"本接口接受 {'、'.join(bounds.media_types)}，请相应设置 Content-Type。",
        )
    if bounds.strict_json and body:
        request._json = _parse(body, bounds)  # Starlette's own cache: json() answers from it


async def _read_bounded(request: Request, max_bytes: int) -> bytes:
    too_large = TooLarge(
        f"The body has more than {max_bytes} bytes, the most this endpoint takes. Send less at a time.",
        f"请求体超过本接口上限 {max_bytes} 字节，请分批发送。",
    )
    stated = request.headers.get("content-length")
    if stated is not None and not (stated.isascii() and stated.isdigit()):
        raise LengthUnreadable(
            "Send the length of the body in bytes, in digits.", "请以数字给出请求体的字节长度。"
        )
    if stated is not None and int(stated[:20]) > max_bytes:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def _parse(body: bytes, bounds: BodyBounds) -> object:
    try:
        return parse_json(body, max_bytes=bounds.max_bytes, max_depth=bounds.max_depth)
    except MalformedInput as fault:
        raise MalformedJson(
            "The body must be one JSON document in UTF-8, without duplicate names, floats, NaN, lone"
            f" surrogates or deep nesting. Found: {fault.code}.",
            "请求体须为一个 UTF-8 编码的 JSON 文档，不得含重复成员名、浮点数、NaN、孤立代理项或过深嵌套。"
            f"发现：{fault.code}。",
            faults=[
                FieldProblem(
                    "", f"is not strict JSON ({fault.code})", f"不是严格的 JSON（{fault.code}）", fault.code
                )
            ],
        ) from None


async def _raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The bytes of the body as they came, already within the endpoint's bounds."""
