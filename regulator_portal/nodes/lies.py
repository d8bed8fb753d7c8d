"""Findings about a node: what it said, and what is proven or another node says instead.

They are about the regulator's own node or the one beside it, never about an institution, also where they
name a log.
"""

from typing import Final

from ledger_chain.proven_reading import EventsMissing, NodeLies, ReceiptsForged
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.tools import CouldNotCheck

REGISTER_LIES: Final = (
    FindingCode.NODE_RECEIPTS_FORGED,
    FindingCode.NODE_EVENTS_MISSING,
    FindingCode.NODE_PROOF_FAILS,
)
"""Those that reading the register's events shows of a block, and closes."""
NODE_LIES = (
    "The node's answer isn't what is proven, or what another node says: see the finding.",
    "节点的答复与已证明的内容或其他节点的答复不符：见发现。",
)


def build_lie_finding(lie: NodeLies, log: int | None = None, place: int | None = None) -> Found:
    """Say what a node told, and what is proven instead."""
    code = FindingCode.NODE_PROOF_FAILS
    if isinstance(lie, ReceiptsForged):
        code = FindingCode.NODE_RECEIPTS_FORGED
    elif isinstance(lie, EventsMissing):
        code = FindingCode.NODE_EVENTS_MISSING
    compared = (Comparison(f"{lie.what}, as of block {lie.block}", lie.proven, lie.told),)
    return Found(code, log, place, compared, lie.block)


def explain_lie(code: str) -> CouldNotCheck:
    """Say in both languages why nothing can be said by this node now."""
    return CouldNotCheck(code, *NODE_LIES)
