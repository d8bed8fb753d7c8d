"""Refusals over HTTP: it stands on record that nothing was handed over, and why."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import Signer, read_refusal, signer
from tests.support.counter import Prescribed, fetch, prescribe
from tests.two_gateways import HOSPITAL, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    prescribed = prescribe(two_gateways)
    assert fetch(two_gateways, prescribed).status_code == 201
    return prescribed


@pytest.fixture(scope="module")
def phil(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "phil")


def _refusal(made: Prescribed, **members: Any) -> dict[str, Any]:
    return {"prescription": {**made.place, "window": 0}, "reason": "identity", **members}


def test_a_refusal_names_the_prescription_and_the_reason(
    two_gateways: TwoGateways, phil: Signer, made: Prescribed
) -> None:
    accepted = phil.act("refusals", _refusal(made, note="未出示证件"))
    stated = signer(two_gateways, "anna").follow("prescriptions", made.id)
    body = phil.read("refusals", accepted["id"])["body"]
    prescription = body.pop("prescription")
    assert prescription["commitment"] == stated["commitment"]
    assert (prescription["institution"], prescription["id"], prescription["window"]) == (HOSPITAL, made.id, 0)
    assert body == {
        "reason": "identity",
        "note": "未出示证件",
        "pharmacist": {"name": "Phil (example)", "code": "P-phil"},
    }
    phil.wait_until_final("refusals", accepted["id"])
    chain = two_gateways.chain
    report = verify_bundle(phil.get_bundle("refusals", accepted["id"]), chain.trust, chain.reader)
    assert report.outcome is Outcome.PASSED


def test_a_hospitals_own_counter_refuses_too(two_gateways: TwoGateways, made: Prescribed) -> None:
    pia = signer(two_gateways, "pia")
    accepted = pia.act("refusals", _refusal(made, reason="clinical"))
    assert pia.read("refusals", accepted["id"])["body"]["prescription"]["id"] == made.id


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"reason": "mood"}, 422, "invalid-request"),
        ({"note": "x" * 501}, 422, "invalid-request"),
        ({"reason": "chain_refused"}, 422, "record-invalid"),
        ({"reason": "chain_refused", "dispensing_id": str(uuid.uuid4())}, 404, "record-not-found"),
    ],
)
def test_a_refusal_that_cannot_be_is_refused(
    phil: Signer, made: Prescribed, members: dict[str, Any], status: int, code: str
) -> None:
    assert read_refusal(phil.post("/v1/refusals/prepare", _refusal(made, **members))) == (status, code)


def test_a_review_is_no_dispensing(two_gateways: TwoGateways, phil: Signer, made: Prescribed) -> None:
    review = phil.act("reviews", {"prescription": made.place, "decision": "approved"})["id"]
    request = _refusal(made, reason="chain_refused", dispensing_id=review)
    assert read_refusal(phil.post("/v1/refusals/prepare", request)) == (404, "record-not-found")


def test_a_window_that_was_not_fetched_cannot_be_refused(phil: Signer, made: Prescribed) -> None:
    request = _refusal(made, prescription={**made.place, "window": 1})
    assert read_refusal(phil.post("/v1/refusals/prepare", request)) == (404, "window-not-found")


@pytest.mark.parametrize(("name", "status"), [("rita", 404), ("pat", 404), ("amy", 403), ("anna", 403)])
def test_only_pharmacists_who_know_the_prescription_refuse(
    two_gateways: TwoGateways, made: Prescribed, name: str, status: int
) -> None:
    answer = signer(two_gateways, name).post("/v1/refusals/prepare", _refusal(made))
    assert answer.status_code == status
