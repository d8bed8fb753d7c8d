"""At the counter: a code is scanned, the prescription verified, reviewed, and dispensed in packs."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import expect

from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import issue, review
from ledger_cli.acting.outcomes import await_final
from ledger_cli.embedded.people import HE, LI, PEOPLES
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import person_at_work
from ledger_proofs.handover import build_handover_text, parse_handover_code, part_of
from tests.browser.browsing import Language
from tests.browser.desk import Desk, make_draft
from tests.browser.gallery import Gallery
from tests.browser.printed_codes import read_qr_texts
from tests.browser.visitors import Visitors, desk_of
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

OUTCOME_MS = 20_000


@pytest.fixture
def code(whole_stack: WholeStack) -> str:
    """The code of a prescription that its hospital has approved: what the patient brings."""
    with person_at_work(whole_stack.home, LI) as doctor:
        issued = issue(doctor, {"body": build_draft(VISITS[0], 900)}, seed=CodeSeed.new())
        await_final(doctor, issued.accepted)
    with person_at_work(whole_stack.home, HE) as pharmacist:
        await_final(pharmacist, review(pharmacist, issued.institution, issued.id))
    return build_handover_text(issued.code())


class Counter:
    """The counter in a pharmacist's browser."""

    def __init__(self, watched: WatchedPage, stack: WholeStack, username: str) -> None:
        self.watched, self.page, self.stack, self.username = watched, watched.page, stack, username

    def open(self, path: str = "/counter") -> None:
        self.page.goto(f"{desk_of(self.stack, self.username)}/desk{path}")

    def fetch(self, text: str) -> None:
        self.page.get_by_test_id("code").fill(text)
        self.page.get_by_test_id("fetch").click()

    def sign(self) -> None:
        """On the page that records are signed on: everything is shown, the PIN signs it."""
        expect(self.page.locator("#signing")).to_have_attribute("data-now", "ready")
        self.page.get_by_test_id("pin").fill(self.stack.pin(self.username))
        self.page.get_by_test_id("sign-button").click()

    def approve(self) -> None:
        self.page.get_by_test_id("approve").click()
        self.sign()
        self.page.wait_for_url("**/desk/counter/**")
        expect(self.page.get_by_test_id("dispensing-form")).to_be_visible()

    def fill_in_lines(self) -> None:
        """A pack that no maker knows and a price for each line."""
        for line in self.page.locator("[data-line]").all():
            scan = line.locator("[data-scan]")
            scan.fill(f"8{secrets.randbelow(10**19):019}")
            scan.press("Enter")
            pack = line.get_by_test_id("pack")
            expect(pack).to_have_attribute("data-verdict", "flagged")
            pack.locator("[data-total]").fill("30")
            pack.locator("[data-unit]").fill("片")
            line.locator("[data-price]").fill("12.50")
        self.page.get_by_test_id("override").check()
        self.page.get_by_test_id("payer").select_option("301")

    def expect_a_word_where_no_pack_is_named(self) -> None:
        """Drugs without a pack go out only once the pharmacist has said so, for these very lines."""
        box, fault = self.page.get_by_test_id("without-pack"), self.page.locator("[data-fault]")
        prices = self.page.locator("[data-price]")
        for price in prices.all():
            price.fill("1.00")
        expect(box).to_be_hidden()
        self.page.get_by_test_id("to-signing").click()
        expect(fault).to_contain_text("1")
        expect(box).to_be_visible()
        expect(box).not_to_be_checked()
        box.check()
        self.page.get_by_test_id("to-signing").click()
        expect(self.page.locator("#signing")).to_have_attribute("data-now", "ready")
        self.page.get_by_test_id("back").click()
        self.page.wait_for_url("**/desk/counter/1/**")

    def expect_no_pack_forgotten_or_taken_twice(self) -> None:
        """A code that only stands in its field isn't left out in silence; no pack is listed twice."""
        scan, fault = self.page.locator("[data-scan]").first, self.page.locator("[data-fault]")
        packs = self.page.get_by_test_id("pack")
        count, code = packs.count(), packs.first.get_attribute("data-scanned")
        scan.fill(str(code))
        self.page.get_by_test_id("to-signing").click()
        expect(fault).to_be_visible()
        expect(packs).to_have_count(count)
        scan.press("Enter")
        expect(fault).to_contain_text(str(code))
        expect(packs).to_have_count(count)
        scan.fill("")

    def expect_all_kept_for_who_comes_back(self) -> None:
        """Who looks at what she would sign, and goes back to change it, finds all as it was."""
        count = self.page.get_by_test_id("pack").count()
        self.page.get_by_test_id("to-signing").click()
        expect(self.page.locator("#signing")).to_have_attribute("data-now", "ready")
        self.page.get_by_test_id("back").click()
        self.page.wait_for_url("**/desk/counter/1/**")
        packs = self.page.get_by_test_id("pack")
        expect(packs).to_have_count(count)
        for pack in packs.all():
            expect(pack).to_have_attribute("data-verdict", "flagged")
            expect(pack.locator("[data-total]")).to_have_value("30")
        expect(self.page.locator("[data-price]").first).to_have_value("12.50")
        expect(self.page.get_by_test_id("payer")).to_have_value("301")
        self.page.get_by_test_id("override").check()


@pytest.fixture
def lin(open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, language: Language) -> Counter:
    """Pharmacist Lin of Kangning Pharmacy, whose browser can sign."""
    context = visitors.get("ph-lin", language, can_sign=True)
    return Counter(open_page(context=context), whole_stack, "ph-lin")


def picture_of(code: str, path: Path) -> Path:
    segno.make(code, error="m").save(str(path), scale=4, border=4)
    return path


def test_a_prescription_is_fetched_by_its_code_in_part_and_whole_reviewed_and_dispensed(
    lin: Counter, code: str, tmp_path: Path, gallery: Gallery, language: Language
) -> None:
    part = build_handover_text(part_of(parse_handover_code(code), [0]))
    lin.open()
    lin.page.get_by_test_id("picture").set_input_files(picture_of(part, tmp_path / "part.png"))
    lin.page.wait_for_url("**/desk/counter/1/**")
    expect(lin.page.get_by_test_id("review-first")).to_be_visible()
    expect(lin.page.get_by_test_id("fetched-record")).to_contain_text(VISITS[0].doctor.name)
    gallery.take(lin.page, "desk-counter-prescription", "review-first", language)

    lin.approve()
    expect(lin.page.locator('[data-ordinal="0"]')).to_be_checked()
    expect(lin.page.locator('[data-ordinal="1"]')).to_be_disabled()

    lin.open()
    lin.fetch(code)
    lin.page.wait_for_url("**/desk/counter/1/**")
    expect(lin.page.locator('[data-ordinal="1"]')).to_be_checked()
    lin.expect_a_word_where_no_pack_is_named()
    lin.fill_in_lines()
    lin.expect_no_pack_forgotten_or_taken_twice()
    lin.expect_all_kept_for_who_comes_back()
    lin.page.evaluate("scrollTo(0, 0)")
    gallery.take(lin.page, "desk-counter-prescription", "normal", language)
    lin.page.get_by_test_id("to-signing").click()
    expect(lin.page.get_by_test_id("kind")).to_have_text("dispensing" if language == "en" else "发药")
    lin.sign()
    lin.page.wait_for_url("**/desk/records/dispensings/*")
    expect(lin.page.get_by_test_id("outcome")).to_have_attribute("data-outcome", "done", timeout=OUTCOME_MS)

    lin.open("/records/dispensings")
    expect(lin.page.get_by_test_id("outcome").first).to_have_text("done" if language == "en" else "已完成")
    gallery.take(lin.page, "desk-records", "acts", language)

    lin.open()
    hospital = PEOPLES.name_en if language == "en" else PEOPLES.name_zh
    expect(lin.page.get_by_test_id("fetched").locator("tbody tr").first).to_contain_text(hospital)
    gallery.take(lin.page, "desk-counter", "normal", language)
    lin.fetch(code)
    expect(lin.page.get_by_test_id("nothing-open")).to_be_visible()
    gallery.take(lin.page, "desk-counter-prescription", "nothing-open", language)


def test_what_is_no_code_is_refused_in_the_browser_and_asks_nobody(
    lin: Counter, gallery: Gallery, language: Language
) -> None:
    lin.open()
    asked: list[str] = []
    lin.page.on("request", lambda request: asked.append(request.url))
    for text in ("RXL1:1:X", "hello", "RXH1:1:2:3:4"):
        lin.fetch(text)
        expect(lin.page.locator('[data-notice="refused"] [data-code]')).to_have_text("handover.malformed")
    assert not [url for url in asked if "/v1/" in url]
    gallery.take(lin.page, "desk-counter", "refused", language)


def test_a_picture_without_a_code_is_said_to_be_one(
    lin: Counter, tmp_path: Path, gallery: Gallery, language: Language
) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (320, 240), "white").save(plain)
    lin.open()
    lin.page.get_by_test_id("picture").set_input_files(plain)
    expect(lin.page.locator('[data-notice="no-picture"]')).to_be_visible()
    gallery.take(lin.page, "desk-counter", "no-picture", language)


def test_a_code_of_nothing_is_refused_by_the_hospital(lin: Counter) -> None:
    lin.watched.allow("status of 4")
    lin.open()
    code = f"RXH1:1:00000000-0000-4000-8000-000000000000:0:{'AB' * 32}"
    lin.fetch(code)
    expect(lin.page.locator('[data-notice="refused"] [data-code]')).not_to_be_empty()
    expect(lin.page.get_by_test_id("code")).to_have_value(code)


def test_a_counter_where_nothing_was_fetched(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    xu = Counter(open_page(context=visitors.get("ph-xu", language)), whole_stack, "ph-xu")
    xu.open()
    expect(xu.page.get_by_test_id("empty")).to_be_visible()
    gallery.take(xu.page, "desk-counter", "empty", language)
    xu.open("/sign/reviews")
    expect(xu.page.locator("#signing")).to_have_attribute("data-now", "no-order")
    gallery.take(xu.page, "desk-sign", "no-order", language)


def test_the_patient_s_code_is_shown_once_and_read_back_from_its_square(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    li = Desk(open_page(context=visitors.get("dr-li", language, can_sign=True)).page, whole_stack)
    prepared = li.open_signing(make_draft(whole_stack))
    li.sign(whole_stack.pin("dr-li"))
    li.expect_stage("accepted")
    gallery.take(li.page, "desk-sign", "accepted", language)
    li.page.emulate_media(media="print")
    expect(li.page.get_by_test_id("print-code")).to_be_hidden()
    expect(li.page.get_by_test_id("handover-code")).to_be_visible()
    expect(li.page.locator(".kit-nav, h1, footer").locator("visible=true")).to_have_count(0)
    body = prepared["record"]["body"]
    for said in (
        body["patient"]["name"],
        body["prescriber"]["name"],
        *(line["name"] for line in body["lines"]),
    ):
        expect(li.page.get_by_test_id("handover-facts")).to_contain_text(said)
    paper = li.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    li.page.emulate_media(media="screen")
    square = li.page.locator("[data-square] svg").first.screenshot()
    text = li.hand_over()
    code = parse_handover_code(text)
    assert code.record_id == prepared["record"]["id"]
    assert body["holders"] == ["0x" + code.address_for(n).hex() for n in range(len(body["claims"]))]
    assert read_qr_texts(square) == [text]
    li.watch_final()
