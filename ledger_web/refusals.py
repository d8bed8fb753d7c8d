"""Turns every refusal, whoever raises it, into a problem: ours, FastAPI's, Starlette's and the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from ledger_web.errors import (
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    ServiceError,
    Unavailable,
)
from ledger_web.faults import explain_faults
from ledger_web.pages import Pages
from ledger_web.problems import build_problem_response, request_id_of

_PROGRAMS = "/v1/"


class NoSuchRoute(NotFound):
    """No endpoint has that path."""

    code = "no-such-route"
    title = "There is no such address"
    title_zh = "地址不存在"


class DatabaseBusy(Unavailable):
    """The database didn't take the work in time."""

    code = "database-busy"
    title = "The database is busy"
    title_zh = "数据库繁忙"


def answer_refusals(app: FastAPI, pages: Pages | None = None, page_prefixes: Sequence[str] = ()) -> None:
    """Register the translation of every kind of refusal.

    A browser's request below one of `page_prefixes` (never below /v1) is answered by a page of `pages`;
    who isn't signed in there is sent to the sign-in page, with `?next=`. All others get a problem.
    """
    answers = _Answers(pages, tuple(page_prefixes))
    app.state.answer_refusal = answers.answer
    app.add_exception_handler(ServiceError, answers.answer_ours)
    app.add_exception_handler(RequestValidationError, answers.answer_invalid)
    app.add_exception_handler(HTTPException, answers.answer_framework)
    app.add_exception_handler(OperationalError, answers.answer_database)
    app.add_exception_handler(PoolTimeout, answers.answer_database)


@dataclass(frozen=True)
class _Answers:
    """Answers refusals as problems, or as pages where a browser asked for one."""

    pages: Pages | None
    prefixes: tuple[str, ...]

    def answer(self, request: Request, refusal: ServiceError) -> Response:
        """Answer a refusal in the form that its request takes."""
        if self.pages is None or not self._wants_page(request):
            return build_problem_response(refusal, request_id_of(request))
        if refusal.code == NotSignedIn.code and self.pages.sign_in is not None:
            return _lead_to_sign_in(request, self.pages.sign_in)
        return self.pages.render_problem(request, refusal)

    async def answer_ours(self, request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, ServiceError):
            raise refusal
        return self.answer(request, refusal)

    async def answer_invalid(self, request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, RequestValidationError):
            raise refusal
        return self.answer(request, explain_faults(refusal.errors()))

    async def answer_framework(self, request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, HTTPException):
            raise refusal
        on_page = self.pages is not None and self._wants_page(request)
        answer = self.answer(request, _translate(refusal.status_code, on_page=on_page))
        if refusal.status_code == 405:
            answer.headers["Allow"] = ", ".join(_list_methods(request))
        return answer

    async def answer_database(self, request: Request, _refusal: Exception) -> Response:
        busy = DatabaseBusy(
            "Nothing was stored. Send the same request again, with the same Idempotency-Key.",
            "未存储任何内容。请用相同的 Idempotency-Key 原样重发。",
            retry_after_seconds=2,
        )
        return self.answer(request, busy)

    def _wants_page(self, request: Request) -> bool:
        path = request.url.path
        if path.startswith(_PROGRAMS) or not any(_is_below(path, prefix) for prefix in self.prefixes):
            return False
        return _is_partial(request) or "text/html" in request.headers.get("accept", "")


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


def _is_partial(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _lead_to_sign_in(request: Request, sign_in: str) -> Response:
    """Send the browser to sign in and then back to the page that it is on, if that can be asked for again."""
    partial = _is_partial(request)
    page = urlsplit(request.headers.get("hx-current-url", "") if partial else str(request.url))
    came_from = page.path + (f"?{page.query}" if page.query else "")
    known = page.path and (partial or request.method == "GET")
    target = f"{sign_in}?{urlencode({'next': came_from})}" if known else sign_in
    if partial:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _list_methods(request: Request) -> list[str]:
    """List the methods that the address takes (RFC 9110 15.5.6): each is a route of its own."""
    described = request.app.openapi()["paths"].get(
        getattr(request.scope.get("route"), "path", ""), {"get": {}}
    )
    return sorted(method.upper() for method in described)


def _translate(status: int, *, on_page: bool) -> ServiceError:
    if status == 404 and on_page:
        return NoSuchRoute(
            "No page has this address. Check it, or begin at the start page.",
            "该地址没有页面。请检查地址，或从首页开始。",
        )
    if status == 404:
        return NoSuchRoute("See /openapi.json for the addresses there are.", "可用地址见 /openapi.json。")
    if status == 405 and on_page:
        return MethodNotAllowed(
            "This address is part of a form. Open the page that holds the form.",
            "该地址用于提交表单，请打开表单所在的页面。",
        )
    if status == 405:
        return MethodNotAllowed("See /openapi.json for the methods it takes.", "可用方法见 /openapi.json。")
    return MalformedRequest("The request could not be read.", "无法读取该请求。")
