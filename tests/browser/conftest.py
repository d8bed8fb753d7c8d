"""Fixtures of the browser tests: one Chromium and one stack a session, watched pages, the gallery.

A failed test leaves a picture and the console of each of its pages in `build/browser-failures/`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error

from ledger_cli.embedded.attack_room import open_attack_room
from tests.browser.browsing import LANGUAGES, Language, open_context, run_chromium
from tests.browser.gallery import Gallery
from tests.browser.pictures import FAILURES, SCREENSHOTS
from tests.browser.visitors import Visitors
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

PAGES = pytest.StashKey[list[WatchedPage]]()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests."""
    with run_chromium() as (_, running):
        yield running


@pytest.fixture(scope="session")
def visitors(browser: Browser, whole_stack: WholeStack) -> Iterator[Visitors]:
    """People of the stack, signed in."""
    people = Visitors(browser, whole_stack)
    yield people
    people.close()


@pytest.fixture(scope="session")
def attack_room(whole_stack: WholeStack) -> Iterator[str]:
    """The attack room beside the stack; its address."""
    with open_attack_room(whole_stack.stack, 0) as address:
        assert address is not None
        yield address


@pytest.fixture(scope="session")
def gallery() -> Gallery:
    """The screenshots of this run; those of an earlier one are taken away."""
    for old in SCREENSHOTS.glob("*.png"):
        old.unlink()
    return Gallery()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Each of the two languages in turn."""
    chosen: Language = request.param
    return chosen


@pytest.fixture
def open_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[OpenPage]:
    """Opens watched pages; at the end each must have been quiet. A context given stays open."""
    pages: list[WatchedPage] = []
    own: list[BrowserContext] = []
    request.node.stash[PAGES] = pages

    def opened(language: Language = "en", context: BrowserContext | None = None) -> WatchedPage:
        if context is None:
            context = open_context(browser, language)
            own.append(context)
        watched = WatchedPage(context.new_page())
        pages.append(watched)
        return watched

    yield opened
    try:
        for watched in pages:
            watched.verify_quiet()
    finally:
        for watched in pages:
            watched.page.close()
        for context in own:
            context.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == "test_gallery.py" and item.path.parent.name == "browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if report.failed and call.when == "call":
        pages: list[WatchedPage] = item.stash.get(PAGES, [])
        for number, watched in enumerate(pages):
            keep_failure(f"{re.sub(r'[^a-z0-9]+', '-', item.nodeid)[-120:].strip('-')}-{number}", watched)
    return report


def keep_failure(name: str, watched: WatchedPage) -> None:
    """Keep what the page looked like and said."""
    FAILURES.mkdir(parents=True, exist_ok=True)
    text = "\n".join([watched.page.url, *watched.console])
    (FAILURES / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    try:
        watched.page.screenshot(path=FAILURES / f"{name}.png", full_page=True)
    except Error as error:  # the page is closed, or its browser has gone: the text is what there is
        (FAILURES / f"{name}.txt").write_text(f"{text}\n{error}\n", encoding="utf-8")
