"""After the counter, in a browser: a settlement asked for, adjudicated, reversed; and what a patient sees."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from ledger_cli.acting.counter import dispense, receive
from ledger_cli.acting.dispensing_check import DispensingRequest, Price, ScannedPack, Taking
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import issue, review
from ledger_cli.acting.outcomes import await_final, await_outcome
from ledger_cli.embedded.people import HE, INSURER, LI, LIN
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import person_at_work
from ledger_proofs.handover import build_handover_text
from ledger_web.step_wording import say_step_name
from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.role_desks import FINAL_MS, Seats
from tests.browser.visitors import Visitors
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")


@dataclass(frozen=True)
class Dispensed:
    """A dispensing that the chain has done, and the code that its patient keeps."""

    dispensing_id: str
    prescription_id: str
    code: str


@pytest.fixture
def seats(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Seats:
    """Everybody's desk."""
    return Seats(open_page, visitors, whole_stack, language)


@pytest.fixture
def dispensed(whole_stack: WholeStack) -> Dispensed:
    """One drug of a prescription of two is dispensed at Kangning; the other claim is unused."""
    with person_at_work(whole_stack.home, LI) as doctor:
        issued = issue(doctor, {"body": build_draft(VISITS[0], 901)}, seed=CodeSeed.new())
        await_final(doctor, issued.accepted)
    with person_at_work(whole_stack.home, HE) as reviewer:
        await_final(reviewer, review(reviewer, issued.institution, issued.id))
    with person_at_work(whole_stack.home, LIN) as pharmacist:
        code = issued.code()
        receive(pharmacist, code)
        await_final(pharmacist, review(pharmacist, issued.institution, issued.id))
        request = DispensingRequest(
            takings=[Taking.of_code(code, [0])],
            packs=[ScannedPack(f"8{secrets.randbelow(10**19):019}", line=1)],
            prices=[Price(1, 4_250)],
            payer=INSURER.number,
            override_flags=["pack.unknown"],
        )
        accepted = dispense(pharmacist, request)
        assert await_outcome(pharmacist, accepted).outcome == "done"
        await_final(pharmacist, accepted)
    return Dispensed(accepted.id, issued.id, build_handover_text(code))


def test_a_dispensing_is_billed_adjudicated_and_reversed(
    seats: Seats, dispensed: Dispensed, gallery: Gallery, language: Language
) -> None:
    counter = seats.take("ph-lin")
    counter.open(f"/records/dispensings/{dispensed.dispensing_id}")
    counter.expect_outcome("done")
    gallery.take(counter.page, "desk-record", "done", language)
    counter.page.get_by_test_id("request-settlement").locator("button").click()
    counter.page.wait_for_url("**/desk/settlement-requests")
    expect(counter.page.get_by_test_id("requests")).to_contain_text(dispensed.dispensing_id[:8])

    insurer = seats.take("adj-gao")
    insurer.open("/settlement-requests?state=open")
    gallery.take(insurer.page, "desk-requests", "normal", language)
    insurer.page.locator('[data-testid^="open-"]').first.click()
    evidence = insurer.page.get_by_test_id("evidence")
    expect(evidence).to_be_visible()
    expect(evidence).to_contain_text(say_step_name("inclusion", language))
    prescribed = insurer.page.get_by_test_id("evidence-prescription")
    for said in (VISITS[0].doctor.name, VISITS[0].patient, VISITS[0].drugs[0].name):
        expect(prescribed).to_contain_text(said)
    expect(insurer.page.get_by_test_id("evidence-review")).to_have_count(2)
    for reviewer in (HE, LIN):
        found = insurer.page.get_by_test_id("evidence-review").filter(has_text=reviewer.name)
        expect(found).to_have_count(1)
    expect(insurer.page.get_by_test_id("evidence-pack")).to_have_count(1)
    expect(insurer.page.get_by_test_id("evidence-pack")).to_contain_text(
        "no maker knows it" if language == "en" else "无生产企业认领"
    )
    insurer.page.get_by_test_id("fund-0").fill("30.00")
    insurer.page.get_by_test_id("account-0").fill("2.50")
    insurer.page.get_by_test_id("cash-0").fill("5.00")
    insurer.page.get_by_test_id("reduced-0").fill("5.00")
    insurer.page.get_by_test_id("reason-0").select_option("over_price")
    insurer.page.evaluate("scrollTo(0, 0)")
    gallery.take(insurer.page, "desk-request", "open", language)
    request = insurer.page.url
    insurer.page.get_by_test_id("adjudicate").click()
    settlement = insurer.sign()
    insurer.expect_outcome("done")
    expect(insurer.page.get_by_test_id("reversals-form"), "comes by itself").to_be_visible(timeout=FINAL_MS)
    insurer.page.goto(request)
    expect(insurer.page.get_by_test_id("settlement")).to_contain_text(settlement)
    expect(insurer.page.get_by_test_id("adjudicate")).to_be_disabled()
    gallery.take(insurer.page, "desk-request", "settled", language)

    insurer.open(f"/records/settlements/{settlement}")
    insurer.page.get_by_test_id("reversals-form").locator("[name=reason]").select_option("billing_error")
    insurer.page.get_by_test_id("reversals-begin").click()
    insurer.sign()
    insurer.expect_outcome("done")


def test_shares_that_do_not_add_up_are_refused_by_name(seats: Seats, dispensed: Dispensed) -> None:
    counter = seats.take("ph-lin")
    counter.open(f"/records/dispensings/{dispensed.dispensing_id}")
    counter.page.get_by_test_id("request-settlement").locator("button").click()
    counter.page.wait_for_url("**/desk/settlement-requests")
    context = seats.visitors.get("adj-gao", seats.language, can_sign=True)
    watched = seats.open_page(context=context)
    watched.allow("status of 422")
    page = watched.page
    page.goto(counter.page.url)
    page.locator('[data-testid^="open-"]').first.click()
    page.get_by_test_id("fund-0").fill("1.00")
    page.get_by_test_id("adjudicate").click()
    expect(page.locator("#signing")).to_have_attribute("data-now", "problem")
    expect(page.locator('[data-stage="problem"] [data-code]')).to_have_text("settlement-invalid")


def test_a_patient_sees_by_her_code_what_was_fetched_and_by_whom(
    seats: Seats, dispensed: Dispensed, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    watched = seats.open_page(language)
    page = watched.page
    page.goto(f"{whole_stack.gateway_url}/holder")
    gallery.take(page, "desk-holder", "empty", language)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    page.get_by_test_id("holder-code").fill(dispensed.code)
    page.get_by_test_id("holder-look").click()
    expect(page.get_by_test_id("holder-seen")).to_be_visible()
    expect(page.locator("[data-readings] li")).to_have_count(1)
    expect(page.locator("[data-readings]")).to_contain_text("201")
    expect(page.locator("[data-claims] li")).to_have_count(2)
    expect(page.locator("[data-claims] li").first).to_contain_text("fetched" if language == "en" else "已取")
    seed = dispensed.code.rpartition(":")[2]
    assert asked
    assert not any(seed.lower() in each.lower() for each in asked)
    gallery.take(page, "desk-holder", "normal", language)
    choice = page.get_by_test_id("holder-part").get_by_role("checkbox")
    expect(choice).to_have_count(1)  # what was fetched can't be handed on
    asked_before = len(asked)
    choice.focus()
    for key in ("Space", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("holder-part-code").locator("svg").first).to_be_visible()
    part = page.get_by_test_id("part-code").inner_text()
    gallery.take(page, "desk-holder", "part", language)
    assert part.startswith("RXP1:") and ":1-" in part and seed not in part
    assert len(asked) == asked_before
    page.get_by_test_id("holder-code").fill(part)
    page.get_by_test_id("holder-look").click()
    expect(page.locator("[data-claims] li")).to_have_count(1)
    expect(page.get_by_test_id("holder-part-code")).to_be_hidden()
    watched.allow("status of 403")
    page.get_by_test_id("holder-code").fill(dispensed.code[:-64] + "AB" * 32)
    page.get_by_test_id("holder-look").click()
    expect(page.get_by_test_id("error-state")).to_contain_text("holder-code-not-good")
    gallery.take(page, "desk-holder", "refused", language)


def test_a_doctor_voids_what_is_unused(
    seats: Seats, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    with person_at_work(whole_stack.home, LI) as doctor:
        issued = issue(doctor, {"body": build_draft(VISITS[0], 902)}, seed=CodeSeed.new())
        await_final(doctor, issued.accepted)
    desk = seats.take("dr-li")
    desk.open(f"/prescriptions/{issued.id}")
    desk.page.get_by_test_id("void").locator("summary").click()
    desk.page.get_by_test_id("voids-form").locator("[name=reason]").select_option("withdrawn")
    desk.page.get_by_test_id("voids-begin").click()
    desk.sign()
    desk.expect_outcome("done")
    missing = "00000000-0000-4000-8000-000000000000"
    watched = seats.open_page(context=seats.visitors.get("dr-li", language, can_sign=True))
    watched.allow("status of 404")
    watched.page.goto(desk.page.url.rpartition("/")[0] + f"/{missing}")
    expect(watched.page.get_by_test_id("error-state")).to_be_visible()
    gallery.take(watched.page, "desk-record", "unknown", language)
