"""From a doctor's pen to a regulator's proof, in a real browser, in both languages.

The doctor signs in, sets her browser up, writes, sees what is signed, signs with her PIN, watches it become
final and prints it. The auditor, who knows the paper alone, verifies it by its QR code, by its id and by the
bundle.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ledger_proofs.bundles import parse_bundle
from ledger_proofs.references import parse_reference_text
from tests.browser.browsing import Language
from tests.browser.desk import FORM, Desk, recompute_commitment
from tests.browser.gallery import Gallery
from tests.browser.portal import Portal
from tests.browser.printed_codes import read_qr_texts
from tests.browser.visitors import AUDITOR, Visitors, sign_in_at_desk
from tests.browser.watching import OpenPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")


def write_and_open_signing(desk: Desk) -> str:
    """Write a prescription and go on to signing it; gives the commitment that Python computes."""
    desk.page.get_by_test_id("write").click()
    desk.fill_in()
    with desk.page.expect_response("**/v1/prescriptions/prepare") as prepared:
        desk.page.get_by_test_id("save-and-sign").click()
    desk.expect_stage("ready")
    return recompute_commitment(prepared.value.json())


def expect_exactly_what_is_signed(desk: Desk, commitment: str) -> None:
    """The page shows every value that was typed, and the commitment that Python recomputes."""
    shown = desk.page.get_by_test_id("signed-view")
    coded = {"diagnoses/0/system", "lines/0/frequency", "lines/0/route"}
    for name, value in FORM.items():
        if name not in coded:
            expect(shown).to_contain_text(value)
    expect(desk.page.get_by_test_id("commitment")).to_have_text(commitment)
    expect(desk.page.get_by_test_id("commitment-stated")).to_have_text(commitment)


def print_and_scan(desk: Desk, record: str, gallery: Gallery, language: Language) -> str:
    """Print the prescription, and read the QR code from the picture of the paper."""
    desk.open(f"/prescriptions/{record}/print")
    desk.page.emulate_media(media="print")
    texts = read_qr_texts(desk.page.screenshot(full_page=True))
    assert len(texts) == 1
    desk.page.emulate_media(media="screen")
    gallery.take(desk.page, "desk-print", "normal", language)
    return texts[0]


def download_bundle(desk: Desk, record: str, folder: Path) -> Path:
    """Download the evidence of a prescription as a doctor or patient does."""
    desk.open(f"/prescriptions/{record}")
    with desk.page.expect_download() as download:
        desk.page.get_by_test_id("bundle").click()
    path = folder / "bundle.json"
    download.value.save_as(path)
    return path


def set_up_by_the_way(page: Page, stack: WholeStack, desk: Desk) -> None:
    """The first page says that this browser can't sign, and leads to where it is set up."""
    page.locator('#browser-state [data-state="absent"] a').click()
    page.wait_for_url("**/desk/browser")
    folder = stack.folder("dr-li")
    page.get_by_test_id("key-files").set_input_files([folder / "key.json", folder / "profile.json"])
    expect(page.get_by_test_id("key-ready")).to_be_visible()
    desk.open("")


def test_a_prescription_from_pen_to_proof(
    open_page: OpenPage,
    visitors: Visitors,
    whole_stack: WholeStack,
    gallery: Gallery,
    language: Language,
    tmp_path: Path,
) -> None:
    page = open_page(language).page
    desk = Desk(page, whole_stack)
    page.goto(whole_stack.gateway_url)
    sign_in_at_desk(page, whole_stack, "dr-li")
    set_up_by_the_way(page, whole_stack, desk)

    commitment = write_and_open_signing(desk)
    expect_exactly_what_is_signed(desk, commitment)
    gallery.take(page, "desk-sign", "normal", language)
    desk.sign(whole_stack.pin("dr-li"))
    record = desk.expect_final()
    gallery.take(page, "desk-prescription", "final", language)

    text = print_and_scan(desk, record, gallery, language)
    reference = parse_reference_text(text)
    assert (str(reference.record_id), "0x" + reference.commitment.hex()) == (record, commitment)
    bundle = download_bundle(desk, record, tmp_path)
    assert "0x" + parse_bundle(bundle.read_bytes()).commitment.hex() == commitment

    portal = Portal(open_page(context=visitors.get(AUDITOR, language)).page, whole_stack)
    portal.verify_reference(text)
    portal.expect_outcome("passed")
    portal.expect_steps("passed")
    expect(portal.page.get_by_test_id("commitment").locator(".kit-code")).to_have_attribute(
        "title", commitment
    )
    portal.verify_record(record)
    portal.expect_outcome("passed")
    portal.verify_bundle(bundle)
    portal.expect_outcome("passed")
    portal.expect_steps("passed")
    gallery.take(portal.page, "portal-verification", "passed", language)
