"""The kit's own scripts and frame in a browser, on its sample service."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn

from ledger_web.listening import open_listener
from tests.browser.accessibility import verify_accessible
from tests.browser.browsing import Language
from tests.browser.pictures import verify_no_sideways_scroll
from tests.browser.watching import OpenPage
from tests.support.waiting import wait_until
from tests.unit.ledger_web.sample.app import ROOT, build_app

pytestmark = pytest.mark.needs_system("chromium")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The sample service, listening."""
    with open_listener("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(build_app(), access_log=False, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started, 20, "the sample service")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("path", ["parts", "sign-in", "sheet"])
def test_the_parts_of_pages_have_no_barriers(
    open_page: OpenPage, site: str, language: Language, path: str
) -> None:
    page = open_page(language).page
    page.goto(f"{site}/pages/{path}")
    verify_accessible(page)
    for width in (1280, 820):
        page.set_viewport_size({"width": width, "height": 900})
        verify_no_sideways_scroll(page)


def test_a_dangerous_form_is_sent_only_after_a_yes(open_page: OpenPage, site: str) -> None:
    page = open_page("en").page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{site}/pages/parts")
    page.get_by_role("button", name="Recheck").click()
    dialog = page.get_by_role("dialog")
    assert "All entries of log 100 are fetched and compared anew" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="Recheck").click()
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    assert sent == []
    page.get_by_role("button", name="Recheck").click()
    page.get_by_test_id("confirm-yes").click()
    page.wait_for_url("**/pages/act")
    assert sent == [f"{site}/pages/act"]


def test_a_shortened_hash_is_copied_whole(open_page: OpenPage, site: str) -> None:
    page = open_page("en").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page.goto(f"{site}/pages/parts")
    step = page.get_by_test_id("step-3")
    step.locator(f'[data-copy="{ROOT}"]').click()
    step.get_by_label("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == ROOT


def test_the_language_is_switched_in_place(open_page: OpenPage, site: str) -> None:
    page = open_page("en").page
    page.goto(f"{site}/pages/parts?typed=kept")
    page.get_by_test_id("language-switch").click()
    page.wait_for_url("**/pages/parts?typed=kept")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.goto(f"{site}/pages/sign-in")
    assert page.get_by_role("heading", level=1).inner_text() == "登录"
