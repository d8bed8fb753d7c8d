"""Verifying one record: by file, by reference, by id, by place; and what is kept of it."""

from __future__ import annotations

import sqlite3

import pytest

from ledger_proofs.bundles import bundle_to_json, parse_bundle
from ledger_proofs.references import Reference
from ledger_proofs.types import Commitment
from regulator_portal.verification.service import Asked, NotABundle, SourceMissing, VerificationService
from tests.gateway_stack import body_with
from tests.gateway_support import FIRST
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, PortalUnderTest

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ASKED = Asked("auditor:1", "request-1")


def open_service(portal: PortalUnderTest) -> VerificationService:
    tools = portal.tools
    return VerificationService(
        tools.database, portal.clock, tools.trust, tools.node.reader, tools.sources, tools.gateways
    )


def test_every_way_passes_for_an_honest_record_and_keeps_no_content(
    issued: Issued, portal: PortalUnderTest
) -> None:
    portal.mirror()
    service = open_service(portal)
    bundle = issued.stack.doctor("anna").get_bundle(issued.ids[0])
    reference = Reference(FIRST, issued.ids[0], 0, bundle.commitment)
    made = [
        service.verify_bytes(bundle_to_json(bundle), ASKED),
        service.verify_reference(reference, ASKED),
        service.verify_record(FIRST, issued.ids[0], 0, ASKED),
        service.verify_position(FIRST_LOG, bundle.inclusion.index, ASKED),
    ]
    assert [each.outcome for each in made] == ["passed"] * 4
    assert [len(each.report["steps"]) for each in made] == [8] * 4  # type: ignore[arg-type]
    assert all(each.as_of_block is not None for each in made)
    kept = portal.tools.database
    with sqlite3.connect(str(kept.engine.url.database)) as connection:
        everything = "\n".join(connection.iterdump())
    assert issued.ids[0] in everything, "the reference that was asked for is kept"
    for personal in ("王小明", "苯磺酸氨氯地平片"):
        assert personal not in everything
        assert personal.encode().hex() not in everything.lower()
    assert everything.count("verification.asked") == 4


def test_a_reference_with_another_commitment_fails(issued: Issued, portal: PortalUnderTest) -> None:
    portal.mirror()
    reference = Reference(FIRST, issued.ids[0], 0, Commitment(bytes(32)))
    made = open_service(portal).verify_reference(reference, ASKED)
    assert made.outcome == "failed"
    assert made.report["steps"][0]["code"] == "mirror.differs"  # type: ignore[index]


def test_what_is_not_there_or_not_a_bundle_has_a_state_of_its_own(
    issued: Issued, portal: PortalUnderTest
) -> None:
    service = open_service(portal)
    nobody = "00000000-0000-4000-8000-000000000000"
    missing = service.verify_record(FIRST, nobody, 0, ASKED)
    assert (missing.outcome, missing.report["steps"]) == ("withheld", [])
    with pytest.raises(NotABundle):
        service.verify_bytes(b"{}", ASKED)
    with pytest.raises(SourceMissing):
        service.verify_record(77, nobody, 0, ASKED)


def test_evidence_is_for_regulators_and_noted_in_the_tenants_trail(
    issued: Issued, portal: PortalUnderTest
) -> None:
    gateway = issued.stack.gateway
    for name in ("anna", "his-1", "ada"):
        assert gateway.client(name).get(f"/v1/logs/{FIRST_LOG}/evidence/0").status_code == 403
    regulator = gateway.client("portal")
    assert regulator.get(f"/v1/prescriptions/{issued.ids[0]}/bundle").status_code == 403
    answer = regulator.get(f"/v1/evidence/{issued.ids[0]}")
    assert answer.status_code == 200
    assert "王小明" not in answer.text
    assert regulator.get(f"/v1/logs/{FIRST_LOG}/evidence/999").json()["code"] == "entry-not-found"
    noted = gateway.client("ada").get("/v1/audit").json()["items"][0]
    assert (noted["action"], noted["details"]["regulator"]) == ("evidence.disclosed", 900)


def test_a_regulator_is_told_what_the_entry_states_and_the_id_and_nothing_else(issued: Issued) -> None:
    anna = issued.stack.doctor("anna")
    told = {"note": "canary-note", "supply_reason": {"code": "long_term", "text": "canary-reason"}}
    body = body_with(**told, repeats={"count": 3, "interval_days": 28}, holders=["0x" + "5a" * 20])
    prescription = str(anna.issue(body)["id"])
    anna.wait_until_final(prescription)
    whole = anna.get_bundle(prescription, window=1)
    answer = issued.stack.gateway.client("portal").get(f"/v1/evidence/{prescription}?window=1")
    given = parse_bundle(answer.content)
    frame = {"/id", "/schema", "/issuer", "/issued_at", "/body/claims", "/body/holders", "/body/windows"}
    own = {"/body/holders/0", "/body/windows/1/not_before", "/body/windows/1/not_after"}
    pointers = given.disclosure.pointers
    assert {pointers[field.index - 1] for field in given.disclosure.fields} == frame | own
    assert issued.stack.verify(given).outcome.value == "passed"
    withheld = [each for each in whole.disclosure.fields if pointers[each.index - 1] not in frame | own]
    assert len(withheld) > 15
    for each in withheld:
        assert each.salt.hex() not in answer.text
    for personal in ("canary", "王小明", "110101199003070017", "I10", "苯磺酸氨氯地平片"):
        assert personal not in answer.text
