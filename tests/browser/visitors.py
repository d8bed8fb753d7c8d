"""Who visits the pages: a browser context for each person and language, signed in once for all tests.

People sign in as people do, on the sign-in page. A doctor's context can be set up to sign, with the keyfile
and the profile that she was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from ledger_cli.embedded.people import PRACTITIONERS, SECOND_TENANTS, WU
from tests.browser.browsing import Language, open_context
from tests.support.running_stack import WholeStack

AUDITOR = WU.username
INSTITUTIONS = {person.username: person.institution.number for person in PRACTITIONERS}
AT_SECOND = {person.username for person in PRACTITIONERS if person.institution in SECOND_TENANTS}
"""Who works at the second gateway."""


def desk_of(stack: WholeStack, username: str) -> str:
    """The address of the gateway at which somebody works."""
    return stack.second_gateway_url if username in AT_SECOND else stack.gateway_url


def sign_in_at_desk(page: Page, stack: WholeStack, username: str, password: str | None = None) -> None:
    """Fill in the desk's sign-in form, which the page shows, and send it."""
    page.select_option("#institution", str(INSTITUTIONS.get(username, 1)))
    page.fill("#username", username)
    page.fill("#password", stack.password(username) if password is None else password)
    page.get_by_test_id("sign-in-form").locator("[type=submit]").click()


def sign_in_at_portal(page: Page, stack: WholeStack, username: str, password: str | None = None) -> None:
    """Fill in the portal's sign-in form, which the page shows, and send it."""
    page.fill("#username", username)
    page.fill("#password", stack.password(username) if password is None else password)
    page.get_by_test_id("sign-in-form").locator("[type=submit]").click()


def set_up_browser(
    page: Page, stack: WholeStack, files: Sequence[Path] | Sequence[FilePayload], username: str = ""
) -> None:
    """Choose these files on the desk's page of this browser, and see them kept."""
    page.goto(f"{desk_of(stack, username)}/desk/browser")
    page.get_by_test_id("key-files").set_input_files(files)
    expect(page.get_by_test_id("key-ready")).to_be_visible()


@dataclass
class Visitors:
    """Contexts that are kept for the session."""

    browser: Browser
    stack: WholeStack
    _contexts: dict[tuple[str, Language, bool], BrowserContext] = field(default_factory=dict)

    def get(self, username: str, language: Language, *, can_sign: bool = False) -> BrowserContext:
        """The context of somebody signed in; `can_sign`: her keyfile and profile are in her browser."""
        found = self._contexts.get((username, language, can_sign))
        if found is None:
            found = self._open(username, language, can_sign=can_sign)
            self._contexts[(username, language, can_sign)] = found
        return found

    def close(self) -> None:
        """Close every context."""
        for context in self._contexts.values():
            context.close()

    def _open(self, username: str, language: Language, *, can_sign: bool) -> BrowserContext:
        context = open_context(self.browser, language)
        page = context.new_page()
        if username == AUDITOR:
            page.goto(f"{self.stack.portal_url}/sign-in")
            sign_in_at_portal(page, self.stack, username)
        else:
            page.goto(f"{desk_of(self.stack, username)}/desk/sign-in")
            sign_in_at_desk(page, self.stack, username)
        expect(page.get_by_test_id("sign-out")).to_be_visible()
        if can_sign:
            folder = self.stack.folder(username)
            set_up_browser(page, self.stack, [folder / "key.json", folder / "profile.json"], username)
        page.close()
        return context
