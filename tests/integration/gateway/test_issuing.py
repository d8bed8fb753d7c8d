"""A prescription's whole way: prepared, signed, accepted, logged, anchored, final, verified through a chain."""

from __future__ import annotations

import pytest

from ledger_proofs.reports import Outcome
from tests.gateway_stack import Stack, outcomes
from tests.gateway_support import FIRST

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1


def test_a_signed_prescription_becomes_final_and_its_bundle_verifies(stack: Stack) -> None:
    anna = stack.doctor("anna")
    issued = anna.issue()
    assert issued["status"] == "pending"
    anna.wait_until_final(issued["id"])
    bundle = anna.get_bundle(issued["id"])
    report = stack.verify(bundle)
    assert outcomes(report) == ["passed"] * 7, [(step.code, step.message_en) for step in report.steps]
    assert report.outcome is Outcome.PASSED
    assert "0x" + bundle.commitment.hex() == issued["commitment"]
    assert bundle.anchor.header is not None
    assert bundle.anchor.storage_proofs is not None
