"""The outermost layer of every request: its id, security headers, one log line, metrics, and the last resort.

An exception that nothing else expected becomes a problem with an incident id. The log then names the
exception's class and the places it came through, never its message: messages can hold what was sent.
"""

import re
import time
import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger_web.errors import ServiceError
from ledger_web.metrics import RequestMetrics
from ledger_web.problems import build_problem_response

_REQUEST_ID = re.compile(r"[A-Za-z0-9_\-]{8,64}")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class UnexpectedFault(ServiceError):
    """A fault of the service itself."""

    code = "internal-fault"
    title = "The service failed"
    title_zh = "服务内部错误"


class RequestLayer:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics, *, is_production: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = dict(_SECURITY_HEADERS)
        if is_production:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"
        self._logger = structlog.get_logger("rxledger.request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _choose_request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(request_id, self._headers, send)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as fault:  # noqa: BLE001 - the last resort: nothing may reach the client as a trace
            self._report(fault, request_id)
            if not exchange.started:
                answer = self._answer_fault(Request(scope), _explain(request_id), request_id)
                await answer(scope, receive, exchange.send)
        finally:
            self._note(scope, exchange.status, time.perf_counter() - started, request_id)

    def _answer_fault(self, request: Request, fault: UnexpectedFault, incident: str) -> Response:
        """Answer as refusals are answered (`refusals.answer_refusals`), or plainly if that fails too."""
        answer_refusal = getattr(getattr(request.scope.get("app"), "state", None), "answer_refusal", None)
        if answer_refusal is not None:
            try:
                answer: Response = answer_refusal(request, fault)
            except Exception as further:  # noqa: BLE001 - a page that can't be rendered mustn't hide the incident
                self._report(further, incident)
            else:
                return answer
        return build_problem_response(fault, incident)

    def _report(self, fault: Exception, incident: str) -> None:
        self._metrics.incidents.inc()
        self._logger.error("unexpected_fault", incident=incident, exc_info=fault)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = _route_of(scope)
        self._metrics.note_request(scope["method"], route, status, seconds)
        self._logger.info(
            "request",
            request_id=request_id,
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )


class _Exchange:
    """One request's answer on its way out: adds the headers, remembers the status."""

    def __init__(self, request_id: str, headers: dict[str, str], send: Send) -> None:
        self.started = False
        self.status = 500
        self._request_id = request_id
        self._headers = headers
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _choose_request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            offered: str = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(offered):
                return offered
    return uuid.uuid4().hex


def _route_of(scope: Scope) -> str:
    """Name the route by its template: a path may hold ids, and an unknown one anything."""
    route = scope.get("route")
    return str(getattr(route, "path", "unmatched"))


def _explain(incident: str) -> UnexpectedFault:
    return UnexpectedFault(
        f"Nothing that you sent is known to be wrong. Tell the operator this incident id: {incident}.",
        f"未发现您提交的内容有误。请将此事件编号告知运维人员：{incident}。",
    )
