"""Fetching a prescription by its code: what a pharmacist gets, and everything that is refused."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from ledger_proofs.json_members import to_hex
from ledger_web.clock import system_clock
from tests.support.acting import read_refusal, signer
from tests.support.counter import TWO_LINES, Prescribed, approve, fetch, prescribe, sign_readings
from tests.two_gateways import HOSPITAL, OTHER_PHARMACY, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ADDRESS = "/v1/received-prescriptions"


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    return prescribe(two_gateways)


@pytest.fixture(scope="module")
def fetched(two_gateways: TwoGateways, made: Prescribed) -> dict[str, Any]:
    answer = fetch(two_gateways, made)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_scanned_code_gives_the_verified_prescription(
    two_gateways: TwoGateways, made: Prescribed, fetched: dict[str, Any]
) -> None:
    stated = signer(two_gateways, "anna").read("prescriptions", made.id)
    assert fetched["record"] == stated
    assert (fetched["institution"], fetched["id"], fetched["window"]) == (HOSPITAL, made.id, 0)
    assert fetched["report"]["outcome"] == "passed"
    assert [step["outcome"] for step in fetched["report"]["steps"]] == ["passed"] * 7
    assert [(each["decision"], each["pharmacist"]) for each in fetched["reviews"]] == [
        ("approved", "Pia (example)")
    ]
    claims = fetched["claims"]
    assert [each["ordinal"] for each in claims] == list(range(made.claim_count))
    assert {(each["status"], each["restore_count"], each["presented"]) for each in claims} == {
        ("unused", 0, True)
    }
    assert fetched["as_of_block"] > 0


def test_what_was_fetched_is_listed_without_content_and_read_again(
    two_gateways: TwoGateways, made: Prescribed, fetched: dict[str, Any]
) -> None:
    phil = signer(two_gateways, "phil")
    listed = phil.http.get(ADDRESS).json()["items"]
    row = next(each for each in listed if each["id"] == made.id)
    assert row["commitment"] == fetched["commitment"]
    assert "record" not in row
    again = phil.http.get(f"{ADDRESS}/{HOSPITAL}/{made.id}")
    assert again.status_code == 200, again.text
    assert again.json()["record"] == fetched["record"]
    assert again.json()["claims"] == fetched["claims"]


def test_the_hospital_notes_who_got_it_and_the_pharmacy_who_fetched_and_read(
    two_gateways: TwoGateways, made: Prescribed, fetched: dict[str, Any]
) -> None:
    def notes(admin: str) -> list[tuple[str, dict[str, Any]]]:
        listed = signer(two_gateways, admin).http.get("/v1/audit?limit=200").json()["items"]
        return [(each["action"], each["details"]) for each in listed if each["subject"].endswith(made.id)]

    signer(two_gateways, "phil").http.get(f"{ADDRESS}/{HOSPITAL}/{made.id}")
    expected = {"window": 0, "claims": made.claim_count, "institution": PHARMACY}
    assert ("prescription.handed_out", expected) in notes("ada")
    at_pharmacy = [action for action, _ in notes("amy")]
    assert {"prescription.fetched", "prescription.read"} <= set(at_pharmacy)


def test_a_part_of_a_code_shows_which_claims_it_hands_over(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways, TWO_LINES)
    answer = fetch(two_gateways, made, presentations=sign_readings(two_gateways, made, [1]))
    assert answer.status_code == 201, answer.text
    assert [each["presented"] for each in answer.json()["claims"]][:2] == [False, True]
    later = fetch(two_gateways, made, presentations=sign_readings(two_gateways, made, [0]))
    assert [each["presented"] for each in later.json()["claims"]][:2] == [True, True]


def test_a_repeated_request_gets_its_first_answer(two_gateways: TwoGateways, made: Prescribed) -> None:
    key, readings = str(uuid.uuid4()), sign_readings(two_gateways, made)
    first = fetch(two_gateways, made, key=key, presentations=readings)
    again = fetch(two_gateways, made, key=key, presentations=readings)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["record"] == first.json()["record"]


def test_another_institution_that_did_not_fetch_it_sees_nothing(
    two_gateways: TwoGateways, made: Prescribed, fetched: dict[str, Any]
) -> None:
    rita = signer(two_gateways, "rita")
    answer = rita.http.get(f"{ADDRESS}/{HOSPITAL}/{fetched['id']}")
    assert read_refusal(answer) == (404, "received-prescription-not-found")
    assert made.id not in {each["id"] for each in rita.http.get(ADDRESS).json()["items"]}


def test_only_pharmacists_fetch(two_gateways: TwoGateways, made: Prescribed) -> None:
    for name in ("amy", "adam", "his-201"):
        assert read_refusal(fetch(two_gateways, made, pharmacist=name)) == (403, "role-missing")


def _refused(two_gateways: TwoGateways, made: Prescribed, **changes: Any) -> tuple[int, str, str]:
    answer = fetch(two_gateways, made, **changes)
    status, code = read_refusal(answer)
    return status, code, str(answer.json()["detail"])


def test_a_presentation_for_another_reader_is_refused(two_gateways: TwoGateways, made: Prescribed) -> None:
    readings = sign_readings(two_gateways, made, reader=OTHER_PHARMACY)
    status, code, words = _refused(two_gateways, made, presentations=readings)
    assert (status, code) == (409, "peer-refused")
    assert "presentation-refused" in words and "presentation.holder" in words


def test_a_mistyped_code_is_said_to_be_one_before_what_the_hospital_says(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    readings = sign_readings(two_gateways, made, seed=bytes(31) + b"\x09")
    problem = fetch(two_gateways, made, presentations=readings).json()
    assert problem["code"] == "peer-refused"
    assert problem["detail"].startswith("The code doesn't fit this prescription: scan it again.")
    assert problem["detail_zh"].startswith("取药码与该处方不符，请重新扫码。")
    assert "presentation-refused" in problem["detail"]
    assert "presentation-refused" in problem["detail_zh"]


def test_a_guessed_code_is_refused(two_gateways: TwoGateways, made: Prescribed) -> None:
    readings = sign_readings(two_gateways, made, seed=bytes(31) + b"\x07")
    assert "presentation.holder" in _refused(two_gateways, made, presentations=readings)[2]


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-1, "presentation.expired"), (1_500, "presentation.deadline")]
)
def test_a_presentation_of_another_time_is_refused(
    two_gateways: TwoGateways, made: Prescribed, seconds: int, reason: str
) -> None:
    readings = sign_readings(two_gateways, made, deadline=system_clock() + seconds)
    assert reason in _refused(two_gateways, made, presentations=readings)[2]


def test_a_claim_that_is_not_there_or_stands_twice_is_refused(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    for ordinals in ([made.claim_count], [0, 0]):
        readings = sign_readings(two_gateways, made, ordinals)
        assert "presentation-malformed" in _refused(two_gateways, made, presentations=readings)[2]


def test_a_prescription_that_was_not_reviewed_is_not_given_out(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways, reviewer=None)
    assert _refused(two_gateways, made)[:2] == (409, "prescription-not-reviewed")
    approve(two_gateways, made, "pia", decision="rejected", reasons=["dose"], opinion="剂量过大。")
    assert _refused(two_gateways, made)[:2] == (409, "prescription-not-reviewed")
    approve(two_gateways, made, "pia")
    assert fetch(two_gateways, made).status_code == 201


def test_a_prescription_without_holders_stays_with_its_hospital(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways, with_holders=False)
    assert _refused(two_gateways, made)[:2] == (409, "prescription-has-no-holders")


def test_an_unknown_prescription_or_hospital_is_refused(two_gateways: TwoGateways, made: Prescribed) -> None:
    other = Prescribed(HOSPITAL, str(uuid.uuid4()), 1, made.seed)
    assert _refused(two_gateways, other)[:2] == (404, "prescription-not-found")
    assert _refused(two_gateways, made, institution=77)[:2] == (422, "peer-unknown")
    # Institution 2 sits at the same gateway: it has no such prescription either.
    assert _refused(two_gateways, made, institution=2)[:2] == (404, "prescription-not-found")


def test_a_window_that_is_not_there_is_refused(two_gateways: TwoGateways, made: Prescribed) -> None:
    away = Prescribed(made.institution, made.id, made.claim_count, made.seed, window=3)
    assert "window-not-found" in _refused(two_gateways, away)[2]


def test_only_institutions_that_dispense_are_answered(two_gateways: TwoGateways, made: Prescribed) -> None:
    insurer = two_gateways.counters.parts.peers
    body: dict[str, Any] = {"window": 0, "presentations": sign_readings(two_gateways, made, reader=301)}
    path = f"/v1/peer/prescriptions/{made.id}/presentations"
    with pytest.raises(Exception, match="peer-role-missing"):
        insurer.post(301, HOSPITAL, path, body)


def test_a_stranger_is_not_answered(two_gateways: TwoGateways, made: Prescribed) -> None:
    path = f"{two_gateways.hospitals.url}/v1/peer/prescriptions/{made.id}/presentations"
    body = {"window": 0, "presentations": sign_readings(two_gateways, made)}
    assert read_refusal(httpx.post(path, json=body)) == (401, "peer-not-authentic")
    assert signer(two_gateways, "pia").http.post(path, json=body).status_code == 401


def test_content_is_stored_sealed(
    two_gateways: TwoGateways, made: Prescribed, fetched: dict[str, Any]
) -> None:
    file = two_gateways.counters.parts.settings.home / "gateway.db"
    stored = b"".join(part.read_bytes() for part in file.parent.glob("gateway.db*"))
    assert bytes.fromhex(fetched["commitment"][2:]) in stored
    for secret in (fetched["record"]["body"]["patient"]["name"], made.seed.hex(), to_hex(made.seed)):
        assert secret.encode() not in stored
