"""Evidence bundles: chosen fields, altered content, and answers where there is nothing to prove yet."""

from __future__ import annotations

import dataclasses
import uuid
from pathlib import Path

import pytest

from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import OpenedRecord, RecordVault
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.records import record_from_json
from ledger_proofs.types import Commitment
from ledger_proofs.verifier import verify_bundle
from tests.gateway_stack import ChainUnderTest, Stack, outcomes, run_stack
from tests.gateway_support import FIRST

pytestmark = [pytest.mark.integration, pytest.mark.chain]

PATIENT = "王小明"


def test_chosen_fields_verify_and_hide_the_others(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    answer = anna.http.get(
        f"/v1/prescriptions/{issued['id']}/bundle",
        params={"fields": "/body/lines/0/name,/body/lines/0/quantity/value"},
    )
    assert PATIENT not in answer.text
    assert "苯磺酸氨氯地平片" in answer.text
    bundle = parse_bundle(answer.content)
    report = shared_stack.verify(bundle)
    assert outcomes(report) == ["passed"] * 7, [(step.code, step.message_en) for step in report.steps]
    shown = {bundle.disclosure.pointers[field.index - 1] for field in bundle.disclosure.fields}
    assert "/body/lines/0/name" in shown
    assert not any(pointer.startswith("/body/patient") for pointer in shown)


def test_the_bare_frame_is_enough_for_all_steps(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    bundle = anna.get_bundle(issued["id"], fields="")
    assert outcomes(shared_stack.verify(bundle)) == ["passed"] * 7


def test_a_disclosure_is_noted_with_the_number_of_its_fields(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    bundle = anna.get_bundle(issued["id"])
    trail = shared_stack.gateway.client("ada").get("/v1/audit").json()["items"]
    noted = [entry for entry in trail if entry["subject"] == f"prescription:{issued['id']}"]
    assert noted[0]["action"] == "evidence.disclosed"
    assert noted[0]["details"] == {"window": 0, "fields": len(bundle.disclosure.fields)}


@pytest.mark.parametrize("fields", ["/body/nothing", "body/type", "/body/lines", "/body/type,/nope", "王"])
def test_a_field_that_isnt_there_is_refused_without_repeating_it(shared_stack: Stack, fields: str) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    answer = anna.http.get(f"/v1/prescriptions/{issued['id']}/bundle", params={"fields": fields})
    if fields == "/body/lines":  # the length of an array is a field of its own
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()["code"]) == (422, "field-unknown")
    assert "nope" not in answer.text


def test_a_window_that_isnt_there_is_not_found(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    path = f"/v1/prescriptions/{issued['id']}/bundle"
    assert anna.http.get(path, params={"window": 1}).json()["code"] == "window-not-found"
    assert anna.http.get(path, params={"window": 12}).status_code == 422
    assert anna.http.get(path, params={"window": -1}).status_code == 422


def test_content_altered_by_the_institution_itself_is_named_by_the_verifier(stack: Stack) -> None:
    """Whoever holds the institution's keys can re-encrypt an altered record; the bundle shows which field."""
    anna = stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    parts = stack.gateway.parts
    with parts.database.writing() as session:
        row = RecordRepository(session).find(FIRST, issued["id"])
        assert row is not None
        opened = open_record(parts.key_wrapper, row)
        altered = opened.record.as_json()
        altered["body"]["lines"][0]["quantity"]["value"] = "9"  # type: ignore[index, call-overload]
        forged = OpenedRecord(record_from_json(altered), opened.record_key)
        sealed = RecordVault(parts.key_wrapper).seal(forged, Commitment(row.commitment))
        row.content, row.wrapped_key = sealed.content, sealed.wrapped_key
    report = stack.verify(anna.get_bundle(issued["id"]))
    assert report.steps[0].outcome.value == "failed"
    assert report.steps[0].where == "/body/lines/0/quantity/value"


def test_stored_bytes_altered_by_somebody_without_the_keys_are_not_served(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    with stack.gateway.parts.database.writing() as session:
        row = RecordRepository(session).find(FIRST, issued["id"])
        assert row is not None and row.content is not None
        row.content = row.content[:-1] + bytes([row.content[-1] ^ 1])
    answer = anna.http.get(issued["links"]["record"])
    assert answer.json()["code"] == "record-seal-broken"
    assert "Traceback" not in answer.text


def test_erased_content_says_so_and_its_entry_still_stands(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued, neighbour = anna.issue(), anna.issue()
    for each in (issued, neighbour):
        anna.wait_until_final(each["id"])
    with stack.gateway.parts.database.writing() as session:
        row = RecordRepository(session).find(FIRST, issued["id"])
        assert row is not None
        row.content = row.wrapped_key = None
    for tail in ("/record", "/bundle"):
        answer = anna.http.get(f"/v1/prescriptions/{issued['id']}{tail}")
        assert (answer.status_code, answer.json()["code"]) == (409, "content-erased")
    assert anna.http.get(f"/v1/prescriptions/{issued['id']}").json()["status"] == "final"
    assert outcomes(stack.verify(anna.get_bundle(neighbour["id"]))) == ["passed"] * 7


def test_a_bundle_of_another_chain_fails_under_our_trust(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued = anna.issue()
    anna.wait_until_final(issued["id"])
    bundle = anna.get_bundle(issued["id"])
    elsewhere = dataclasses.replace(stack.chain.trust, chain_id=1)
    assert verify_bundle(bundle, elsewhere, stack.chain.reader).steps[3].outcome.value == "failed"


def test_nothing_can_be_proven_before_it_is_final(tmp_path: Path, chain: ChainUnderTest) -> None:
    with run_stack(tmp_path / "home", chain, rpc_url="http://127.0.0.1:9") as stack:
        anna = stack.doctor("anna")
        issued = anna.issue()
        answer = anna.http.get(f"/v1/prescriptions/{issued['id']}/bundle")
        assert (answer.status_code, answer.json()["code"]) == (409, "not-final-yet")
        assert answer.headers["retry-after"] == "1"
        unknown = anna.http.get(f"/v1/prescriptions/{uuid.uuid4()}/bundle")
        assert unknown.status_code == 404
