"""The desk by keyboard alone, and its language switched in the middle of work."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Language
from tests.browser.desk import Desk, make_draft
from tests.browser.visitors import Visitors
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

MOST_STOPS = 40


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; it must be seen to be there."""
    for _ in range(MOST_STOPS):
        if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
            outline = page.evaluate(
                "() => { const look = getComputedStyle(document.activeElement);"
                " return look.outlineStyle + look.boxShadow; }"
            )
            assert outline != "nonenone", f"the focus on {selector} can't be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab doesn't reach {selector} within {MOST_STOPS} stops")


def test_a_prescription_is_signed_by_keyboard_alone(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language
) -> None:
    draft = make_draft(whole_stack)
    desk = Desk(open_page(context=visitors.get("dr-li", language, can_sign=True)).page, whole_stack)
    desk.open("/drafts")
    tab_to(desk.page, f'a[href="/desk/drafts/{draft}/sign"]')
    desk.page.keyboard.press("Enter")
    desk.expect_stage("ready")
    tab_to(desk.page, '[data-testid="pin"]')
    desk.page.keyboard.type(whole_stack.pin("dr-li"))
    desk.page.keyboard.press("Enter")
    desk.expect_final()


def test_the_first_stop_leads_past_the_navigation(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language
) -> None:
    desk = Desk(open_page(context=visitors.get("dr-li", language, can_sign=True)).page, whole_stack)
    desk.open("/prescriptions")
    desk.page.keyboard.press("Tab")
    expect(desk.page.locator(":focus")).to_have_class("kit-skip")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#content")).to_be_focused()


def test_the_language_is_switched_without_leaving_the_page(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack
) -> None:
    desk = Desk(open_page(context=visitors.get("dr-chen", "en")).page, whole_stack)
    desk.open("/prescriptions?status=final&from=2026-01-01")
    address = desk.page.url
    for switched_to in ("zh-CN", "en"):
        desk.page.get_by_test_id("language-switch").click()
        expect(desk.page.locator("html")).to_have_attribute("lang", switched_to)
        assert desk.page.url == address
        expect(desk.page.locator("#from")).to_have_value("2026-01-01")
