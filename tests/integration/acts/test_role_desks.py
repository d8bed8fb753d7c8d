"""The pages of each role at the desk, over HTTP: both languages, empty and filled, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.desk_support import DeskBrowser, text_of
from tests.support.acting import signer
from tests.support.counter import TWO_LINES, build_dispensing, dispense, open_window, prescribe
from tests.two_gateways import HOSPITAL, INSURER, MANUFACTURER, PHARMACY, REGULATOR, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain, pytest.mark.timeout(300)]

PLACES = {
    "pia": (HOSPITAL, ["/desk/reviews", "/desk/records/reviews", "/desk/settlement-requests"]),
    "phil": (PHARMACY, ["/desk/settlement-requests", "/desk/records/refusals"]),
    "adam": (INSURER, ["/desk/settlement-requests", "/desk/records/settlements", "/desk/records/reversals"]),
    "rosa": (MANUFACTURER, ["/desk/lots", "/desk/lots/new", "/desk/records/lots"]),
    "otto": (REGULATOR, ["/desk/demands", "/desk/demands/new", "/desk/records/demands"]),
    "cleo": (HOSPITAL, ["/desk/incoming-demands", "/desk/records/accesses"]),
}
CASES = [(name, path) for name, (_institution, paths) in PLACES.items() for path in paths]


@pytest.fixture(scope="module")
def browsers(two_gateways: TwoGateways) -> Iterator[dict[str, DeskBrowser]]:
    """Everybody's browser, signed in."""
    found = {}
    for name, (institution, _paths) in PLACES.items():
        found[name] = DeskBrowser(two_gateways.gateway_of(name))
        assert found[name].sign_in(name, institution).status_code == 303
    yield found
    for browser in found.values():
        browser.http.close()


@pytest.mark.parametrize(("name", "path"), CASES)
def test_each_page_answers_in_both_languages(browsers: dict[str, DeskBrowser], name: str, path: str) -> None:
    for language, lang in (("en", 'lang="en"'), ("zh-CN", 'lang="zh-CN"')):
        answer = browsers[name].http.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        assert lang in answer.text
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert re.search(r"<(script|style)(?![^>]*(src=|importmap))", answer.text) is None


@pytest.mark.parametrize(("name", "path"), CASES)
def test_each_page_is_for_its_role(browsers: dict[str, DeskBrowser], name: str, path: str) -> None:
    others = {"/desk/settlement-requests": "rosa"}
    stranger = others.get(path, "adam" if name != "adam" else "otto")
    answer = browsers[stranger].get(path)
    assert answer.status_code == 403, answer.text
    assert "desk-role-missing" in text_of(answer)


@pytest.mark.parametrize(("name", "path"), [(name, "/desk") for name in PLACES])
def test_signing_in_leads_to_ones_own_work(browsers: dict[str, DeskBrowser], name: str, path: str) -> None:
    answer = browsers[name].get(path)
    assert answer.status_code == 303
    assert browsers[name].get(answer.headers["location"]).status_code == 200


def test_a_lot_goes_from_the_list_to_its_record_and_to_a_recall(
    two_gateways: TwoGateways, browsers: dict[str, DeskBrowser]
) -> None:
    rosa = browsers["rosa"]
    product = {"code_system": "test", "code": "D-1", "name": "阿莫西林胶囊", "specification": "0.5g*24粒"}
    lot = {
        "event": "commissioned",
        "product": product,
        "lot": "DESK-1",
        "made_on": "2026-09-01",
        "expires_on": "2028-08-31",
        "unit": "粒",
        "units_per_pack": 24,
        "codes": ["81234567890000000001", "81234567890000000002"],
    }
    issued = signer(two_gateways, "rosa").act("lots", lot)
    assert issued["id"] in rosa.get("/desk/lots").text
    assert "DESK-1" in rosa.get("/desk/lots").text
    record = text_of(rosa.get(f"/desk/records/lots/{issued['id']}"))
    assert issued["commitment"] in record
    recall = text_of(rosa.get(f"/desk/lots/new?recalls={issued['id']}"))
    assert 'value="DESK-1"' in recall
    assert 'name="reason"' in recall
    export = rosa.get("/desk/records/lots/all.csv").text
    assert issued["id"] in export
    assert rosa.get("/desk/records/lots?status=final").status_code == 200


def test_who_paid_decides_whether_a_settlement_is_offered(
    two_gateways: TwoGateways, browsers: dict[str, DeskBrowser]
) -> None:
    made = prescribe(two_gateways, TWO_LINES)
    open_window(two_gateways, made)
    pages = {}
    for payer, ordinal, line in ((0, 0, 1), (INSURER, 2, 2)):
        request = build_dispensing(made, [ordinal], lines=[line], payer=payer)
        accepted = dispense(two_gateways, made, request)
        told = signer(two_gateways, "phil").wait_for_outcome("dispensings", accepted["id"])
        assert told["outcome"] == "done"
        pages[payer] = browsers["phil"].get(f"/desk/records/dispensings/{accepted['id']}").text
    assert [mark in pages[0] for mark in ("patient-paid", "request-settlement")] == [True, False]
    assert [mark in pages[INSURER] for mark in ("patient-paid", "request-settlement")] == [False, True]
    assert all("restores-form" in page for page in pages.values())


@pytest.mark.parametrize("path", ["/desk/records/nothing", "/desk/records/prescriptions"])
def test_what_is_no_kind_of_record_has_its_page(browsers: dict[str, DeskBrowser], path: str) -> None:
    answer = browsers["pia"].get(path)
    assert answer.status_code == 404
    assert "noun-unknown" in text_of(answer)
