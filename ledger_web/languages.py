"""The language of a page: Chinese or English, chosen by the browser and switched anywhere.

`?lang=` on any page keeps the choice in a cookie and leads back to the same address without it; else the
cookie decides, then Accept-Language (RFC 9110 12.5.4), then Chinese.
"""

from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["zh", "en"]

LANGUAGE_COOKIE = "rxledger_lang"
LANGUAGE_QUERY = "lang"
_YEAR_SECONDS = 31_536_000


def language_of(request: Request) -> Language:
    """Return the language in which to answer."""
    for offered in (request.query_params.get(LANGUAGE_QUERY), request.cookies.get(LANGUAGE_COOKIE)):
        if offered == "zh":
            return "zh"
        if offered == "en":
            return "en"
    return _choose(request.headers.get("accept-language", ""))


def build_switch_url(path: str, query: str, language: Language) -> str:
    """Build the address of this same page, asked for in `language`."""
    kept = [(name, value) for name, value in _read_query(query) if name != LANGUAGE_QUERY]
    return f"{_write_path(path)}?{urlencode([*kept, (LANGUAGE_QUERY, language)])}"


class LanguageLayer:
    """ASGI middleware: turns `?lang=` of a page into the cookie, 303 to the same address without it."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http" or scope["method"] != "GET" or b"lang=" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        language = request.query_params.get(LANGUAGE_QUERY)
        if language not in ("zh", "en") or "text/html" not in request.headers.get("accept", ""):
            await self._app(scope, receive, send)
            return
        kept = [pair for pair in _read_query(request.url.query) if pair[0] != LANGUAGE_QUERY]
        answer = RedirectResponse(
            _write_path(request.url.path) + (f"?{urlencode(kept)}" if kept else ""), status_code=303
        )
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=_YEAR_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        await answer(scope, receive, send)


def _read_query(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _write_path(path: str) -> str:
    """Write a path that stays on this site: two leading slashes, or a backslash, would name another host."""
    return "/" + quote(path.lstrip("/\\"), safe="/%:@!$&'()*+,;=~-._")


def _choose(header: str) -> Language:
    best: tuple[float, Language] = (0.0, "zh")
    for part in header.split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        language = _read_tag(tag.strip().lower())
        weight = _read_weight(parameters.strip().lower())
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]


def _read_tag(tag: str) -> Language | None:
    primary = tag.split("-", 1)[0]
    if primary in ("zh", "*"):
        return "zh"
    return "en" if primary == "en" else None


def _read_weight(parameters: str) -> float:
    if not parameters.startswith("q="):
        return 1.0
    try:
        return min(max(float(parameters[2:]), 0.0), 1.0)
    except ValueError:
        return 0.0
