"""The watch over the pages can fail: each kind of fault, put there on purpose, is seen."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.accessibility import find_violations, verify_accessible
from tests.browser.pictures import take_screenshot, verify_no_sideways_scroll
from tests.browser.watching import OpenPage, WatchedPage

pytestmark = pytest.mark.needs_system("chromium")

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
PAGES = {
    "/sound": "<main><h1>Sound</h1><p>A page with nothing wrong.</p></main>",
    "/inline": "<main><h1>Inline</h1><script>document.title = 'changed'</script></main>",
    "/missing": "<main><h1>Missing</h1><img src='/no-such-picture' alt='nothing'></main>",
    "/foreign": "<main><h1>Foreign</h1><img src='http://127.0.0.2:9/picture' alt='elsewhere'></main>",
    "/unnamed": "<main><h1>Unnamed</h1><button></button></main>",
    "/wide": "<main><h1>Wide</h1><svg width='2000' height='10'></svg></main>",
    "/blank": "",
    "/favicon.ico": "",
}


class SmallSite(http.server.BaseHTTPRequestHandler):
    """Serves the pages above under a content security policy as strict as the product's."""

    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        document = f"<!doctype html><html lang='en'><title>{self.path}</title><body>{body}</body></html>"
        self.wfile.write(document.encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing: the test run's output is for the tests."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SmallSite) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def visit(open_page: OpenPage, url: str) -> WatchedPage:
    watched = open_page("en")
    watched.page.goto(url, wait_until="networkidle")
    return watched


def test_a_sound_page_is_quiet_accessible_and_pictured(
    open_page: OpenPage, site: str, tmp_path: Path
) -> None:
    watched = visit(open_page, site + "/sound")
    watched.verify_quiet()
    verify_accessible(watched.page)
    verify_no_sideways_scroll(watched.page)
    take_screenshot(watched.page, tmp_path / "sound.png")


@pytest.mark.parametrize(
    ("path", "told"),
    [("/inline", "Content Security Policy"), ("/missing", "404"), ("/foreign", "another host")],
)
def test_what_a_page_does_wrong_is_a_fault(open_page: OpenPage, site: str, path: str, told: str) -> None:
    watched = visit(open_page, site + path)
    with pytest.raises(AssertionError, match=told):
        watched.verify_quiet()
    watched.allow("Content Security Policy|404|another host")


def test_a_barrier_is_found_and_named(open_page: OpenPage, site: str) -> None:
    watched = visit(open_page, site + "/unnamed")
    assert "button-name" in {found.rule for found in find_violations(watched.page)}
    with pytest.raises(AssertionError, match="button-name"):
        verify_accessible(watched.page)


def test_a_page_wider_than_its_window_is_refused(open_page: OpenPage, site: str) -> None:
    with pytest.raises(AssertionError, match="wider"):
        verify_no_sideways_scroll(visit(open_page, site + "/wide").page)


def test_a_blank_picture_is_refused(open_page: OpenPage, site: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="bytes only|is blank"):
        take_screenshot(visit(open_page, site + "/blank").page, tmp_path / "blank.png")
