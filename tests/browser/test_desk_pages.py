"""The desk's pages in their ordinary states: something to see, nothing to see, and very much to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ledger_cli.embedded.scenario import VISITS, Visit, build_draft
from tests.browser.browsing import Language
from tests.browser.desk import Desk, make_draft
from tests.browser.gallery import Gallery
from tests.browser.visitors import Visitors
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

MANY_LINES = 5
LONG_NAME = "阿卜杜热西提·买买提艾力" * 4
LONG_NOTE = "每日清晨空腹以温水送服，服药期间忌食辛辣油腻，如有不适请立即停药并返院复诊。" * 8


@pytest.fixture
def li(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Desk:
    """Dr Li, whose browser can sign."""
    return Desk(open_page(context=visitors.get("dr-li", language, can_sign=True)).page, whole_stack)


@pytest.fixture
def zhao(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Desk:
    """Dr Zhao, who has written nothing yet."""
    return Desk(open_page(context=visitors.get("dr-zhao", language)).page, whole_stack)


def test_the_sign_in_page(
    open_page: OpenPage, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    page.goto(whole_stack.gateway_url)
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    gallery.take(page, "desk-sign-in", "normal", language)


def test_the_first_page_with_work_waiting(li: Desk, gallery: Gallery, language: Language) -> None:
    li.open("")
    expect(li.page.locator('#browser-state [data-state="ready"]')).to_be_visible()
    expect(li.page.locator("[aria-labelledby=waiting] li").first).to_be_visible()
    gallery.take(li.page, "desk-home", "normal", language)


def test_the_first_page_with_nothing_on_it(zhao: Desk, gallery: Gallery, language: Language) -> None:
    zhao.open("")
    expect(zhao.page.get_by_test_id("empty")).to_have_count(2)
    gallery.take(zhao.page, "desk-home", "empty", language)


def test_what_this_browser_keeps(li: Desk, zhao: Desk, gallery: Gallery, language: Language) -> None:
    li.open("/browser")
    expect(li.page.get_by_test_id("key-ready")).to_be_visible()
    gallery.take(li.page, "desk-browser", "normal", language)
    zhao.open("/browser")
    expect(zhao.page.get_by_test_id("key-files")).to_be_visible()
    expect(zhao.page.get_by_test_id("key-ready")).to_be_hidden()
    gallery.take(zhao.page, "desk-browser", "empty", language)


def test_drafts_that_wait_few_and_none(li: Desk, zhao: Desk, gallery: Gallery, language: Language) -> None:
    li.open("/drafts")
    expect(li.page.get_by_test_id("discard").first).to_be_visible()
    gallery.take(li.page, "desk-drafts", "normal", language)
    zhao.open("/drafts")
    expect(zhao.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(zhao.page, "desk-drafts", "empty", language)


def test_a_long_draft_can_be_read_changed_and_signed(
    open_page: OpenPage,
    visitors: Visitors,
    whole_stack: WholeStack,
    gallery: Gallery,
    language: Language,
) -> None:
    visit = next(visit for visit in VISITS if visit.repeats is not None)
    draft = make_draft(whole_stack, visit, note=LONG_NOTE, **_long_parts(visit))
    desk = Desk(open_page(context=visitors.get("dr-li", language, can_sign=True)).page, whole_stack)
    desk.open("/drafts")
    gallery.take(desk.page, "desk-drafts", "long", language)
    desk.open(f"/drafts/{draft}/edit")
    expect(desk.page.get_by_test_id("line")).to_have_count(MANY_LINES)
    gallery.take(desk.page, "desk-write", "long", language)
    desk.open_signing(draft)
    expect(desk.page.get_by_test_id("signed-view")).to_contain_text(LONG_NOTE)
    gallery.take(desk.page, "desk-sign", "long", language)
    desk.sign(whole_stack.pin("dr-li"))
    record = desk.expect_final()
    desk.open(f"/prescriptions/{record}/print")
    expect(desk.page.get_by_test_id("reference")).to_have_count(2)
    gallery.take(desk.page, "desk-print", "long", language)


def test_an_empty_form_and_one_with_faults(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    watched = open_page(context=visitors.get("dr-li", language, can_sign=True))
    watched.allow("status of 422")
    li = Desk(watched.page, whole_stack)
    li.open("/prescriptions/new")
    expect(li.page.get_by_test_id("line")).to_have_count(1)
    gallery.take(li.page, "desk-write", "empty", language)
    li.fill_in(**{"diagnoses__0__code": "", "lines__0__dose__value": "much", "lines__0__days": "400"})
    li.page.get_by_test_id("save-and-sign").click()
    faults = li.page.get_by_test_id("form-faults")
    expect(faults).to_be_visible()
    expect(faults.locator("li")).not_to_have_count(0)
    expect(li.page.locator('[name="patient/name"]')).to_have_value("欧阳明月")
    gallery.take(li.page, "desk-write", "faults", language)


def test_prescriptions_listed_none_and_none_that_fit(
    li: Desk, zhao: Desk, gallery: Gallery, language: Language
) -> None:
    li.open("/prescriptions")
    expect(li.page.locator("tbody tr").first).to_be_visible()
    gallery.take(li.page, "desk-prescriptions", "normal", language)
    li.open("/prescriptions?limit=1")
    expect(li.page.locator("a[rel=next]")).to_be_visible()
    gallery.take(li.page, "desk-prescriptions", "long", language)
    li.open("/prescriptions?from=2020-01-01&to=2020-01-02")
    expect(li.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(li.page, "desk-prescriptions", "nothing-fits", language)
    zhao.open("/prescriptions")
    expect(zhao.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(zhao.page, "desk-prescriptions", "empty", language)


def _long_parts(visit: Visit) -> dict[str, object]:
    draft = build_draft(visit, 77)
    patient, lines = draft["patient"], draft["lines"]
    assert isinstance(patient, dict)
    assert isinstance(lines, list)
    first = lines[0]
    assert isinstance(first, dict)
    many = [{**first, "number": number, "note": LONG_NOTE} for number in range(1, MANY_LINES + 1)]
    return {"patient": {**patient, "name": LONG_NAME[:50]}, "lines": many}
