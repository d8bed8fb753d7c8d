"""How each node stands: kept at every look, so that a page says it without asking the nodes itself."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, delete, select

from ledger_proofs.qbft import SealedHeader
from ledger_web.clock import Clock
from ledger_web.database import Database
from regulator_portal.mirror.chain_checks import list_sealers
from regulator_portal.nodes.models import NodeStanding, RetiredPin

OWN_NODE: Final = "own"
AGREES, BEHIND, CONTRADICTS, SILENT = "passed", "late", "failed", "could_not_check"
NAME_LENGTH: Final = 300


def build_standing(
    name: str,
    outcome: str,
    problem: str | None = None,
    *,
    block: tuple[int, int] | None = None,
    header: SealedHeader | None = None,
) -> NodeStanding:
    """Build a node's standing; `block`: the number and time of its latest block."""
    if header is not None:
        block = header.number, header.header.timestamp
    number, time = (None, None) if block is None else block
    return NodeStanding(
        name=name[:NAME_LENGTH],
        outcome=outcome,
        problem=problem,
        block_number=number,
        block_time=time,
        sealers=list_sealers(header),
        looked_at=0,
    )


def keep_standings(
    database: Database, clock: Clock, standings: Sequence[NodeStanding], asked: Sequence[str]
) -> None:
    """Keep how nodes stand. One that doesn't answer keeps what it last said; one no longer `asked` goes."""
    now = clock()
    with database.writing() as session:
        session.connection().execute(delete(NodeStanding).where(col(NodeStanding.name).not_in(asked)))
        for each in standings:
            each.looked_at = now
            known = session.get(NodeStanding, each.name)
            if each.outcome != SILENT:
                each.answered_at = now
            elif known is not None:
                each.block_number, each.block_time = known.block_number, known.block_time
                each.sealers, each.answered_at = known.sealers, known.answered_at
            session.merge(each)


def list_standings(session: Session) -> list[NodeStanding]:
    """List how the nodes stand, the own one first."""
    found = session.exec(select(NodeStanding).order_by(col(NodeStanding.name))).all()
    return sorted(found, key=lambda each: each.name != OWN_NODE)


def list_retired_pins(session: Session, offset: int, limit: int) -> Sequence[RetiredPin]:
    """List retired pins, the latest first."""
    order = col(RetiredPin.retired_at).desc(), col(RetiredPin.id)
    return session.exec(select(RetiredPin).order_by(*order).offset(offset).limit(limit)).all()
