"""The pages of a service: Jinja templates on the kit, in two languages, under a strict content policy.

A service makes one `Pages`, mounts it, and renders templates of its own package that extend `kit/page.html`
(the frame with navigation), `kit/bare.html` (sign-in) or `kit/print.html`. Every text is written `t(en, zh)`.
No page runs inline script or style. A page whose scripts import the cryptography by name (`@noble/...`) is
rendered with `import_map=True`: the map then stands in the page and its hash in the policy. Workers know no
import map: they import `/static/kit/vendor/noble/hashes/...` by address.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response

from ledger_web.clock import Clock, system_clock
from ledger_web.errors import ServiceError
from ledger_web.languages import Language, LanguageLayer, build_switch_url, language_of
from ledger_web.page_text import PageText
from ledger_web.problems import build_problem, request_id_of, status_of
from ledger_web.static_files import StaticFiles
from ledger_web.step_wording import is_span, say_by_hand, say_label, say_step_name

__all__ = ["Language", "NavItem", "Pages", "language_of"]

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# htmx writes no style and evaluates nothing; a refusal is shown where the page has its place for problems.
_HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": True, "error": True, "target": "#problems", "swapOverride": "innerHTML"},
    ],
}


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation: label (English, Chinese), a Tabler icon's name, a count if it has one."""

    path: str
    label: tuple[str, str]
    icon: str
    count: int | None = None


class Pages:
    """Renders one service's pages and serves its static files.

    `package` holds `templates/` and `static/`; `title` is the service's name (English, Chinese); `navigation`
    answers the entries that this request's user may see. `sign_in` and `sign_out` are the paths of these
    pages; without `sign_in`, "not signed in" is an ordinary problem page. A guard that knows who is signed in
    sets `request.state.principal_name`, which every page shows. Raises StartRefused if the kit isn't built.
    """

    def __init__(
        self,
        package: str,
        *,
        title: tuple[str, str],
        navigation: Callable[[Request], Sequence[NavItem]],
        zone: str = "Asia/Shanghai",
        development: bool,
        static_url: str = "/static",
        sign_in: str | None = None,
        sign_out: str | None = None,
        home: str = "/",
        clock: Clock = system_clock,
    ) -> None:
        folder = _find_folder(package)
        self.sign_in = sign_in
        self._sign_out = sign_out
        self._home = home
        self._title = title
        self._navigation = navigation
        self._zone = ZoneInfo(zone)
        self._clock = clock
        self._development = development
        self._static_url = static_url
        self._static = StaticFiles(folder / "static", url=static_url, live=development)
        self._import_map = _build_import_map(static_url)
        self._templates = _build_environment(folder / "templates", self._static, development)

    def mount(self, app: FastAPI) -> None:
        """Serve the static files, and take `?lang=`."""

        def answer_static(request: Request, path: str) -> Response:
            return self._static.answer(request, path)

        app.add_api_route(
            f"{self._static_url}/{{path:path}}",
            answer_static,
            methods=["GET", "HEAD"],
            include_in_schema=False,
            response_model=None,
        )
        # Innermost, whatever was added before: its answers too get their headers and their log line.
        app.user_middleware.append(Middleware(LanguageLayer, secure=not self._development))

    def render(
        self,
        request: Request,
        template: str,
        context: object,
        *,
        status: int = 200,
        import_map: bool = False,
    ) -> HTMLResponse:
        """Render a template with a context (a mapping or a dataclass) in the request's language."""
        language = language_of(request)
        text = PageText(language, self._zone, self._clock())
        shown = _read_context(context) | self._build_context(request, text)
        shown["import_map"] = Markup(self._import_map) if import_map else None  # noqa: S704 - of our own making
        content = self._templates.get_template(template).render(shown)
        scripts = f"'self' '{_hash_source(self._import_map)}'" if import_map else "'self'"
        headers = {
            "Content-Security-Policy": _POLICY.format(scripts=scripts),
            "Content-Language": "zh-CN" if language == "zh" else "en",
            "Vary": "Accept-Language, Cookie, HX-Request",
        }
        return HTMLResponse(content, status_code=status, headers=headers)

    def render_problem(self, request: Request, error: ServiceError) -> HTMLResponse:
        """Render a refusal as a page, or as a notice where htmx asked for a part of one."""
        problem = build_problem(error, request_id_of(request))
        partial = request.headers.get("hx-request") == "true"
        template = "kit/problem_notice.html" if partial else "kit/problem.html"
        context = {"problem": problem, "retry_after_seconds": error.retry_after_seconds}
        response = self.render(request, template, context, status=status_of(error))
        if error.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response

    def _build_context(self, request: Request, text: PageText) -> dict[str, object]:
        other: Language = "en" if text.language == "zh" else "zh"
        path = request.url.path
        navigation = list(self._navigation(request))
        return {
            "t": text.pick,
            "lang": text.language,
            "now": text.now,
            "text": text,
            "request": request,
            "development": self._development,
            "service_title": text.pick(*self._title),
            "navigation": navigation,
            "active_path": _find_active(path, navigation),
            "home_path": self._home,
            "sign_out_path": self._sign_out,
            "switch_url": build_switch_url(path, request.url.query, other),
        }


def _find_folder(package: str) -> Path:
    found = find_spec(package)
    places = list(found.submodule_search_locations or ()) if found is not None else []
    if not places:
        raise LookupError(f"no package {package}")
    return Path(places[0])


def _build_environment(folder: Path, static: StaticFiles, development: bool) -> Environment:
    kit = Path(__file__).parent / "templates"
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(kit)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=development,
    )
    environment.globals |= {
        "static": static.url_of,
        "svg_icon": lambda name: _read_icon(static, name),
        "htmx_config": json.dumps(_HTMX, separators=(",", ":")),
        "product_version": version("rxledger"),
        "is_span": is_span,
        "say_label": say_label,
        "say_step_name": say_step_name,
        "say_by_hand": say_by_hand,
    }
    return environment


def _read_icon(static: StaticFiles, name: str) -> Markup:
    found = static.find(f"kit/vendor/icons/{name}.svg")
    if found is None:
        raise LookupError(f"no icon {name}; add it: python scripts/build_pages.py --icon {name}")
    drawing = found.content.decode().strip()
    return Markup(drawing.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704 - vendored


def _read_context(context: object) -> dict[str, object]:
    if isinstance(context, Mapping):
        return dict(context)
    if is_dataclass(context) and not isinstance(context, type):
        return {field.name: getattr(context, field.name) for field in fields(context)}
    raise TypeError("a page's context is a mapping or a dataclass")


def _find_active(path: str, navigation: Sequence[NavItem]) -> str | None:
    """Find the entry that this page belongs to: the longest path above it."""
    above = [
        item.path for item in navigation if path == item.path or path.startswith(item.path.rstrip("/") + "/")
    ]
    return max(above, key=len, default=None)


def _build_import_map(static_url: str) -> str:
    packages = {f"@noble/{name}/": f"{static_url}/kit/vendor/noble/{name}/" for name in ("curves", "hashes")}
    return json.dumps({"imports": packages}, separators=(",", ":"))


def _hash_source(script: str) -> str:
    """Return the source expression of an inline script (CSP Level 3, 2.3.1 hash-source)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
