"""The API's pages for people: Swagger UI over `/openapi.json`, served by us, without any other host.

The page has no inline script, so that its content security policy can name this gateway alone. Swagger UI's
own files come from a package that is kept up (fastapi-offline).
"""

from importlib.resources import files

from fastapi import APIRouter, FastAPI, Response
from starlette.responses import HTMLResponse

ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon.png": "image/png",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'"
)
_CACHE = {"Cache-Control": "public, max-age=3600"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>RxLedger gateway · 网关接口</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript>The API is described in <a href="/openapi.json">/openapi.json</a>. 接口说明见该文件。</noscript>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""

_router = APIRouter(prefix="/docs", include_in_schema=False)


def serve_docs(app: FastAPI) -> None:
    """Add the pages to the application."""
    app.include_router(_router)


@_router.get("")
def read_page() -> Response:
    """Serve the page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})


@_router.get("/start.js")
def read_start_script() -> Response:
    """Serve the one line of our own that starts Swagger UI."""
    return Response(_START, media_type="text/javascript; charset=utf-8", headers=_CACHE)


def _add_asset(name: str, media_type: str) -> None:
    content = (files("fastapi_offline") / "static" / name).read_bytes()

    @_router.get(f"/{name}")
    def read_asset() -> Response:
        return Response(content, media_type=media_type, headers=_CACHE)


for _name, _media_type in ASSETS.items():
    _add_asset(_name, _media_type)
