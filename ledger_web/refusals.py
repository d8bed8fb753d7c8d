"""Turns every refusal, whoever raises it, into a problem: ours, FastAPI's, Starlette's and the database's."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from ledger_web.errors import MalformedRequest, MethodNotAllowed, NotFound, ServiceError, Unavailable
from ledger_web.faults import explain_faults
from ledger_web.problems import build_problem_response, request_id_of


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


def answer_refusals(app: FastAPI) -> None:
    """Register the translation of every kind of refusal."""
    app.add_exception_handler(ServiceError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(OperationalError, _answer_database)
    app.add_exception_handler(PoolTimeout, _answer_database)


async def _answer_ours(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, ServiceError):
        raise refusal
    return build_problem_response(refusal, request_id_of(request))


async def _answer_invalid(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, RequestValidationError):
        raise refusal
    return build_problem_response(explain_faults(refusal.errors()), request_id_of(request))


async def _answer_framework(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, HTTPException):
        raise refusal
    answer = build_problem_response(_translate(refusal.status_code), request_id_of(request))
    if refusal.status_code == 405:
        answer.headers["Allow"] = ", ".join(_list_methods(request))
    return answer


async def _answer_database(request: Request, _refusal: Exception) -> Response:
    busy = DatabaseBusy(
        "Nothing was stored. Send the same request again, with the same Idempotency-Key.",
        "未存储任何内容。请用相同的 Idempotency-Key 原样重发。",
        retry_after_seconds=2,
    )
    return build_problem_response(busy, request_id_of(request))


def _list_methods(request: Request) -> list[str]:
    """List the methods that the address takes (RFC 9110 15.5.6): each is a route of its own."""
    described = request.app.openapi()["paths"].get(
        getattr(request.scope.get("route"), "path", ""), {"get": {}}
    )
    return sorted(method.upper() for method in described)


def _translate(status: int) -> ServiceError:
    if status == 404:
        return NoSuchRoute("See /openapi.json for the addresses there are.", "可用地址见 /openapi.json。")
    if status == 405:
        return MethodNotAllowed("See /openapi.json for the methods it takes.", "可用方法见 /openapi.json。")
    return MalformedRequest("The request could not be read.", "无法读取该请求。")
