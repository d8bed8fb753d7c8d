"""Idempotency-Key on the API's writes."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Header, Request, Response

from ledger_web.bodies import JSON_MEDIA_TYPE, ApiModel
from regulator_portal.idempotency.once import REPLAYED_HEADER, Asked, OnceOnly, verify_key
from regulator_portal.identity.principal import Principal

AnswerT = TypeVar("AnswerT", bound=ApiModel)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="idempotency-key",
        description="A key of your own making, such as a UUID. A repeated request carries the same key.",
        examples=["5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"],
    ),
]
"""The header; a missing or malformed one gets a problem of its own."""


def answer_once(
    once: OnceOnly,
    request: Request,
    principal: Principal,
    key: str | None,
    body: bytes,
    status: int,
    act: Callable[[], AnswerT],
) -> Response:
    """Do `act` and answer with it, or answer as the first request with this key was answered."""
    route = f"{request.method} {getattr(request.scope.get('route'), 'path', request.url.path)}"
    asked = Asked(principal.scope, route, verify_key(key), request.url.path.encode() + b"\n" + body)
    given = once.answer(asked, lambda: (status, act().model_dump_json().encode()))
    headers = {REPLAYED_HEADER: "true"} if given.replayed else None
    return Response(given.body, status_code=given.status, media_type=JSON_MEDIA_TYPE, headers=headers)
