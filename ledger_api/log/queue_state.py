"""How much of the logs is still on its way, for the operator's metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from ledger_api.log.models import LogEntry, LogHead
from ledger_api.log.progress import EntryStatus


@dataclass(frozen=True)
class QueueState:
    """Entries not yet final, by status, and when the oldest not yet anchored came (Unix seconds)."""

    depths: Mapping[EntryStatus, int]
    oldest_accepted_at: int | None


def read_queue(session: Session) -> QueueState:
    """Count what is on its way over all logs."""
    logged, anchored = session.execute(
        select_columns(
            func.coalesce(func.sum(col(LogHead.size) - col(LogHead.anchored_size)), 0),
            func.coalesce(func.sum(col(LogHead.anchored_size) - col(LogHead.final_size)), 0),
        )
    ).one()
    pending, oldest_pending = session.execute(
        select_columns(func.count(), func.min(col(LogEntry.accepted_at))).where(
            col(LogEntry.position).is_(None)
        )
    ).one()
    oldest_logged = session.execute(
        select_columns(func.min(col(LogEntry.accepted_at)))
        .join(LogHead, col(LogHead.log) == col(LogEntry.log))
        .where(
            col(LogHead.anchored_size) < col(LogHead.size),
            col(LogEntry.position) >= col(LogHead.anchored_size),
        )
    ).scalar_one()
    known = [oldest for oldest in (oldest_pending, oldest_logged) if oldest is not None]
    return QueueState(
        {
            EntryStatus.PENDING: int(pending),
            EntryStatus.LOGGED: int(logged),
            EntryStatus.ANCHORED: int(anchored),
        },
        min(known, default=None),
    )
