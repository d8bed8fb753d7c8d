"""A page under watch: whatever it reports as an error, and whatever it asks of anybody else, is a fault.

Chromium reports a breach of the content security policy as an error of the console, a failed load too: a
test that brings about such a failure on purpose allows it by a pattern, and then it must come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

OWN_HOST = "127.0.0.1"


@dataclass
class WatchedPage:
    """A page, what its console said, and what of that is a fault."""

    page: Page
    console: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _allowed: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._note(f"exception: {error}"))
        self.page.on("request", self._see)

    def allow(self, pattern: str) -> None:
        """Take no offence at faults in which this pattern is found: the test brings them about."""
        self._allowed.append(re.compile(pattern))

    def verify_quiet(self) -> None:
        """Fail with every fault that wasn't allowed."""
        unforeseen = [
            fault for fault in self.faults if not any(allowed.search(fault) for allowed in self._allowed)
        ]
        assert not unforeseen, f"{self.page.url} reported:\n" + "\n".join(unforeseen)

    def _hear(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        text = f"{message.type}: {message.text} [{where}]"
        self.console.append(text)
        if message.type == "error":
            self.faults.append(text)

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != OWN_HOST:
            self._note(f"request to another host: {request.url}")

    def _note(self, fault: str) -> None:
        self.console.append(fault)
        self.faults.append(fault)


OpenPage = Callable[..., WatchedPage]
