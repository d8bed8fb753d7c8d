"""Undoing a dispensing over HTTP: what is free again afterwards, and what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger_proofs.claims import parse_pack_word
from ledger_proofs.reports import Outcome
from ledger_proofs.uses import parse_use
from ledger_proofs.verifier import verify_bundle
from tests.support import payer
from tests.support.acting import Signer, read_refusal, signer
from tests.support.counter import (
    Prescribed,
    build_dispensing,
    dispense,
    fetch,
    open_window,
    prescribe,
    unknown_pack,
)
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

NOUN = "restores"


def _dispense(gateways: TwoGateways, made: Prescribed, **changes: Any) -> dict[str, Any]:
    accepted = dispense(gateways, made, build_dispensing(made, **changes))
    act = signer(gateways, "phil").wait_for_outcome("dispensings", accepted["id"])
    assert act["outcome"] == "done", act
    return accepted


def _refusal(phil: Signer, dispensing_id: str, **changes: Any) -> tuple[int, str]:
    request = {"dispensing_id": dispensing_id, "reason": "returned", **changes}
    return read_refusal(phil.post(f"/v1/{NOUN}/prepare", request))


@pytest.fixture(scope="module")
def phil(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "phil")


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    return made


def test_a_restored_dispensing_frees_claims_and_packs_and_they_are_dispensed_anew(
    two_gateways: TwoGateways, phil: Signer, made: Prescribed
) -> None:
    packs = [unknown_pack()]
    dispensed = _dispense(two_gateways, made, packs=packs, override_flags=["pack.unknown"])
    use = parse_use(phil.read("dispensings", dispensed["id"])["body"]["use"])
    accepted = phil.act(NOUN, {"dispensing_id": dispensed["id"], "reason": "scan_error", "note": "扫错药盒"})
    assert accepted["kind"] == "restore"
    assert phil.wait_for_outcome(NOUN, accepted["id"])["outcome"] == "done"

    body = phil.read(NOUN, accepted["id"])["body"]
    assert body["dispensing"] == {
        "institution": PHARMACY,
        "id": dispensed["id"],
        "commitment": dispensed["commitment"],
    }
    pack = parse_pack_word(two_gateways.chain.reader.pack_word(use.packs[0].token))
    assert (pack.used, pack.returned) == (0, 0)  # undone within the hour: not returned, but never taken
    seen = fetch(two_gateways, made).json()
    assert {(each["status"], each["restore_count"]) for each in seen["claims"]} == {("unused", 1)}
    assert _refusal(phil, dispensed["id"]) == (409, "nothing-to-restore")

    again = _dispense(two_gateways, made, packs=packs, override_flags=["pack.unknown"])
    stated = phil.read("dispensings", again["id"])["body"]["use"]["claims"]
    assert {each["restore_count"] for each in stated} == {1}
    phil.wait_until_final(NOUN, accepted["id"])
    chain = two_gateways.chain
    report = verify_bundle(phil.get_bundle(NOUN, accepted["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED


def test_only_the_institution_that_dispensed_restores(two_gateways: TwoGateways, phil: Signer) -> None:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    dispensed = _dispense(two_gateways, made)
    for name in ("rita", "pia"):
        assert _refusal(signer(two_gateways, name), dispensed["id"]) == (404, "record-not-found")
    for name in ("adam", "amy"):
        assert _refusal(signer(two_gateways, name), dispensed["id"]) == (403, "role-missing")
    assert _refusal(phil, made.id) == (404, "record-not-found")
    assert _refusal(phil, str(uuid.uuid4())) == (404, "record-not-found")
    assert _refusal(phil, dispensed["id"], reason="bored") == (422, "invalid-request")


def test_a_prepared_restore_of_what_was_restored_meanwhile_is_refused(
    two_gateways: TwoGateways, phil: Signer
) -> None:
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    dispensed = _dispense(two_gateways, made)
    request = {"dispensing_id": dispensed["id"], "reason": "returned"}
    first, second = phil.prepare(NOUN, request), phil.prepare(NOUN, request)
    done = phil.submit(NOUN, phil.sign(first)).json()
    assert phil.wait_for_outcome(NOUN, done["id"])["outcome"] == "done"
    assert read_refusal(phil.submit(NOUN, phil.sign(second))) == (409, "nothing-to-restore")
    again = phil.submit(NOUN, phil.sign(first))
    assert (again.status_code, again.json()["id"]) == (201, done["id"])


def test_an_old_presentation_does_not_serve_after_a_restore(two_gateways: TwoGateways, phil: Signer) -> None:
    """The restore count is part of what is presented: what was prepared before no longer fits."""
    made = prescribe(two_gateways)
    open_window(two_gateways, made)
    dispensed = _dispense(two_gateways, made)
    restored = phil.act(NOUN, {"dispensing_id": dispensed["id"], "reason": "not_collected"})
    assert phil.wait_for_outcome(NOUN, restored["id"])["outcome"] == "done"
    prepared = phil.prepare("dispensings", build_dispensing(made))
    assert {each["restore_count"] for each in prepared["presentations_to_sign"]} == {1}
    assert prepared["record"]["body"]["prescriptions"][0]["institution"] == HOSPITAL


def test_what_the_payer_settled_is_not_restored_before_it_is_reversed(
    two_gateways: TwoGateways, phil: Signer
) -> None:
    dispensed = payer.dispense(two_gateways)
    settled = payer.settle(two_gateways, payer.in_full(two_gateways, payer.bill(two_gateways, dispensed)))
    assert _refusal(phil, dispensed.id) == (409, "claims-settled")
    adam = signer(two_gateways, "adam")
    reversal = adam.act("reversals", {"settlement_id": settled["id"], "reason": "returned"})
    assert adam.wait_for_outcome("reversals", reversal["id"])["outcome"] == "done"
    restored = phil.act(NOUN, {"dispensing_id": dispensed.id, "reason": "returned"})
    assert phil.wait_for_outcome(NOUN, restored["id"])["outcome"] == "done"
