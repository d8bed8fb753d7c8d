"""What people of all roles do at their desks, on the page, as they would do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.browsing import Language
from tests.browser.visitors import Visitors, desk_of
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

FINAL_MS: Final = 40_000


@dataclass(frozen=True)
class RoleDesk:
    """The desk on one page of somebody's browser, which has her key."""

    page: Page
    stack: WholeStack
    username: str

    def open(self, path: str) -> None:
        """Go to an address of the desk."""
        self.page.goto(f"{desk_of(self.stack, self.username)}/desk{path}")

    def sign(self) -> str:
        """Look at what the signing page shows, type the PIN, sign; gives the id of the record it became."""
        self.page.wait_for_url("**/desk/sign/*")
        expect(self.page.locator("#signing")).to_have_attribute("data-now", "ready")
        self.page.get_by_test_id("pin").fill(self.stack.pin(self.username))
        self.page.get_by_test_id("sign-button").click()
        self.page.wait_for_url("**/desk/records/*/*")
        return self.page.url.split("?")[0].rpartition("/")[2]

    def expect_final(self) -> None:
        """The record's page, which has come, becomes final as it is watched."""
        badge = self.page.locator("#progress .kit-panel-head").get_by_test_id("status")
        expect(badge).to_contain_text("final" if self.is_english else "最终", timeout=FINAL_MS)

    def expect_outcome(self, outcome: str) -> None:
        """The record's page says what the chain has said."""
        expect(self.page.get_by_test_id("outcome")).to_have_attribute(
            "data-outcome", outcome, timeout=FINAL_MS
        )

    @property
    def is_english(self) -> bool:
        """Whether the page is in English."""
        return self.page.locator("html").get_attribute("lang") == "en"


@dataclass(frozen=True)
class Seats:
    """Everybody's desk, in one language."""

    open_page: OpenPage
    visitors: Visitors
    stack: WholeStack
    language: Language

    def take(self, username: str, *, can_sign: bool = True) -> RoleDesk:
        """Sit down as somebody."""
        context = self.visitors.get(username, self.language, can_sign=can_sign)
        return RoleDesk(self.open_page(context=context).page, self.stack, username)
