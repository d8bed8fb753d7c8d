"""A newcomer becomes one person after another, each with one click, and can sign as each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from ledger_cli.embedded.loop_examples import PACKS_FILE, list_lots, write_pack_codes
from ledger_cli.embedded.people import HE, LI, LIN, Practitioner
from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")


@pytest.fixture
def watched(open_page: OpenPage, language: Language) -> WatchedPage:
    """A newcomer's page, who is nobody in particular yet."""
    return open_page(language)


@pytest.fixture
def packs_written(whole_stack: WholeStack) -> Iterator[None]:
    """The codes of the examples' packs, which this stack's home lacks: its maker released nothing."""
    home = whole_stack.home
    write_pack_codes(home, list(list_lots(home, date(2026, 11, 1))))
    yield
    (home.root / PACKS_FILE).unlink()


@pytest.mark.usefixtures("packs_written")
def test_everybody_can_be_played_from_one_page(
    watched: WatchedPage, attack_room: str, gallery: Gallery, language: Language
) -> None:
    watched.page.goto(f"{attack_room}/roles")
    for username in ("dr-li", "ph-he", "ph-lin", "adj-gao", "rel-tang", "auditor-wu", "off-zhou", "cheat"):
        expect(watched.page.get_by_test_id(f"role-{username}")).to_be_visible()
    numbers = watched.page.locator(".room-number").all_inner_texts()
    assert numbers == [str(place) for place in range(1, len(numbers) + 1)]
    patient = watched.page.get_by_test_id("role-patient")
    expect(patient.get_by_role("link")).to_have_attribute("href", re.compile("/holder$"))
    packs = watched.page.get_by_test_id("role-ph-lin").get_by_test_id("packs").locator("li")
    expect(packs.first).to_contain_text("阿托伐他汀钙片")
    gallery.take(watched.page, "room-roles", "normal", language)


@pytest.mark.parametrize("person", [LI, HE, LIN], ids=lambda person: person.username)
def test_with_one_click_one_is_that_person_and_with_another_has_her_key(
    watched: WatchedPage, attack_room: str, person: Practitioner
) -> None:
    page = watched.page
    page.goto(f"{attack_room}/roles")
    link = page.get_by_test_id(f"role-{person.username}").get_by_role("link").get_attribute("href")
    page.goto(str(link).split("&next=")[0] + "&next=/desk/browser")
    page.get_by_test_id(f"be-{person.username}").click()
    page.wait_for_url("**/desk/browser")
    page.get_by_test_id("development-key").click()
    expect(page.get_by_test_id("key-kept")).to_be_visible()
    expect(page.get_by_test_id("key-ready")).to_contain_text("0x")
