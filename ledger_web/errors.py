"""The errors of a service: one tree, which knows no HTTP.

Each branch under `ServiceError` says what kind of refusal it is (not signed in, not allowed, conflict, ...);
each leaf has a stable `code`, a title in both languages, and is raised with a detail in both languages that
says what was wrong, where, and what to do, without personal data. `problems.py` alone turns them into
answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Place = Literal["body", "query", "path", "header"]


@dataclass(frozen=True)
class FieldProblem:
    """One fault of one input: `pointer` is an RFC 6901 JSON Pointer within `place`; no value is repeated."""

    pointer: str
    message: str
    message_zh: str
    code: str = "invalid"
    place: Place = "body"


class ServiceError(Exception):
    """Root of everything that a service refuses or can't do.

    `detail` and `detail_zh` explain this one case; `faults` name the inputs at fault; `retry_after_seconds`
    is given where trying again later makes sense.
    """

    code: ClassVar[str] = "service-error"
    title: ClassVar[str] = "The request could not be completed"
    title_zh: ClassVar[str] = "请求未能完成"

    def __init__(
        self,
        detail: str,
        detail_zh: str,
        *,
        faults: Sequence[FieldProblem] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.detail_zh = detail_zh
        self.faults = tuple(faults)
        self.retry_after_seconds = retry_after_seconds


class MalformedRequest(ServiceError):
    """The request can't be read at all."""

    code = "malformed-request"
    title = "The request can't be read"
    title_zh = "请求无法解析"


class NotSignedIn(ServiceError):
    """No credentials, or credentials that don't hold."""

    code = "not-signed-in"
    title = "Sign in first"
    title_zh = "请先登录"


class NotAllowed(ServiceError):
    """Known who it is, and that one may not do this."""

    code = "not-allowed"
    title = "Not allowed"
    title_zh = "无权操作"


class NotFound(ServiceError):
    """Nothing there that this principal may see."""

    code = "not-found"
    title = "Not found"
    title_zh = "未找到"


class MethodNotAllowed(ServiceError):
    """The address exists, and doesn't take that method."""

    code = "method-not-allowed"
    title = "This address does not take this method"
    title_zh = "该地址不支持此方法"


class StateConflict(ServiceError):
    """The state of the thing, or another request under way, stands against it."""

    code = "conflict"
    title = "In conflict with the present state"
    title_zh = "与当前状态冲突"


class TooLarge(ServiceError):
    """More bytes than this endpoint takes."""

    code = "body-too-large"
    title = "The body is too large"
    title_zh = "请求体过大"


class UnsupportedContent(ServiceError):
    """A content type that this endpoint doesn't take."""

    code = "unsupported-content-type"
    title = "Unsupported content type"
    title_zh = "不支持的内容类型"


class Unprocessable(ServiceError):
    """Readable, and not valid: `faults` name the inputs."""

    code = "invalid-request"
    title = "The request is not valid"
    title_zh = "请求内容无效"


class TooMany(ServiceError):
    """Too many attempts; `retry_after_seconds` says when to come back."""

    code = "too-many-requests"
    title = "Too many attempts"
    title_zh = "尝试次数过多"


class Unavailable(ServiceError):
    """A part that the service needs doesn't answer at present."""

    code = "unavailable"
    title = "Temporarily unavailable"
    title_zh = "暂时不可用"


class StartRefused(Exception):
    """The service can't start as configured. The message says which setting, why, and what to do."""
