"""A prescription's whole way: prepared, signed, accepted, logged, anchored, final, verified."""

from __future__ import annotations

import uuid

import pytest

from ledger_proofs.reports import Outcome
from tests.gateway_stack import Stack, body_with, outcomes, raw_address
from tests.gateway_support import FIRST, address_of, signing_key

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1
PATIENT = "王小明（示例）"
ID_NUMBER = "110101199003070017"


def test_a_signed_prescription_becomes_final_and_its_bundle_verifies(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued = anna.issue()
    assert issued["status"] == "pending"
    assert issued["entries"][0]["position"] is None
    anna.wait_until_final(issued["id"])
    bundle = anna.get_bundle(issued["id"])
    report = stack.verify(bundle)
    assert outcomes(report) == ["passed"] * 7, [(step.code, step.message_en) for step in report.steps]
    assert report.outcome is Outcome.PASSED
    assert "0x" + bundle.commitment.hex() == issued["commitment"]
    assert bundle.anchor.header is not None
    assert bundle.anchor.storage_proofs is not None


def test_a_draft_without_prescriber_takes_name_code_and_department_of_who_signs(shared_stack: Stack) -> None:
    prescribers = {
        name: shared_stack.doctor(name).prepare()["record"]["body"]["prescriber"] for name in ("anna", "ben")
    }
    assert prescribers["anna"] == {
        "name": "Anna (example)",
        "code": "D-anna",
        "department_code": "A03",
        "department_name": "内科",
    }
    assert prescribers["ben"] == {"name": "Ben (example)", "code": "D-ben"}  # no department is invented


def test_nothing_of_the_patient_stands_in_the_database_in_the_clear(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued = anna.issue()
    anna.prepare()
    home = stack.gateway.parts.settings.home
    stored = b"".join(file.read_bytes() for file in home.glob("gateway.db*"))
    assert issued["id"].encode() in stored  # the right files were read
    for secret in (PATIENT.encode(), ID_NUMBER.encode()):
        assert secret not in stored


def test_repeats_become_an_entry_each_and_each_verifies(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    repeated = body_with(
        repeats={"count": 2, "interval_days": 7},
        supply_reason={"code": "chronic", "text": "慢性病，病情稳定"},
    )
    issued = anna.issue(repeated)
    assert [entry["window"] for entry in issued["entries"]] == [0, 1]
    anna.wait_until_final(issued["id"])
    bundles = [anna.get_bundle(issued["id"], window=window) for window in (0, 1)]
    assert [outcomes(shared_stack.verify(bundle)) for bundle in bundles] == [["passed"] * 7] * 2
    first, second = (bundle.inclusion.index for bundle in bundles)
    assert second == first + 1
    assert bundles[0].entry.not_before < bundles[1].entry.not_before


def test_the_same_submission_again_is_the_same_prescription(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    submission = anna.sign(anna.prepare())
    key = str(uuid.uuid4())
    first = anna.submit(submission, key)
    replayed = anna.submit(submission, key)
    assert (replayed.status_code, replayed.content) == (201, first.content)
    assert replayed.headers["Idempotency-Replayed"] == "true"
    under_another_key = anna.submit(submission)
    assert under_another_key.status_code == 201
    assert under_another_key.json()["id"] == first.json()["id"]
    listed = anna.http.get("/v1/prescriptions", params={"limit": 200}).json()["items"]
    assert [item["id"] for item in listed].count(first.json()["id"]) == 1


def test_preparing_again_under_the_same_key_gives_the_same_preparation(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    key = str(uuid.uuid4())
    prepared = anna.prepare(key=key)
    assert anna.prepare(key=key) == prepared
    assert anna.prepare() != prepared
    assert anna.submit(anna.sign(prepared)).status_code == 201
    assert anna.prepare(key=key) == prepared  # submitted meanwhile or not: the same answer


def test_the_documented_body_is_accepted(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    document = shared_stack.gateway.anonymous().get("/openapi.json").json()
    examples = document["components"]["schemas"]["PrepareRequest"]["examples"]
    (example,) = (each for each in examples if "body" in each)
    answer = anna.http.post("/v1/prescriptions/prepare", json=example, headers=_key())
    assert answer.status_code == 201, answer.text


def test_a_draft_is_prepared_signed_and_then_closed(shared_stack: Stack) -> None:
    anna, machine = shared_stack.doctor("anna"), shared_stack.gateway.client("his-1")
    draft = machine.post("/v1/drafts", json=body_with(), headers=_key()).json()
    prepared = anna.http.post("/v1/prescriptions/prepare", json={"draft_id": draft["id"]}, headers=_key())
    assert prepared.status_code == 201, prepared.text
    issued = anna.submit(anna.sign(prepared.json()))
    assert issued.status_code == 201, issued.text
    assert machine.get(f"/v1/drafts/{draft['id']}").json()["status"] == "signed"
    again = anna.http.post("/v1/prescriptions/prepare", json={"draft_id": draft["id"]}, headers=_key())
    assert (again.status_code, again.json()["code"]) == (409, "draft-signed")


def test_two_preparations_of_one_draft_become_one_prescription(shared_stack: Stack) -> None:
    anna, machine = shared_stack.doctor("anna"), shared_stack.gateway.client("his-1")
    draft = machine.post("/v1/drafts", json=body_with(), headers=_key()).json()
    request = {"draft_id": draft["id"]}
    prepared = [
        anna.http.post("/v1/prescriptions/prepare", json=request, headers=_key()).json() for _ in range(2)
    ]
    answers = [anna.submit(anna.sign(each)) for each in prepared]
    assert [answer.status_code for answer in answers] == [201, 409]


def test_the_list_is_paged_filtered_and_each_doctors_own(shared_stack: Stack) -> None:
    ben, anna = shared_stack.doctor("ben"), shared_stack.doctor("anna")
    issued = [ben.issue()["id"] for _ in range(3)]
    for prescription_id in issued:
        ben.wait_until_final(prescription_id)
    first = ben.http.get("/v1/prescriptions", params={"limit": 2}).json()
    second = ben.http.get("/v1/prescriptions", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == issued[::-1]
    assert second["next_cursor"] is None
    assert {item["status"] for item in first["items"]} == {"final"}
    assert ben.http.get("/v1/prescriptions", params={"status": "pending"}).json()["items"] == []
    of_anna = anna.http.get("/v1/prescriptions", params={"limit": 200}).json()["items"]
    assert not {item["id"] for item in of_anna} & set(issued)
    of_all = shared_stack.gateway.client("his-1").get("/v1/prescriptions", params={"limit": 200}).json()
    assert {item["id"] for item in of_all["items"]} >= set(issued)


def test_content_is_given_to_its_doctor_and_the_reading_is_audited(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    answer = anna.http.get(issued["links"]["record"])
    assert answer.status_code == 200
    assert answer.json()["record"]["body"]["patient"]["name"] == PATIENT
    trail = shared_stack.gateway.client("ada").get("/v1/audit").json()["items"]
    assert ("prescription.read", f"prescription:{issued['id']}") in {
        (entry["action"], entry["subject"]) for entry in trail
    }
    assert PATIENT not in str(trail)


def test_a_revoked_key_is_refused_at_submission(stack: Stack) -> None:
    stack.chain.authority.revoke_credential(raw_address(address_of(signing_key("ben"))), FIRST, 1)
    ben = stack.doctor("ben")
    refused = ben.submit(ben.sign(ben.prepare()))
    assert (refused.status_code, refused.json()["code"]) == (403, "signer-not-entitled")
    assert stack.doctor("anna").issue()["status"] == "pending"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}
