"""An order of another system becomes a signed, anchored, verified prescription, and its draft is emptied."""

from __future__ import annotations

import json

import pytest

from tests.gateway_stack import Stack, outcomes, sign_prepared
from tests.gateway_support import signing_key
from tests.support.drafts import bundle_value, drug, import_bundle, new_key, upload_mapping
from tests.support.patients import generate_bundles

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def _sign_draft(stack: Stack, name: str, draft_id: str) -> str:
    client = stack.gateway.client(name)
    prepared = client.post("/v1/prescriptions/prepare", json={"draft_id": draft_id}, headers=new_key())
    assert prepared.status_code == 201, prepared.text
    signatures = sign_prepared(prepared.json(), stack.chain.deployment, signing_key(name))
    submission = {"preparation_id": prepared.json()["preparation_id"], "signatures": signatures}
    issued = client.post("/v1/prescriptions", json=submission, headers=new_key())
    assert issued.status_code == 201, issued.text
    return str(issued.json()["id"])


def test_an_imported_draft_is_signed_anchored_and_verified(shared_stack: Stack) -> None:
    gateway = shared_stack.gateway
    upload_mapping(gateway.client("ada"))
    imported = import_bundle(gateway.client("his-1"), bundle_value({}, drug("314076"))).json()
    draft_id = imported["items"][0]["draft_id"]
    assert imported["items"][1]["draft_id"] == draft_id
    prescription_id = _sign_draft(shared_stack, "anna", draft_id)
    anna = shared_stack.doctor("anna")
    anna.wait_until_final(prescription_id)
    bundle = anna.get_bundle(prescription_id)
    assert outcomes(shared_stack.verify(bundle)) == ["passed"] * 7
    pointers = bundle.disclosure.pointers
    fields = {pointers[field.index - 1]: field.value for field in bundle.disclosure.fields}
    assert fields["/body/lines/0/code_system"] == "rxledger-example-drug"
    assert fields["/body/prescriber/code"] == "D-anna"
    draft = gateway.client("anna").get(f"/v1/drafts/{draft_id}").json()
    assert (draft["status"], draft["body"], draft["prescription_id"]) == ("signed", None, prescription_id)
    again = gateway.client("anna").post(
        "/v1/prescriptions/prepare", json={"draft_id": draft_id}, headers=new_key()
    )
    assert (again.status_code, again.json()["code"]) == (409, "draft-signed")


def test_generated_patients_drafts_can_all_be_prepared(shared_stack: Stack) -> None:
    gateway = shared_stack.gateway
    upload_mapping(gateway.client("ada"))
    prepared = 0
    for content in generate_bundles(12):
        items = import_bundle(gateway.client("his-1"), content).json()["items"]
        for draft_id in dict.fromkeys(item["draft_id"] for item in items):
            answer = gateway.client("anna").post(
                "/v1/prescriptions/prepare", json={"draft_id": draft_id}, headers=new_key()
            )
            assert answer.status_code == 201, answer.text
            assert json.loads(answer.content)["record"]["body"]["patient"]["id_type"] == "99"
            prepared += 1
    assert prepared > 3
