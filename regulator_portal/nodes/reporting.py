"""What an auditor is told of the nodes: what vouches for the chain, who seals it, how each node stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_proofs.json_members import to_hex
from ledger_proofs.qbft import quorum
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.models import Finding, FindingState
from regulator_portal.findings.service import FindingFilter, FindingRepository
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.nodes.comparing import name_of_url
from regulator_portal.nodes.models import NodeStanding
from regulator_portal.nodes.standings import OWN_NODE, list_standings
from regulator_portal.parts import Parts

COUNTED_BLOCKS: Final = 100
"""Over how many of the latest pinned blocks a validator's seals are counted."""
MOST_OPEN: Final = 20


@dataclass(frozen=True)
class ValidatorReport:
    """A validator of the present set, and how many of the pinned blocks since it was one it sealed."""

    address: str
    sealed: int
    counted: int


@dataclass(frozen=True)
class NodesReport:
    """All of it. `quorum`: how many validators must seal; 0 where the trust file names none.

    `trust_block` and `trust_at`: up to which block, and as of when, the trust file knows the validators.
    `others`: how many other nodes are asked.
    """

    quorum: int
    trust_block: int | None
    trust_at: int | None
    validators: tuple[ValidatorReport, ...]
    nodes: tuple[NodeStanding, ...]
    others: int
    open_findings: tuple[Finding, ...]

    @property
    def is_sealed(self) -> bool:
        """Whether what the own node says can be proven."""
        return self.quorum > 0


def build_nodes_report(parts: Parts, session: Session) -> NodesReport:
    """Build it from the portal's rows; no node is asked."""
    history = parts.trust.trust.validators
    others = {name_of_url(url) for url in parts.settings.other_rpc_urls}
    known = tuple(each for each in list_standings(session) if each.name in (OWN_NODE, *others))
    findings = tuple(_list_open(FindingRepository(session, parts.clock)))
    if history is None:
        return NodesReport(0, None, None, (), known, len(others), findings)
    current = history.sets[-1]
    counted = [
        row.sealers
        for row in MirrorRepository(session).list_latest_blocks(COUNTED_BLOCKS)
        if row.sealers is not None and row.number >= current.from_block
    ]
    validators = tuple(_count_seals(to_hex(each), counted) for each in current.validators)
    needed = quorum(len(validators))
    return NodesReport(needed, history.as_of_block, history.as_of, validators, known, len(others), findings)


def _count_seals(address: str, blocks: Sequence[Sequence[str]]) -> ValidatorReport:
    return ValidatorReport(address, sum(address in sealers for sealers in blocks), len(blocks))


def _list_open(findings: FindingRepository) -> list[Finding]:
    found: list[Finding] = []
    for code in FindingCode:
        if code.is_about_node:
            found += findings.list(FindingFilter(state=FindingState.OPEN, code=code), 0, MOST_OPEN)
    return found
