"""Dispensing over HTTP, the whole way: what the chain then holds, and what is handed over only then."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger_proofs.claims import ClaimStatus, parse_claim_word, parse_pack_word, use_digest
from ledger_proofs.reports import Outcome
from ledger_proofs.uses import parse_use
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import read_refusal, signer
from tests.support.counter import (
    TWO_LINES,
    Prescribed,
    approve,
    build_dispensing,
    dispense,
    open_window,
    prescribe,
    sign_use,
    unknown_pack,
)
from tests.two_gateways import HOSPITAL, INSURER, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

NOUN = "dispensings"


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    made = prescribe(two_gateways, TWO_LINES)
    open_window(two_gateways, made)
    return made


@pytest.fixture(scope="module")
def done(two_gateways: TwoGateways, made: Prescribed) -> dict[str, Any]:
    """Line 1 of two, dispensed with a split pack and a payer."""
    pack = unknown_pack() | {"units_used": 4, "unit": "片"}
    request = build_dispensing(made, [0, 1], packs=[pack], payer=INSURER, override_flags=["pack.unknown"])
    accepted = dispense(two_gateways, made, request)
    assert accepted["act"]["outcome"] == "unknown"
    act = signer(two_gateways, "phil").wait_for_outcome(NOUN, accepted["id"])
    return {**accepted, "act": act}


def test_the_record_says_what_was_handed_over_and_what_it_costs(
    two_gateways: TwoGateways, made: Prescribed, done: dict[str, Any]
) -> None:
    body = signer(two_gateways, "phil").read(NOUN, done["id"])["body"]
    prescription = body["prescriptions"][0]
    assert (prescription["institution"], prescription["id"], prescription["window"]) == (HOSPITAL, made.id, 0)
    assert [claim["ordinal"] for claim in prescription["claims"]] == [0, 1]
    assert body["review"]["institution"] == PHARMACY
    assert body["pharmacist"] == {"name": "Phil (example)", "code": "P-phil"}
    charge = body["charges"]["lines"][0]
    assert (charge["quantity"], charge["amount_minor"]) == ({"value": "2", "unit": "盒"}, 2_500)
    assert body["charges"]["total_minor"] == 2_500
    assert body["packs"][0]["flags"] == ["pack.unknown"]
    assert (body["use"]["spender"], body["use"]["payer"]) == (PHARMACY, INSURER)


def test_the_chain_holds_the_use_and_the_packs_units(two_gateways: TwoGateways, done: dict[str, Any]) -> None:
    assert done["act"]["outcome"] == "done", done["act"]
    body = signer(two_gateways, "phil").read(NOUN, done["id"])["body"]
    use, reader = parse_use(body["use"]), two_gateways.chain.reader
    into = bytes.fromhex(done["commitment"][2:])
    used_at = reader.block_time(done["act"]["block_number"])
    expected = use_digest(into, use.struct_hash(), PHARMACY, used_at)
    for claim in use.claims:
        word = parse_claim_word(reader.claim_word(claim.claim))
        assert (word.status, word.digest) == (ClaimStatus.DISPENSED, expected)
    pack = parse_pack_word(reader.pack_word(use.packs[0].token))
    assert (pack.total_units, pack.used) == (10, 4)


def test_the_records_evidence_verifies(two_gateways: TwoGateways, done: dict[str, Any]) -> None:
    phil, chain = signer(two_gateways, "phil"), two_gateways.chain
    phil.wait_until_final(NOUN, done["id"])
    report = verify_bundle(phil.get_bundle(NOUN, done["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED, report


def test_what_is_left_is_dispensed_by_another_pharmacy_with_a_part_of_the_code(
    two_gateways: TwoGateways, made: Prescribed, done: dict[str, Any]
) -> None:
    assert done["act"]["outcome"] == "done"
    open_window(two_gateways, made, "rita")
    accepted = dispense(two_gateways, made, build_dispensing(made, [2], lines=[2]), "rita")
    act = signer(two_gateways, "rita").wait_for_outcome(NOUN, accepted["id"])
    assert act["outcome"] == "done", act
    seen = signer(two_gateways, "rita").http.get(f"/v1/received-prescriptions/{HOSPITAL}/{made.id}").json()
    assert {claim["status"] for claim in seen["claims"]} == {"dispensed"}


def test_a_hospital_dispenses_its_own_prescription_without_a_code(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways, with_holders=False)
    pia = signer(two_gateways, "pia")
    prepared = pia.prepare(NOUN, build_dispensing(made))
    assert prepared["presentations_to_sign"] == []
    accepted = pia.submit(NOUN, pia.sign(prepared)).json()
    act = pia.wait_for_outcome(NOUN, accepted["id"])
    assert act["outcome"] == "done", act


def test_the_same_submission_again_is_the_same_dispensing(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    phil = signer(two_gateways, "phil")
    prepared = phil.prepare(NOUN, build_dispensing(made))
    submission = phil.sign(prepared) | {"presentations": sign_use(prepared, phil, [made])}
    first = phil.submit(NOUN, submission).json()
    assert phil.wait_for_outcome(NOUN, first["id"])["outcome"] == "done"
    again = phil.submit(NOUN, submission)  # under another key, when the claims are used already
    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert again.json()["act"]["outcome"] == "done"


def test_a_race_is_decided_by_the_chain_and_the_loser_is_told_why(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    submissions = {}
    for name in ("phil", "rita"):
        open_window(two_gateways, made, name)
        person = signer(two_gateways, name)
        prepared = person.prepare(NOUN, build_dispensing(made))
        submissions[name] = person.sign(prepared) | {"presentations": sign_use(prepared, person, [made])}
    answers = {name: signer(two_gateways, name).submit(NOUN, each) for name, each in submissions.items()}
    accepted = {name: each for name, each in answers.items() if each.status_code == 201}
    outcomes = {
        name: signer(two_gateways, name).wait_for_outcome(NOUN, each.json()["id"])
        for name, each in accepted.items()
    }
    assert [each["outcome"] for each in outcomes.values()].count("done") == 1
    for name, answer in answers.items():
        if name not in accepted:  # the first was done before the second was looked at
            assert read_refusal(answer) == (409, "claims-used")
        elif outcomes[name]["outcome"] == "refused":
            assert outcomes[name]["reason"]["error"] == "ClaimRegisterNotUnused"
            assert outcomes[name]["reason"]["message_zh"]


def test_a_repeated_preparation_is_the_same_preparation(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    phil, key = signer(two_gateways, "phil"), str(uuid.uuid4())
    pack = unknown_pack()
    request = build_dispensing(made, packs=[pack], override_flags=["pack.unknown"])
    first = phil.prepare(NOUN, request, key)
    assert first["packs"][0]["flags"] == ["pack.unknown"]
    assert phil.prepare(NOUN, request, key) == first


def test_a_later_rejection_by_the_pharmacy_itself_stops_it(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    approve(
        two_gateways, made, "phil", decision="rejected", reasons=["interaction"], opinion="与在用药冲突。"
    )
    answer = signer(two_gateways, "phil").post(f"/v1/{NOUN}/prepare", build_dispensing(made))
    assert read_refusal(answer) == (409, "review-missing")
