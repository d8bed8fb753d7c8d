"""A newcomer cheats in the attack room and sees it caught: refused at once, or found by the portal."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.outages import standing_still
from tests.browser.portal import Portal
from tests.browser.visitors import AUDITOR, Visitors
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

PLAYED_MS = 90_000
ATTACKS = 20


@pytest.fixture
def watched(open_page: OpenPage, language: Language) -> WatchedPage:
    """A newcomer's page, who is nobody in particular."""
    return open_page(language)


def play(watched: WatchedPage, room: str, slug: str, how: str) -> None:
    """Press a button of the room, confirm, and wait until it has been played."""
    page = watched.page
    page.goto(room)
    page.get_by_test_id(f"{how}-{slug}").click()
    page.get_by_test_id("confirm-yes").click()
    page.wait_for_url("**/plays/*")
    expect(page.get_by_test_id("guard-1")).to_be_visible(timeout=PLAYED_MS)


def expect_said(watched: WatchedPage, language: Language, en: str, zh: str) -> None:
    """The play came out so."""
    expect(watched.page.get_by_test_id("verdict").first).to_contain_text(en if language == "en" else zh)


def test_the_room_offers_each_attack_and_its_honest_twin(
    watched: WatchedPage, attack_room: str, gallery: Gallery, language: Language
) -> None:
    watched.page.goto(attack_room)
    expect(watched.page.locator('[data-testid^="cheat-"]')).to_have_count(ATTACKS)
    expect(watched.page.locator('[data-testid^="honest-"]')).to_have_count(ATTACKS)
    gallery.take(watched.page, "room", "normal", language)


def test_before_anything_was_tried_the_history_says_so(
    watched: WatchedPage, attack_room: str, gallery: Gallery, language: Language
) -> None:
    watched.page.goto(f"{attack_room}/plays")
    expect(watched.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(watched.page, "room-plays", "empty", language)


def test_while_something_is_tried_nothing_else_can_be(
    watched: WatchedPage, whole_stack: WholeStack, attack_room: str, gallery: Gallery, language: Language
) -> None:
    page = watched.page
    with standing_still(whole_stack.stack.gateway.pid):  # so that it can't be over too soon
        page.goto(attack_room)
        page.get_by_test_id("honest-forged-signature").click()
        page.get_by_test_id("confirm-yes").click()
        page.wait_for_url("**/plays/*")
        play_url = page.url
        expect(page.locator("progress")).to_be_visible()
        gallery.take(page, "room-play", "under-way", language)
        page.goto(attack_room)
        expect(page.get_by_test_id("under-way")).to_be_visible()
        expect(page.locator('[data-testid^="cheat-"]:disabled')).to_have_count(ATTACKS)
        gallery.take(page, "room", "busy", language)
    page.goto(play_url)
    expect(page.locator("progress")).to_have_count(0, timeout=PLAYED_MS)


def test_a_forged_signature_is_refused_and_an_honest_one_is_not(
    watched: WatchedPage, attack_room: str, gallery: Gallery, language: Language
) -> None:
    play(watched, attack_room, "forged-signature", "cheat")
    expect(watched.page.get_by_test_id("guard-1")).to_contain_text(
        "refused" if language == "en" else "已拒绝"
    )
    expect_said(watched, language, "found", "已发现")
    gallery.take(watched.page, "room-play", "refused", language)
    play(watched, attack_room, "forged-signature", "honest")
    expect_said(watched, language, "passed", "通过")
    gallery.take(watched.page, "room-play", "honest", language)
    watched.page.goto(f"{attack_room}/plays")
    expect(watched.page.locator("tbody tr").first).to_be_visible()
    gallery.take(watched.page, "room-plays", "normal", language)


def test_an_entry_removed_from_the_database_is_found_by_the_portal(
    watched: WatchedPage,
    open_page: OpenPage,
    visitors: Visitors,
    whole_stack: WholeStack,
    attack_room: str,
    gallery: Gallery,
    language: Language,
) -> None:
    play(watched, attack_room, "entry-removed", "cheat")
    expect_said(watched, language, "found", "已发现")
    gallery.take(watched.page, "room-play", "found", language)
    link = str(watched.page.get_by_test_id("portal-link").first.get_attribute("href"))
    portal = Portal(open_page(context=visitors.get(AUDITOR, language)).page, whole_stack)
    portal.page.goto(link)
    expect(portal.page.get_by_test_id("verdict").first).to_be_visible()
    expect(portal.page.locator("table").first).to_be_visible()
    gallery.take(portal.page, "portal-finding", "normal", language)
    portal.open("/findings?state=closed")
    expect(portal.page.get_by_test_id("finding").first).to_be_visible()
    gallery.take(portal.page, "portal-findings", "normal", language)


def test_a_play_that_never_was_has_its_page(
    watched: WatchedPage, attack_room: str, gallery: Gallery, language: Language
) -> None:
    watched.allow("status of 404")
    watched.page.goto(f"{attack_room}/plays/none")
    expect(watched.page.get_by_test_id("error-state")).to_be_visible()
    gallery.take(watched.page, "room-play", "unknown", language)
