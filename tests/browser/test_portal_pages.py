"""The portal's pages in their ordinary states, as an auditor goes through them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.portal import Portal
from tests.browser.visitors import AUDITOR, Visitors
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

MIRRORED_MS = 60_000


@pytest.fixture
def portal(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Portal:
    """The auditor at the portal."""
    return Portal(open_page(context=visitors.get(AUDITOR, language)).page, whole_stack)


def open_first_log(portal: Portal) -> str:
    """From the overview to the first log in it; gives its path."""
    portal.open("/")
    link = portal.page.locator('main a[href^="/logs/"]').first
    expect(link).to_be_visible()
    path = str(link.get_attribute("href"))
    portal.open(path)
    return path


def test_the_sign_in_page_says_what_comes_after(
    open_page: OpenPage, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    page.goto(f"{whole_stack.portal_url}/jobs")
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    page.goto(f"{whole_stack.portal_url}/sign-in")
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    gallery.take(page, "portal-sign-in", "normal", language)


def test_the_overview_shows_logs_chain_and_development_banner(
    portal: Portal, gallery: Gallery, language: Language
) -> None:
    portal.open("/")
    expect(portal.page.get_by_test_id("development-banner")).to_be_visible()
    expect(portal.page.locator('main a[href^="/logs/"]').first).to_be_visible()
    gallery.take(portal.page, "portal-overview", "normal", language)


def test_a_log_with_its_entries_and_checkpoints(portal: Portal, gallery: Gallery, language: Language) -> None:
    path = open_first_log(portal)
    expect(portal.page.locator("tbody tr").first).to_be_visible()
    gallery.take(portal.page, "portal-log", "normal", language)
    portal.open(f"{path}?commitment=0x{'00' * 32}")
    expect(portal.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(portal.page, "portal-log", "nothing-fits", language)
    portal.open(f"{path}/checkpoints")
    expect(portal.page.locator("tbody tr").first).to_be_visible()
    gallery.take(portal.page, "portal-checkpoints", "normal", language)
    portal.open(f"{path}/entries/0")
    expect(portal.page.locator("h1")).to_be_visible()
    gallery.take(portal.page, "portal-entry", "normal", language)


def test_a_recheck_is_started_and_watched_to_its_end(
    portal: Portal, gallery: Gallery, language: Language
) -> None:
    log = open_first_log(portal).rpartition("/")[2]
    portal.open(f"/jobs/new?kind=recheck&log={log}")
    gallery.take(portal.page, "portal-job", "new", language)
    portal.page.locator("main form [type=submit]").click()
    portal.page.wait_for_url("**/jobs/*")
    state = portal.page.get_by_test_id("status").first
    expect(state).to_contain_text("done" if language == "en" else "已完成", timeout=MIRRORED_MS)
    gallery.take(portal.page, "portal-job", "normal", language)
    portal.open("/jobs")
    expect(portal.page.locator("tbody tr").first).to_be_visible()
    gallery.take(portal.page, "portal-jobs", "normal", language)


def test_the_forms_to_verify_and_what_was_verified(
    portal: Portal, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    portal.open("/verify")
    gallery.take(portal.page, "portal-verify", "empty", language)
    portal.verify_bundle(sorted(whole_stack.home.bundles.glob("*.json"))[0])
    portal.expect_outcome("passed")
    portal.open("/verifications")
    expect(portal.page.locator("tbody tr").first).to_be_visible()
    gallery.take(portal.page, "portal-verifications", "normal", language)
    portal.open("/verifications?outcome=late")
    expect(portal.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(portal.page, "portal-verifications", "nothing-fits", language)


def test_no_finding_and_the_audit_trail(portal: Portal, gallery: Gallery, language: Language) -> None:
    portal.open("/findings?code=chain.rolled_back")
    expect(portal.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(portal.page, "portal-findings", "nothing-fits", language)
    portal.open("/audit")
    expect(portal.page.locator("tbody tr").first).to_be_visible()
    gallery.take(portal.page, "portal-audit", "normal", language)


def test_the_nodes_and_that_nobody_seals_this_chain(
    portal: Portal, gallery: Gallery, language: Language
) -> None:
    portal.open("/nodes")
    expect(portal.page.get_by_test_id("unsealed")).to_be_visible()
    expect(portal.page.get_by_test_id("nodes").locator("tbody tr")).to_have_count(1)
    gallery.take(portal.page, "portal-nodes", "normal", language)


def test_the_language_is_switched_without_leaving_the_page(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack
) -> None:
    portal = Portal(open_page(context=visitors.get(AUDITOR, "en")).page, whole_stack)
    portal.open("/verifications?outcome=passed")
    address = portal.page.url
    for switched_to in ("zh-CN", "en"):
        portal.page.get_by_test_id("language-switch").click()
        expect(portal.page.locator("html")).to_have_attribute("lang", switched_to)
        assert portal.page.url == address
        expect(portal.page.locator("#outcome")).to_have_value("passed")
