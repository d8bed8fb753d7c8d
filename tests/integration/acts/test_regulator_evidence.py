"""What a regulator's machine is shown without a demand: enough to judge, and nobody's name."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.support.acting import read_refusal, signer
from tests.support.payer import Dispensed, bill, dispense_own, in_full, settle
from tests.two_gateways import HOSPITAL, INSURER, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def dispensed(two_gateways: TwoGateways) -> Dispensed:
    return dispense_own(two_gateways)


def evidence_of(two: TwoGateways, record_id: str) -> Bundle:
    answer = signer(two, "mirror").http.get(f"/v1/evidence/{record_id}")
    assert answer.status_code == 200, answer.text
    assert "Pia" not in answer.text
    return parse_bundle(answer.content)


def shown(bundle: Bundle) -> dict[str, Any]:
    pointers = bundle.disclosure.pointers
    return {pointers[field.index - 1]: field.value for field in bundle.disclosure.fields}


def test_the_minimal_evidence_of_a_dispensing_passes_and_tells_what_rules_need(
    two_gateways: TwoGateways, dispensed: Dispensed
) -> None:
    bundle = evidence_of(two_gateways, dispensed.id)
    chain = two_gateways.chain
    assert verify_bundle(bundle, chain.trust, chain.reader).outcome is Outcome.PASSED
    fields = shown(bundle)
    assert fields["/body/use/payer"] == INSURER
    assert fields["/body/prescriptions/0/id"] == dispensed.made.id
    assert fields["/body/charges/total_minor"] == 1250
    assert not any("pharmacist" in pointer or pointer.endswith("/name") for pointer in fields)
    assert "/body/pharmacist/name" in bundle.disclosure.pointers


def test_the_minimal_evidence_of_a_review_names_its_prescription_and_decision(
    two_gateways: TwoGateways, dispensed: Dispensed
) -> None:
    review = signer(two_gateways, "pia").read("dispensings", dispensed.id)["body"]["review"]
    fields = shown(evidence_of(two_gateways, review["id"]))
    assert (fields["/body/decision"], fields["/body/prescription/id"]) == ("approved", dispensed.made.id)
    assert "/body/pharmacist/code" not in fields


def test_a_hospital_bills_what_it_dispensed_itself_to_an_insurer_at_another_gateway(
    two_gateways: TwoGateways, dispensed: Dispensed
) -> None:
    request_id = bill(two_gateways, dispensed, "pia")
    request = in_full(two_gateways, request_id)
    assert settle(two_gateways, request)["act"]["outcome"] == "done"
    answer = signer(two_gateways, "pia").http.get(f"/v1/settlement-requests/{request_id}").json()
    assert (answer["summary"]["spender"], answer["summary"]["state"]) == (HOSPITAL, "accepted")


def test_lots_of_a_pack_are_found_by_regulators_only(two_gateways: TwoGateways) -> None:
    path = "/v1/evidence/lots?token=0x" + "ab" * 32
    assert signer(two_gateways, "mirror").http.get(path).json() == {"items": []}
    for name in ("rosa", "otto", "his-401"):
        assert read_refusal(signer(two_gateways, name).http.get(path)) == (403, "role-missing")
