"""Every query about heads, entries and tiles."""

from collections.abc import Sequence

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from ledger_api.log.models import LogEntry, LogHead, LogTile


class LogRepository:
    """Reads and writes the log's tables within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_head(self, log: int) -> LogHead | None:
        """Return the head of a log, fresh from the database."""
        return self._session.get(LogHead, log, populate_existing=True)

    def find_open_head(self, institution: int) -> LogHead | None:
        """Return the head of the log that an institution now appends to."""
        return self._session.exec(
            select(LogHead).where(LogHead.institution == institution, col(LogHead.is_open))
        ).one_or_none()

    def list_open_heads(self) -> Sequence[LogHead]:
        """Return the heads of all logs that are appended to, by log number."""
        return self._session.exec(
            select(LogHead).where(col(LogHead.is_open)).order_by(col(LogHead.log))
        ).all()

    def list_logs_with_pending(self) -> Sequence[int]:
        """Return the logs that have entries without a position."""
        return self._session.exec(
            select(LogEntry.log)
            .where(col(LogEntry.position).is_(None))
            .distinct()
            .order_by(col(LogEntry.log))
        ).all()

    def add_head(self, head: LogHead) -> None:
        """Open a log."""
        self._session.add(head)
        self._session.flush()

    def advance_head(self, log: int, old_size: int, new_size: int, new_root: bytes) -> bool:
        """Move a head from one size to a larger one; say whether it stood there (nobody else moved it)."""
        changed = self._session.connection().execute(
            update(LogHead)
            .where(col(LogHead.log) == log, col(LogHead.size) == old_size, col(LogHead.is_open))
            .values(size=new_size, root=new_root)
        )
        return changed.rowcount == 1

    def list_logs_not_final(self) -> Sequence[int]:
        """Return the logs of which the chain doesn't finally hold everything."""
        return self._session.exec(
            select(LogHead.log).where(col(LogHead.final_size) < col(LogHead.size)).order_by(col(LogHead.log))
        ).all()

    def set_anchored_size(self, log: int, anchored_size: int) -> None:
        """Note how much of a log the chain holds."""
        self._session.connection().execute(
            update(LogHead).where(col(LogHead.log) == log).values(anchored_size=anchored_size)
        )

    def set_final_size(self, log: int, final_size: int) -> None:
        """Note how much of a log the chain holds for good."""
        self._session.connection().execute(
            update(LogHead).where(col(LogHead.log) == log).values(final_size=final_size)
        )

    def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Accept entries; they have no position yet."""
        self._session.add_all(entries)
        self._session.flush()

    def list_pending(self, log: int, limit: int) -> Sequence[LogEntry]:
        """Return the entries of a log that wait for a position, in the order of their acceptance."""
        return self._session.exec(
            select(LogEntry)
            .where(LogEntry.log == log, col(LogEntry.position).is_(None))
            .order_by(col(LogEntry.id))
            .limit(limit)
        ).all()

    def count_pending(self) -> int:
        """Return how many entries of all logs wait for a position."""
        return self._session.exec(
            select(func.count()).select_from(LogEntry).where(col(LogEntry.position).is_(None))
        ).one()

    def list_entry_bytes(self, log: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the entries at the positions from `start` to before `stop`, in order."""
        return self._session.exec(
            select(LogEntry.entry)
            .where(LogEntry.log == log, col(LogEntry.position) >= start, col(LogEntry.position) < stop)
            .order_by(col(LogEntry.position))
        ).all()

    def list_entries_of(self, record_ids: Sequence[str]) -> Sequence[LogEntry]:
        """Return the entries of some records, the later log and window after the earlier."""
        return self._session.exec(
            select(LogEntry)
            .where(col(LogEntry.record_id).in_(record_ids))
            .order_by(col(LogEntry.record_id), col(LogEntry.log), col(LogEntry.window))
        ).all()

    def find_entry_at(self, log: int, position: int) -> LogEntry | None:
        """Return the entry at a position of a log."""
        return self._session.exec(
            select(LogEntry).where(LogEntry.log == log, LogEntry.position == position)
        ).one_or_none()

    def find_tile(self, log: int, level: int, number: int) -> LogTile | None:
        """Return a tile as wide as it is by now."""
        return self._session.get(LogTile, (log, level, number))

    def save_tile(self, log: int, level: int, number: int, hashes: bytes) -> None:
        """Write a tile, or widen it."""
        tile = self.find_tile(log, level, number)
        if tile is None:
            tile = LogTile(log=log, level=level, number=number, hashes=hashes)
        tile.hashes = hashes
        self._session.add(tile)
