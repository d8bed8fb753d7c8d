"""Every query about mirrored logs and entries, and pins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, text, update
from sqlmodel import Session, col, select

from regulator_portal.mirror.errors import EntryNotFound, LogNotFound
from regulator_portal.mirror.models import (
    NOTEWORTHY,
    RARE_KIND,
    CheckpointOutcome,
    EntryVerdict,
    MirroredEntry,
    MirroredLog,
    PinnedBlock,
    PinnedCheckpoint,
)
from regulator_portal.nodes.models import RetiredPin

EntryRow = tuple[int, int, bytes, int, bytes, str]
"""log, position, entry, kind, record, verdict."""
_ENTRY_COLUMNS = ("log", "position", "entry", "kind", "record", "verdict")


@dataclass(frozen=True)
class EntryFilter:
    """Which entries of a log to list; None for all."""

    verdict: str | None = None
    kind: int | None = None


class MirrorRepository:
    """Reads and writes the mirror's tables within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_logs(self) -> Sequence[MirroredLog]:
        """List all logs, by number: an institution's generations stand together."""
        return self._session.exec(select(MirroredLog).order_by(col(MirroredLog.log))).all()

    def find_log(self, log: int) -> MirroredLog | None:
        """Find a log."""
        return self._session.get(MirroredLog, log, populate_existing=True)

    def get_log(self, log: int) -> MirroredLog:
        """Return a log. Raises LogNotFound."""
        found = self.find_log(log)
        if found is None:
            raise LogNotFound
        return found

    def add(self, row: MirroredLog | PinnedCheckpoint | PinnedBlock | RetiredPin) -> None:
        """Add or update a row, at once."""
        self._session.add(row)
        self._session.flush()

    def find_entry(self, log: int, position: int) -> MirroredEntry | None:
        """Find the entry at a position of a log."""
        return self._session.get(MirroredEntry, (log, position))

    def get_entry(self, log: int, position: int) -> MirroredEntry:
        """Return the entry at a position of a log. Raises EntryNotFound."""
        found = self.find_entry(log, position)
        if found is None:
            raise EntryNotFound
        return found

    def list_entries_of(self, record: bytes, limit: int = 16) -> Sequence[MirroredEntry]:
        """List the entries that carry a commitment, over all logs."""
        return self._session.exec(
            select(MirroredEntry)
            .where(MirroredEntry.record == record)
            .order_by(col(MirroredEntry.log), col(MirroredEntry.position))
            .limit(limit)
        ).all()

    def list_entries(
        self, log: MirroredLog, wanted: EntryFilter, after: int | None, limit: int
    ) -> Sequence[MirroredEntry]:
        """List a log's entries in order, from after a position on; at most `limit`.

        The positions are chosen first, which the small partial indexes answer by themselves: SQLite leaves
        them unused where whole rows are asked for, and partial indexes are only seen in their own words.
        """
        first = -1 if after is None else after
        if wanted.verdict == EntryVerdict.PENDING:
            first = max(first, log.swept_size - 1)  # nothing before it is pending
        chosen = select(MirroredEntry.position).where(
            MirroredEntry.log == log.log, col(MirroredEntry.position) > first
        )
        if wanted.verdict is not None:
            chosen = chosen.where(MirroredEntry.verdict == wanted.verdict)
            if wanted.verdict not in (EntryVerdict.PENDING, EntryVerdict.PASSED):
                chosen = chosen.where(text(NOTEWORTHY))
        if wanted.kind is not None:
            chosen = chosen.where(MirroredEntry.kind == wanted.kind)
            if wanted.kind != 1:
                chosen = chosen.where(text(RARE_KIND))
        positions = self._session.exec(chosen.order_by(col(MirroredEntry.position)).limit(limit)).all()
        return self._session.exec(
            select(MirroredEntry)
            .where(MirroredEntry.log == log.log, col(MirroredEntry.position).in_(positions))
            .order_by(col(MirroredEntry.position))
        ).all()

    def list_positions_to_retry(self, log: int, below: int, limit: int) -> Sequence[int]:
        """List positions whose evidence couldn't be checked or was withheld when it was last asked for."""
        return self._session.exec(
            select(MirroredEntry.position)
            .where(
                MirroredEntry.log == log,
                text(NOTEWORTHY),
                col(MirroredEntry.verdict).in_([EntryVerdict.COULD_NOT_CHECK, EntryVerdict.WITHHELD]),
                col(MirroredEntry.position) < below,
            )
            .order_by(col(MirroredEntry.verified_at), col(MirroredEntry.position))
            .limit(limit)
        ).all()

    def list_entry_bytes(self, log: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the kept entries from `start` to before `stop`, in order."""
        return self._session.exec(
            select(MirroredEntry.entry)
            .where(
                MirroredEntry.log == log,
                col(MirroredEntry.position) >= start,
                col(MirroredEntry.position) < stop,
            )
            .order_by(col(MirroredEntry.position))
        ).all()

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        """Keep entries, in bulk."""
        insert_entries(self._session.connection(), rows)

    def drop_entries_from(self, log: int, position: int) -> None:
        """Drop a log's entries from a position on: none of them was ever held by a checkpoint."""
        self._session.connection().execute(
            delete(MirroredEntry).where(
                col(MirroredEntry.log) == log, col(MirroredEntry.position) >= position
            )
        )

    def list_checkpoints(self, log: int, after: int, limit: int) -> Sequence[PinnedCheckpoint]:
        """List a log's pinned checkpoints of sizes above `after`, the smallest first."""
        return self._session.exec(
            select(PinnedCheckpoint)
            .where(PinnedCheckpoint.log == log, col(PinnedCheckpoint.size) > after)
            .order_by(col(PinnedCheckpoint.size))
            .limit(limit)
        ).all()

    def list_checkpoints_within(self, log: int, above: int, up_to: int) -> Sequence[PinnedCheckpoint]:
        """List a log's pinned checkpoints of sizes above one and up to another, the smallest first."""
        return self._session.exec(
            select(PinnedCheckpoint)
            .where(
                PinnedCheckpoint.log == log,
                col(PinnedCheckpoint.size) > above,
                col(PinnedCheckpoint.size) <= up_to,
            )
            .order_by(col(PinnedCheckpoint.size))
        ).all()

    def list_checkpoints_from(self, log: int, offset: int, limit: int) -> Sequence[PinnedCheckpoint]:
        """List a log's pinned checkpoints by size, after the first `offset` of them."""
        return self._session.exec(
            select(PinnedCheckpoint)
            .where(PinnedCheckpoint.log == log)
            .order_by(col(PinnedCheckpoint.size))
            .offset(offset)
            .limit(limit)
        ).all()

    def list_latest_checkpoints(self, log: int, below: int | None, limit: int) -> Sequence[PinnedCheckpoint]:
        """List a log's pinned checkpoints, the largest first, of sizes below `below`."""
        wanted = select(PinnedCheckpoint).where(PinnedCheckpoint.log == log)
        if below is not None:
            wanted = wanted.where(col(PinnedCheckpoint.size) < below)
        return self._session.exec(wanted.order_by(col(PinnedCheckpoint.size).desc()).limit(limit)).all()

    def find_checkpoint(self, log: int, size: int) -> PinnedCheckpoint | None:
        """Find a pinned checkpoint."""
        return self._session.get(PinnedCheckpoint, (log, size))

    def find_checkpoint_holding(self, log: int, position: int) -> PinnedCheckpoint | None:
        """Find the first pinned checkpoint that holds an entry."""
        return self._session.exec(
            select(PinnedCheckpoint)
            .where(PinnedCheckpoint.log == log, col(PinnedCheckpoint.size) > position)
            .order_by(col(PinnedCheckpoint.size))
            .limit(1)
        ).one_or_none()

    def set_outcome(self, log: int, size: int, outcome: CheckpointOutcome, now: int) -> None:
        """Note whether the own copy's root is the checkpoint's."""
        self._session.connection().execute(
            update(PinnedCheckpoint)
            .where(col(PinnedCheckpoint.log) == log, col(PinnedCheckpoint.size) == size)
            .values(outcome=outcome, compared_at=now)
        )

    def bar_checkpoints_above(self, log: int, size: int) -> None:
        """Note that a closing cut these checkpoints off."""
        self._session.connection().execute(
            update(PinnedCheckpoint)
            .where(col(PinnedCheckpoint.log) == log, col(PinnedCheckpoint.size) > size)
            .values(outcome=CheckpointOutcome.BARRED)
        )

    def count_checkpoints(self, log: int) -> int:
        """Count a log's pinned checkpoints."""
        return self._session.exec(
            select(func.count()).select_from(PinnedCheckpoint).where(PinnedCheckpoint.log == log)
        ).one()

    def list_latest_blocks(self, limit: int, below: int | None = None) -> Sequence[PinnedBlock]:
        """List the pinned blocks, the latest first; those below a number, if one is given."""
        wanted = select(PinnedBlock).order_by(col(PinnedBlock.number).desc()).limit(limit)
        if below is not None:
            wanted = wanted.where(col(PinnedBlock.number) < below)
        return self._session.exec(wanted).all()

    def list_unsealed_blocks(self, limit: int) -> Sequence[PinnedBlock]:
        """List pinned blocks whose seals weren't checked, the latest first."""
        return self._session.exec(
            select(PinnedBlock)
            .where(col(PinnedBlock.is_sealed).is_(False))
            .order_by(col(PinnedBlock.number).desc())
            .limit(limit)
        ).all()

    def mark_sealed(self, number: int, sealers: list[str]) -> None:
        """Note that a pinned block's seals were checked, and whose they are."""
        sealed = {"is_sealed": True, "sealers": sealers}
        self._session.connection().execute(
            update(PinnedBlock).where(col(PinnedBlock.number) == number).values(sealed)
        )

    def drop_block(self, number: int) -> None:
        """Take a pinned block out of use: the caller keeps it as a retired pin."""
        self._session.connection().execute(delete(PinnedBlock).where(col(PinnedBlock.number) == number))

    def list_unproven_checkpoints(self, log: int, limit: int) -> Sequence[PinnedCheckpoint]:
        """List a log's pinned checkpoints that no sealed header has proven, the largest first.

        Those whose root the own copy has stand last: there is nothing to be done about them.
        """
        return self._session.exec(
            select(PinnedCheckpoint)
            .where(PinnedCheckpoint.log == log, col(PinnedCheckpoint.is_proven).is_(False))
            .order_by(col(PinnedCheckpoint.outcome).desc(), col(PinnedCheckpoint.size).desc())
            .limit(limit)
        ).all()

    def mark_proven(self, log: int, size: int) -> None:
        """Note that a sealed header proved a pinned checkpoint."""
        self._session.connection().execute(
            update(PinnedCheckpoint)
            .where(col(PinnedCheckpoint.log) == log, col(PinnedCheckpoint.size) == size)
            .values(is_proven=True)
        )

    def retire_checkpoint(self, log: int, size: int) -> int:
        """Take a pinned checkpoint out of use, with the entries kept for it: it is kept as a retired pin.

        Its root was never the own copy's, so nothing that was verified falls with it. Return the size of the
        largest one that is left.
        """
        self._session.connection().execute(
            delete(PinnedCheckpoint).where(
                col(PinnedCheckpoint.log) == log, col(PinnedCheckpoint.size) == size
            )
        )
        row = self.get_log(log)
        left = self.list_latest_checkpoints(log, None, 1)
        row.pinned_size = left[0].size if left else 0
        if row.size > row.verified_size:
            self.drop_entries_from(log, row.verified_size)
            row.size, row.compact_range = row.verified_size, row.verified_range
        self.add(row)
        return row.pinned_size

    def find_block(self, number: int) -> PinnedBlock | None:
        """Find a pinned block."""
        return self._session.get(PinnedBlock, number)


def insert_entries(connection: Connection, rows: Sequence[EntryRow]) -> None:
    """Insert entries by the driver's own bulk statement: SQLAlchemy's work per row costs more than it."""
    if not rows:
        return
    table: Any = MirroredEntry.__table__  # type: ignore[attr-defined]
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(_ENTRY_COLUMNS))
    if statement.positional:
        connection.exec_driver_sql(str(statement), list(rows))
    else:
        connection.exec_driver_sql(
            str(statement), [dict(zip(_ENTRY_COLUMNS, row, strict=True)) for row in rows]
        )
