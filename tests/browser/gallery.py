"""Which screenshots there must be: each page in each of its states, declared here, made in both languages.

A test that has brought a page into one of its states hands it to `Gallery.take`: the page must be without
barriers, fit its window, and show something. `test_gallery.py` comes last and fails if one wasn't made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.browser.accessibility import verify_accessible
from tests.browser.browsing import LANGUAGES, Language
from tests.browser.pictures import get_screenshot_path, take_screenshot, verify_no_sideways_scroll

DECLARED: Final[dict[str, tuple[str, ...]]] = {
    "desk-sign-in": ("normal", "refused"),
    "desk-home": ("normal", "empty"),
    "desk-browser": ("empty", "normal", "foreign-key"),
    "desk-drafts": ("normal", "empty", "long"),
    "desk-write": ("empty", "faults", "long", "unreachable"),
    "desk-sign": (
        *("normal", "long", "no-key", "wrong-pin", "session-over", "signed-elsewhere", "unreachable"),
        "draft-gone",
    ),
    "desk-prescriptions": ("normal", "empty", "nothing-fits"),
    "desk-prescription": ("final", "unknown", "chain-down"),
    "desk-print": ("normal", "long"),
    "portal-sign-in": ("normal", "refused"),
    "portal-overview": ("normal", "chain-down"),
    "portal-log": ("normal", "nothing-fits", "unknown"),
    "portal-checkpoints": ("normal",),
    "portal-entry": ("normal",),
    "portal-verify": ("empty", "too-large", "no-bundle", "no-reference"),
    "portal-verification": ("passed", "failed", "could-not-check", "unknown-record"),
    "portal-verifications": ("normal", "nothing-fits"),
    "portal-findings": ("empty", "normal"),
    "portal-finding": ("normal", "unknown"),
    "portal-jobs": ("normal",),
    "portal-job": ("new", "normal"),
    "portal-audit": ("normal",),
    "room": ("normal",),
    "room-play": ("refused", "found", "honest", "unknown"),
    "room-plays": ("normal",),
}
"""The states of each page."""


@dataclass
class Gallery:
    """What was made in this run."""

    made: set[Path] = field(default_factory=set)

    def take(self, page: Page, name: str, state: str, language: Language) -> Path:
        """Look at a page in one of its declared states, and keep a picture of it."""
        assert state in DECLARED[name], f"{name} has no state {state}"
        shown = page.locator("html").get_attribute("lang")
        assert shown == {"zh": "zh-CN", "en": "en"}[language], f"{page.url} is in {shown}"
        verify_no_sideways_scroll(page)
        verify_accessible(page)
        path = get_screenshot_path(name, state, language)
        take_screenshot(page, path)
        self.made.add(path)
        return path

    def list_missing(self) -> list[str]:
        """Every declared picture that this run hasn't made."""
        wanted = [
            get_screenshot_path(name, state, language)
            for name, states in DECLARED.items()
            for state in states
            for language in LANGUAGES
        ]
        return [path.name for path in wanted if path not in self.made or not path.exists()]
