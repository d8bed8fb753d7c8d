"""Which screenshots there must be: each page in each of its states, declared here, made in both languages.

A test that has brought a page into one of its states hands it to `Gallery.take`: the page must be without
barriers, fit its window, and show something. `test_gallery.py` comes last and fails if one wasn't made.
"""

from __future__ import annotations

import re
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
        *("draft-gone", "accepted", "no-order"),
    ),
    "desk-counter": ("empty", "normal", "refused", "no-picture"),
    "desk-counter-prescription": ("review-first", "normal", "nothing-open"),
    "desk-prescriptions": ("normal", "empty", "nothing-fits", "long"),
    "desk-prescription": ("final", "unknown", "chain-down"),
    "desk-print": ("normal", "long"),
    "desk-reviews": ("normal", "empty"),
    "desk-review": ("normal", "approved"),
    "desk-lots": ("normal", "empty"),
    "desk-lot-form": ("release", "recall"),
    "desk-demands": ("normal", "empty"),
    "desk-demand-form": ("normal",),
    "desk-answer": ("granted",),
    "desk-incoming": ("normal", "empty"),
    "desk-incoming-demand": ("open", "answered"),
    "desk-requests": ("normal", "empty"),
    "desk-request": ("open", "settled"),
    "desk-holder": ("empty", "normal", "part", "refused"),
    "desk-records": ("normal", "acts", "empty"),
    "desk-record": ("done", "unknown"),
    "portal-sign-in": ("normal", "refused", "session-ended"),
    "portal-overview": ("normal", "empty", "long", "chain-down"),
    "portal-log": ("normal", "empty", "long", "nothing-fits", "unknown"),
    "portal-checkpoints": ("normal", "empty", "long"),
    "portal-entry": ("normal",),
    "portal-settlements": ("normal", "empty", "long", "nothing-fits"),
    "portal-dispensings": ("normal", "empty", "long", "nothing-fits"),
    "portal-settlement": ("normal", "failed", "unknown"),
    "portal-dispensing": ("normal", "awaited", "node-silent"),
    "portal-prescription": ("normal",),
    "portal-record": ("lot", "long"),
    "portal-pack": ("normal", "unknown"),
    "portal-content": ("normal", "failed", "gateway-silent"),
    "portal-verify": ("empty", "too-large", "no-bundle", "no-reference"),
    "portal-verification": ("passed", "failed", "could-not-check", "unknown-record"),
    "portal-verifications": ("normal", "empty", "long", "nothing-fits"),
    "portal-findings": ("normal", "empty", "long", "nothing-fits"),
    "portal-finding": ("normal", "unknown"),
    "portal-jobs": ("normal", "empty", "long"),
    "portal-job": ("new", "normal"),
    "portal-nodes": ("normal", "empty", "long"),
    "portal-retired-pins": ("empty", "long"),
    "portal-audit": ("normal", "long"),
    "room": ("normal", "busy"),
    "room-play": ("under-way", "refused", "found", "honest", "unknown"),
    "room-plays": ("normal", "empty"),
    "room-roles": ("normal",),
}
"""The states of each page. No admin sees an empty audit trail: that she signed in stands in it."""

PAGES: Final[dict[str, dict[str, str]]] = {
    "desk": {
        "/desk": "desk-home",
        "/desk/sign-in": "desk-sign-in",
        "/desk/browser": "desk-browser",
        "/desk/drafts": "desk-drafts",
        "/desk/drafts/{draft_id}/edit": "desk-write",
        "/desk/drafts/{draft_id}/sign": "desk-sign",
        "/desk/sign/{noun}": "desk-sign",
        "/desk/counter": "desk-counter",
        "/desk/counter/{institution}/{record_id}": "desk-counter-prescription",
        "/desk/prescriptions": "desk-prescriptions",
        "/desk/prescriptions/new": "desk-write",
        "/desk/prescriptions/{prescription_id}": "desk-prescription",
        "/desk/prescriptions/{prescription_id}/print": "desk-print",
        "/holder": "desk-holder",
        "/desk/reviews": "desk-reviews",
        "/desk/reviews/{record_id}": "desk-review",
        "/desk/lots": "desk-lots",
        "/desk/lots/new": "desk-lot-form",
        "/desk/demands": "desk-demands",
        "/desk/demands/new": "desk-demand-form",
        "/desk/demands/{demand_id}/content": "desk-answer",
        "/desk/incoming-demands": "desk-incoming",
        "/desk/incoming-demands/{demand_id}": "desk-incoming-demand",
        "/desk/settlement-requests": "desk-requests",
        "/desk/settlement-requests/{request_id}": "desk-request",
        "/desk/records/{noun}": "desk-records",
        "/desk/records/{noun}/{record_id}": "desk-record",
    },
    "portal": {
        "/": "portal-overview",
        "/sign-in": "portal-sign-in",
        "/logs/{log}": "portal-log",
        "/logs/{log}/checkpoints": "portal-checkpoints",
        "/logs/{log}/entries/{position}": "portal-entry",
        "/settlements": "portal-settlements",
        "/settlements/{commitment}": "portal-settlement",
        "/dispensings": "portal-dispensings",
        "/dispensings/{commitment}": "portal-dispensing",
        "/prescriptions/{commitment}": "portal-prescription",
        "/records/{commitment}": "portal-record",
        "/packs/{token}": "portal-pack",
        "/demands/{commitment}/content": "portal-content",
        "/verify": "portal-verify",
        "/verifications": "portal-verifications",
        "/verifications/{verification_id}": "portal-verification",
        "/findings": "portal-findings",
        "/findings/{finding_id}": "portal-finding",
        "/jobs": "portal-jobs",
        "/jobs/new": "portal-job",
        "/jobs/{job_id}": "portal-job",
        "/nodes": "portal-nodes",
        "/nodes/retired-pins": "portal-retired-pins",
        "/audit": "portal-audit",
    },
    "room": {"/": "room", "/plays": "room-plays", "/roles": "room-roles", "/plays/{play_id}": "room-play"},
}
"""Under which name each page of each application is pictured."""

NO_PAGES: Final[dict[str, dict[str, str]]] = {
    "desk": {
        "/": "leads on to /desk",
        "/desk/development/key": "two files of an invented person, for the page that keeps them",
        "/desk/prescriptions/{prescription_id}/progress": "a part of a page, which that page asks for anew",
        "/desk/prescriptions/{prescription_id}/bundle": "a file",
        "/desk/records/{noun}/{record_id}/progress": "a part of a page, which that page asks for anew",
        "/docs": "the API's description, drawn by a kept package for programmers",
    },
    "portal": {
        "/jobs/rows": "a part of a page, which that page asks for anew",
        "/jobs/{job_id}/card": "a part of a page, which that page asks for anew",
    },
    "room": {"/plays/{play_id}/progress": "a part of a page, which that page asks for anew"},
}
"""What a browser may fetch that is no page to be pictured, and why; see also `NO_PAGE`."""

NO_PAGE: Final = re.compile(r"^/(v1|static|desk/static)/|^/(healthz|readyz|metrics)$|\.(csv|js|css|png)$")
"""The API; what the operator's programs ask; static files, and tables as files."""


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
