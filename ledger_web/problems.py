"""Problem details (RFC 9457): the one place where domain errors become HTTP answers.

Every answer outside 2xx is `application/problem+json` with `type` `urn:rxledger:problem:<code>`, the title
and detail in English and Chinese, and, for invalid input, `errors` with JSON Pointers. Nothing that was sent
is echoed.
"""

import json
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from ledger_web import errors
from ledger_web.errors import ServiceError

PROBLEM_MEDIA_TYPE = "application/problem+json"

_STATUS_OF_BRANCH: tuple[tuple[type[ServiceError], int], ...] = (
    (errors.MalformedRequest, 400),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.MethodNotAllowed, 405),
    (errors.StateConflict, 409),
    (errors.TooLarge, 413),
    (errors.UnsupportedContent, 415),
    (errors.Unprocessable, 422),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)


class ProblemField(BaseModel):
    """One input at fault, by JSON Pointer within `place`."""

    model_config = ConfigDict(populate_by_name=True)

    pointer: str = Field(examples=["/drugs/0/quantity"])
    message: str = Field(examples=["must be greater than 0"])
    message_zh: str = Field(examples=["必须大于 0"])
    code: str = Field(examples=["greater_than"])
    place: str = Field(examples=["body"])


class Problem(BaseModel):
    """RFC 9457 problem details, with a Chinese twin of title and detail."""

    type: str = Field(examples=["urn:rxledger:problem:invalid-request"])
    title: str = Field(examples=["The request is not valid"])
    title_zh: str = Field(examples=["请求内容无效"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["1 field is not valid: see errors."])
    detail_zh: str = Field(examples=["1 个字段无效，详见 errors。"])
    instance: str = Field(examples=["urn:rxledger:request:4f9d1c0e6b5a4d0f8f6d2a7c1b3e5d7a"])
    code: str = Field(examples=["invalid-request"])
    errors: list[ProblemField] = Field(default_factory=list)


def status_of(error: ServiceError) -> int:
    """Return the HTTP status of a domain error, by its branch; of no branch, it is a fault of ours: 500."""
    for branch, status in _STATUS_OF_BRANCH:
        if isinstance(error, branch):
            return status
    return 500


def build_problem(error: ServiceError, request_id: str) -> Problem:
    """Build the problem details of a domain error."""
    return Problem(
        type=f"urn:rxledger:problem:{error.code}",
        title=error.title,
        title_zh=error.title_zh,
        status=status_of(error),
        detail=error.detail,
        detail_zh=error.detail_zh,
        instance=f"urn:rxledger:request:{request_id}",
        code=error.code,
        errors=[
            ProblemField(
                pointer=fault.pointer,
                message=fault.message,
                message_zh=fault.message_zh,
                code=fault.code,
                place=fault.place,
            )
            for fault in error.faults
        ],
    )


def build_problem_response(error: ServiceError, request_id: str) -> Response:
    """Build the HTTP answer of a domain error."""
    problem = build_problem(error, request_id)
    headers = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="rxledger"'
    body = json.dumps(problem.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


def request_id_of(request: Request) -> str:
    """Return the id that the request middleware gave to this request."""
    return str(request.scope.get("state", {}).get("request_id", "unknown"))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Build the `responses` of an endpoint's decorator: these statuses, documented as problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
