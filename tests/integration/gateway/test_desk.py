"""The desk on a chain: from a written form to the printed code, asked for as a browser and its script do."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_proofs.bundles import parse_bundle
from ledger_proofs.references import parse_reference_text
from ledger_proofs.reports import Outcome
from tests.desk_support import DeskBrowser, form_fields, open_desk, text_of
from tests.gateway_stack import FINAL_SECONDS, ChainUnderTest, Stack, body_with, run_stack
from tests.support.drafts import new_key
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def _write_and_prepare(browser: DeskBrowser) -> tuple[str, dict[str, object]]:
    fields = form_fields()
    assert browser.post("/desk/prescriptions/new", **fields, intent="sign").status_code == 303
    prepared = browser.send("POST", "/v1/prescriptions/prepare", {"draft_id": fields["draft_id"]})
    assert prepared.status_code == 201, prepared.text
    return fields["draft_id"], prepared.json()


def _issue(stack: Stack, browser: DeskBrowser) -> str:
    """Write, prepare, sign and submit over the desk's cookie; the prescription's id."""
    _, prepared = _write_and_prepare(browser)
    submission = stack.doctor("anna").sign(prepared)
    answer = browser.send("POST", "/v1/prescriptions", submission)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_from_the_form_to_a_verified_bundle_and_a_printed_code(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    prescription = _issue(shared_stack, browser)
    path = f"/desk/prescriptions/{prescription}"
    assert "王小明（示例）" in text_of(browser.get(path))
    wait_until(
        lambda: "hx-trigger" not in browser.get(f"{path}/progress").text,
        FINAL_SECONDS,
        "the page to stop asking",
    )
    assert browser.get(f"{path}/progress").text.count('class="is-reached"') == 4
    download = browser.get(f"{path}/bundle?window=0")
    assert f"rxledger-{prescription}-0.json" in download.headers["content-disposition"]
    bundle = parse_bundle(download.content)
    assert shared_stack.verify(bundle).outcome == Outcome.PASSED
    printed = text_of(browser.get(f"{path}/print"))
    (reference,) = re.findall(r'<code class="desk-reference">([^<]+)</code>', printed)
    parsed = parse_reference_text(reference)
    assert (parsed.record_id, parsed.window, parsed.commitment) == (prescription, 0, bundle.commitment)
    assert printed.count('src="data:image/svg+xml') == 1


def test_each_repeat_has_its_own_code(shared_stack: Stack) -> None:
    doctor = shared_stack.doctor("anna")
    reason = {"code": "long_term", "text": "慢性病"}
    body = body_with(repeats={"count": 3, "interval_days": 28}, supply_reason=reason)
    prescription = doctor.issue(body)["id"]
    printed = text_of(
        open_desk(shared_stack.gateway, "anna").get(f"/desk/prescriptions/{prescription}/print")
    )
    references = re.findall(r'<code class="desk-reference">([^<]+)</code>', printed)
    assert [parse_reference_text(each).window for each in references] == [0, 1, 2]


def test_a_draft_signed_in_another_tab_is_told_and_not_issued_twice(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    draft, first = _write_and_prepare(browser)
    second = browser.send("POST", "/v1/prescriptions/prepare", {"draft_id": draft}).json()
    doctor = shared_stack.doctor("anna")
    issued = browser.send("POST", "/v1/prescriptions", doctor.sign(first))
    refused = browser.send("POST", "/v1/prescriptions", doctor.sign(second))
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-signed")
    page = browser.get(f"/desk/drafts/{draft}/sign")
    assert page.status_code == 409
    assert f"/desk/prescriptions/{issued.json()['id']}" in page.text
    assert browser.post(f"/desk/drafts/{draft}/discard").status_code == 409
    assert browser.get(f"/desk/drafts/{draft}/edit").status_code == 409


def test_the_signing_page_knows_what_the_fields_that_a_refusal_names_are_called(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    draft, _ = _write_and_prepare(browser)
    page = browser.get(f"/desk/drafts/{draft}/sign")
    assert page.status_code == 200
    assert "lines/*/days" in page.text


def test_what_was_prepared_before_the_draft_was_changed_is_not_issued(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    draft, stale = _write_and_prepare(browser)
    corrected = form_fields(draft, lines__0__dose__value="2.5")
    assert browser.post("/desk/prescriptions/new", **corrected).status_code == 303
    doctor = shared_stack.doctor("anna")
    refused = browser.send("POST", "/v1/prescriptions", doctor.sign(stale))
    assert (refused.status_code, refused.json()["code"]) == (404, "preparation-not-found")
    fresh = browser.send("POST", "/v1/prescriptions/prepare", {"draft_id": draft}).json()
    assert fresh["record"]["body"]["lines"][0]["dose"]["value"] == "2.5"
    assert browser.post("/desk/prescriptions/new", **corrected).status_code == 303
    assert browser.send("POST", "/v1/prescriptions", doctor.sign(fresh)).status_code == 201


def test_the_same_signature_sent_twice_is_the_same_prescription(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    _, prepared = _write_and_prepare(browser)
    submission = shared_stack.doctor("anna").sign(prepared)
    key = f"submit-{str(prepared['commitment'])[2:]}"
    first, again = (
        browser.send("POST", "/v1/prescriptions", submission, **{"Idempotency-Key": key}) for _ in range(2)
    )
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    repeated = browser.get(f"/desk/prescriptions/{first.json()['id']}?repeated=true")
    assert 'data-testid="repeated"' in repeated.text


def test_a_session_that_ended_between_signing_and_sending_goes_on(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    _, prepared = _write_and_prepare(browser)
    submission = shared_stack.doctor("anna").sign(prepared)
    token = browser.http.cookies["rxledger_desk"]
    browser.post("/desk/sign-out")
    browser.http.cookies.set("rxledger_desk", token)
    refused = browser.send("POST", "/v1/prescriptions", submission)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")
    browser.http.cookies.clear()
    browser.sign_in("anna")
    assert browser.send("POST", "/v1/prescriptions", submission).status_code == 201


def test_another_doctors_prescription_is_not_there(shared_stack: Stack) -> None:
    prescription = _issue(shared_stack, open_desk(shared_stack.gateway, "anna"))
    ben = open_desk(shared_stack.gateway, "ben")
    for part in ("", "/print", "/progress", "/bundle"):
        assert ben.get(f"/desk/prescriptions/{prescription}{part}").status_code == 404, part
    assert prescription not in ben.get("/desk/prescriptions").text
    assert prescription not in ben.get("/desk/prescriptions.csv").text


def test_the_list_is_filtered_by_its_address_paged_and_exported(shared_stack: Stack) -> None:
    browser = open_desk(shared_stack.gateway, "anna")
    mine = {_issue(shared_stack, browser) for _ in range(3)}
    seen: set[str] = set()
    address: str | None = "/desk/prescriptions?limit=2"
    while address is not None:
        page = text_of(browser.get(address))
        seen |= set(re.findall(r'href="/desk/prescriptions/([0-9a-f-]{36})"', page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1] if found else None
    assert mine <= seen
    rows = list(csv.reader(io.StringIO(browser.get("/desk/prescriptions.csv").text.removeprefix("\ufeff"))))
    assert {row[0] for row in rows[1:]} == seen
    assert rows[0][0] == "id"
    tomorrow = "/desk/prescriptions?from=2999-01-01"
    assert 'data-testid="empty"' in browser.get(tomorrow).text
    assert len(browser.get(tomorrow.replace("prescriptions", "prescriptions.csv")).text.splitlines()) == 1


def test_a_cell_that_begins_like_a_formula_is_text_in_the_csv(shared_stack: Stack) -> None:
    names = ("=HYPERLINK(1)", "＝HYPERLINK(2)")
    for name in names:
        patient = {**dict(body_with()["patient"]), "name": name}
        shared_stack.doctor("ben").issue(body_with(patient=patient))
    exported = open_desk(shared_stack.gateway, "ben").get("/desk/prescriptions.csv").text
    assert all(f",'{name}," in exported for name in names)


def test_a_prescription_of_sixty_lines_is_written_and_printed(shared_stack: Stack) -> None:
    pieces = [
        {**line, "number": number, "item_type": "13", "code": f"P{number}", "name": f"饮片{number}"}
        for number in range(1, 61)
        for line in body_with()["lines"]
    ]
    draft = shared_stack.gateway.client("his-1").post(
        "/v1/drafts", json=body_with(lines=pieces), headers=new_key()
    )
    browser = open_desk(shared_stack.gateway, "anna")
    edited = browser.get(f"/desk/drafts/{draft.json()['id']}/edit").text
    assert edited.count('data-testid="line"') == 61  # sixty, and the template of a new one
    prescription = shared_stack.doctor("anna").issue(body_with(lines=pieces))["id"]
    assert "饮片60" in browser.get(f"/desk/prescriptions/{prescription}/print").text


@pytest.fixture
def silent_stack(tmp_path: Path, chain: ChainUnderTest) -> Iterator[Stack]:
    """A gateway whose node doesn't answer."""
    with run_stack(tmp_path / "silent", chain, rpc_url="http://127.0.0.1:9") as running:
        yield running


def test_with_the_chain_down_a_prescription_is_accepted_and_said_to_wait(silent_stack: Stack) -> None:
    browser = open_desk(silent_stack.gateway, "anna")
    prescription = _issue(silent_stack, browser)
    silent_stack.gateway.clock.advance(30)
    page = browser.get(f"/desk/prescriptions/{prescription}")
    assert 'data-testid="chain-down"' in page.text
    assert 'data-testid="chain-down"' in browser.get(f"/desk/prescriptions/{prescription}/progress").text
    assert browser.get(f"/desk/prescriptions/{prescription}/bundle").status_code == 409
    wait_until(
        lambda: prescription in browser.get("/desk/prescriptions?status=logged").text, 20, "it to be logged"
    )
    for status in ("pending", "anchored", "final"):
        assert prescription not in browser.get(f"/desk/prescriptions?status={status}").text


def test_what_was_prepared_too_long_ago_is_prepared_anew(silent_stack: Stack) -> None:
    browser = open_desk(silent_stack.gateway, "anna")
    draft, prepared = _write_and_prepare(browser)
    submission = silent_stack.doctor("anna").sign(prepared)
    silent_stack.gateway.clock.advance(1_000)
    refused = browser.send("POST", "/v1/prescriptions", submission)
    assert (refused.status_code, refused.json()["code"]) == (422, "stale-signed-time")
    again = browser.send("POST", "/v1/prescriptions/prepare", {"draft_id": draft})
    assert again.json()["commitment"] != json.loads(json.dumps(prepared))["commitment"]
