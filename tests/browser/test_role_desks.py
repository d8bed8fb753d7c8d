"""Desks of pharmacists, releasers, officers and clerks in a real browser: each looks, signs and follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ledger_cli.acting.records import Reference
from ledger_cli.embedded.people import LI
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.gateway_client import member
from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.role_desks import Seats
from tests.browser.visitors import Visitors
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")


@pytest.fixture
def seats(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Seats:
    """Everybody's desk."""
    return Seats(open_page, visitors, whole_stack, language)


def find_prescription(stack: WholeStack) -> Reference:
    """A prescription of Dr Li's that is final."""
    with person_at_work(stack.home, LI) as li:
        item = next(iter(li.client.pages("/v1/prescriptions", status="final")))
    return Reference(1, member(item, "id", str), member(item, "commitment", str))


@pytest.mark.parametrize(
    ("username", "path", "name"),
    [
        ("off-zhou", "/demands", "desk-demands"),
        ("clerk-hu", "/incoming-demands", "desk-incoming"),
        ("adj-gao", "/settlement-requests", "desk-requests"),
        ("rel-tang", "/lots", "desk-lots"),
        ("adj-gao", "/records/reversals", "desk-records"),
    ],
)
def test_before_anything_came_each_page_says_so(
    seats: Seats, gallery: Gallery, language: Language, username: str, path: str, name: str
) -> None:
    desk = seats.take(username, can_sign=False)
    desk.open(path)
    expect(desk.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(desk.page, name, "empty", language)


def test_a_pharmacist_reviews_what_waits(seats: Seats, gallery: Gallery, language: Language) -> None:
    desk = seats.take("ph-he")
    desk.open("/reviews")
    rows = desk.page.get_by_test_id("awaiting").locator("tbody tr")
    waiting = rows.count()
    gallery.take(desk.page, "desk-reviews", "normal", language)
    desk.page.locator('[data-testid^="review-"]').first.click()
    expect(desk.page.get_by_test_id("approve")).to_be_visible()
    gallery.take(desk.page, "desk-review", "normal", language)
    reviewed = desk.page.url
    desk.page.get_by_test_id("approve").click()
    desk.sign()
    desk.expect_final()
    expect(desk.page.get_by_test_id("signed-record")).to_contain_text("何雪梅")
    desk.page.goto(reviewed)
    expect(desk.page.get_by_test_id("decision")).to_be_visible()
    gallery.take(desk.page, "desk-review", "approved", language)
    desk.open("/records/reviews")
    gallery.take(desk.page, "desk-records", "normal", language)
    desk.open("/reviews")
    if waiting > 1:
        expect(desk.page.get_by_test_id("awaiting").locator("tbody tr")).to_have_count(waiting - 1)


def test_a_rejection_says_why_before_it_can_be_signed(seats: Seats) -> None:
    desk = seats.take("ph-wei")
    desk.open("/reviews")
    if desk.page.get_by_test_id("awaiting").count() == 0:
        expect(desk.page.get_by_test_id("empty")).to_be_visible()
        return
    desk.page.locator('[data-testid^="review-"]').first.click()
    desk.page.get_by_test_id("reject-form").locator('[value="dose"]').check()
    desk.page.get_by_test_id("reject").click()
    assert "/desk/reviews/" in desk.page.url  # the browser asks for the opinion first
    desk.page.fill("#opinion", "请核对每日总剂量。")
    desk.page.get_by_test_id("reject-form").locator('[value="dose"]').uncheck()
    desk.page.get_by_test_id("reject").click()
    expect(desk.page.get_by_test_id("no-reason")).to_be_visible()
    assert "/desk/reviews/" in desk.page.url
    desk.page.get_by_test_id("reject-form").locator('[value="dose"]').check()
    desk.page.get_by_test_id("reject").click()
    desk.sign()
    desk.expect_final()
    expect(desk.page.get_by_test_id("signed-record")).to_contain_text("请核对每日总剂量。")
    desk.page.get_by_test_id("to-review").click()
    desk.page.wait_for_url("**/desk/reviews")


def test_with_nothing_to_review_the_page_says_so(seats: Seats, gallery: Gallery, language: Language) -> None:
    desk = seats.take("ph-lin", can_sign=False)
    desk.open("/reviews")
    expect(desk.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(desk.page, "desk-reviews", "empty", language)


def test_a_releaser_releases_a_lot_and_recalls_it(seats: Seats, gallery: Gallery, language: Language) -> None:
    desk = seats.take("rel-tang")
    desk.open("/lots/new")
    number = "1" if language == "zh" else "2"
    typed = {
        "product.name": "苯磺酸氨氯地平片",
        "product.specification": "5mg*28片",
        "product.code_system": "rxledger-example-drug",
        "product.code": "YP1001",
        "lot": f"BR-{number}",
        "made_on": "2026-09-01",
        "expires_on": "2028-08-31",
        "unit": "片",
        "units_per_pack": "28",
        "codes": f"8199999000000000{number}001\n8199999000000000{number}002\n",
    }
    for name, value in typed.items():
        desk.page.fill(f'[name="{name}"]', value)
    gallery.take(desk.page, "desk-lot-form", "release", language)
    desk.page.get_by_test_id("lot-form").locator("[type=submit]").click()
    lot = desk.sign()
    desk.expect_final()
    desk.open("/lots")
    expect(desk.page.get_by_test_id("lots")).to_contain_text(f"BR-{number}")
    gallery.take(desk.page, "desk-lots", "normal", language)
    desk.open(f"/lots/new?recalls={lot}")
    desk.page.fill('[name="reason"]', "稳定性考察不合格")
    gallery.take(desk.page, "desk-lot-form", "recall", language)
    desk.page.get_by_test_id("lot-form").locator("[type=submit]").click()
    desk.sign()
    desk.expect_final()


def test_an_officer_demands_and_a_clerk_answers(
    seats: Seats, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    subject = find_prescription(whole_stack)
    officer = seats.take("off-zhou")
    officer.open(f"/demands/new?institution=1&commitment={subject.commitment}&record={subject.id}")
    officer.page.select_option("#purpose", "audit")
    officer.page.fill("#grounds", "抽查：核对处方与结算")
    gallery.take(officer.page, "desk-demand-form", "normal", language)
    officer.page.get_by_test_id("demand-form").locator("[type=submit]").click()
    demand = officer.sign()
    officer.expect_final()
    officer.open("/demands")
    expect(officer.page.get_by_test_id("demands")).to_contain_text(demand[:8])
    gallery.take(officer.page, "desk-demands", "normal", language)
    clerk = seats.take("clerk-ma")
    clerk.open("/incoming-demands")
    link = clerk.page.get_by_test_id(f"open-{demand}")
    for _ in range(20):
        if link.count():
            break
        clerk.page.reload()
    expect(link).to_be_visible()
    gallery.take(clerk.page, "desk-incoming", "normal", language)
    link.click()
    expect(clerk.page.get_by_test_id("grant")).to_be_visible()
    gallery.take(clerk.page, "desk-incoming-demand", "open", language)
    answered = clerk.page.url
    clerk.page.get_by_test_id("grant").click()
    clerk.sign()
    clerk.expect_final()
    clerk.page.goto(answered)
    expect(clerk.page.get_by_test_id("grant")).to_have_count(0)
    gallery.take(clerk.page, "desk-incoming-demand", "answered", language)
    officer.open(f"/records/demands/{demand}")
    answer = officer.page.get_by_test_id("answer")
    for _ in range(20):
        if answer.count():
            break
        officer.page.reload()
    answer.click()
    expect(officer.page.get_by_test_id("signed-record")).to_contain_text(LI.name)
    gallery.take(officer.page, "desk-answer", "granted", language)
    officer.open("/demands")
    expect(officer.page.get_by_test_id(f"content-{demand}")).to_be_visible()
