"""Forms and the cookies behind them: same-origin requests, what was typed, session cookies, where to go next.

A cookie goes along with a request whoever caused it, so whatever a cookie authorises must also come from a
page of ours: `verify_same_origin` reads what the browser says about that (Fetch Metadata; Origin, RFC 6454
7).
"""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ledger_web.errors import MalformedRequest, NotAllowed

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FORM_FIELDS = 500
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteRequest(NotAllowed):
    """A request that a cookie would authorise, and that no page of this site sent."""

    code = "cross-site-request"
    title = "This request came from another site"
    title_zh = "请求来自其他网站"


class FormUnreadable(MalformedRequest):
    """The form's body isn't what a browser sends."""

    code = "malformed-form"
    title = "The form can't be read"
    title_zh = "表单无法解析"


def verify_same_origin(request: Request) -> None:
    """Refuse a request that changes something and wasn't sent by a page of this host.

    :raises CrossSiteRequest: neither Sec-Fetch-Site nor Origin says that it was
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        same = site == "same-origin"
    else:
        same = origin is not None and _is_host(origin, request.headers.get("host", ""))
    if not same:
        raise CrossSiteRequest(
            "Nothing was done. Open the page on this site and send it from there.",
            "未执行任何操作。请在本网站打开该页面后再提交。",
        )


def parse_form(content: bytes) -> dict[str, str]:
    """Parse a urlencoded form; of a name sent more than once the last value counts.

    :raises FormUnreadable: not UTF-8, or more than `MAX_FORM_FIELDS` fields
    """
    return dict(parse_form_pairs(content))


def parse_form_pairs(content: bytes, *, max_fields: int = MAX_FORM_FIELDS) -> list[tuple[str, str]]:
    """Parse a urlencoded form into its fields in order, for names that repeat. Raises FormUnreadable."""
    try:
        return parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=max_fields,
        )
    except (UnicodeError, ValueError):
        raise FormUnreadable(
            "Reload the page and send the form again.", "请重新载入页面后再次提交表单。"
        ) from None


def read_next_path(offered: str | None, default: str) -> str:
    """Return where to go after signing in: `offered` if it is a path of this site, else `default`."""
    if offered is None or not offered.startswith("/") or len(offered) > 2000:
        return default
    if offered.startswith("//") or "\\" in offered or any(character <= " " for character in offered):
        return default
    parts = urlsplit(offered)
    return offered if not parts.scheme and not parts.netloc else default


def set_session_cookie(response: Response, name: str, token: str, *, max_age: int, secure: bool) -> None:
    """Give the browser a session: not readable by scripts, sent by pages of this site alone."""
    response.set_cookie(
        name, token, max_age=max_age, path="/", secure=secure, httponly=True, samesite="strict"
    )


def clear_session_cookie(response: Response, name: str, *, secure: bool) -> None:
    """Take the session away again."""
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")


def _is_host(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()
