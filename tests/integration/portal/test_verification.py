"""Verifying one record: by file, by reference, by id, by place; and what is kept of it."""

from __future__ import annotations

import sqlite3

import pytest

from ledger_proofs.bundles import bundle_to_json
from ledger_proofs.references import Reference
from ledger_proofs.types import Commitment
from regulator_portal.verification.service import Asked, NotABundle, SourceMissing, VerificationService
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
