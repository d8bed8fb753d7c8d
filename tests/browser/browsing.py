"""A real headless Chromium, and contexts in it by language: what a visitor of the pages has before her."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.browser.pictures import DESKTOP
from tests.support.system_programs import find_system_program

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
LOCALES: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en-GB"}
TIMEOUT_MS: Final = 20_000
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""The sandbox needs rights that a container's root doesn't have; the pages visited are our own."""


def get_chromium() -> str:
    """The browser's program; tests that need it are marked, and left out where it is missing."""
    program = find_system_program("chromium")
    assert program is not None, "no Chromium: run `make system-deps`"
    return program


@contextmanager
def run_chromium() -> Iterator[tuple[Playwright, Browser]]:
    """Run a browser until the block ends."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=[*ARGUMENTS])
        try:
            yield playwright, browser
        finally:
            browser.close()


def open_context(browser: Browser, language: Language, **options: object) -> BrowserContext:
    """A fresh visitor: nobody's cookies, the language as her browser says."""
    settings: dict[str, object] = {
        "locale": LOCALES[language],
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": DESKTOP[0], "height": DESKTOP[1]},
        "accept_downloads": True,
        **options,
    }
    context = browser.new_context(**settings)  # type: ignore[arg-type]
    context.set_default_timeout(TIMEOUT_MS)
    return context
