"""Every query about stored records, whatever their kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from ledger_api.log.models import LogEntry, LogHead
from ledger_api.log.progress import PROGRESS, EntryStatus
from ledger_api.records.models import StoredRecord


@dataclass(frozen=True)
class RecordSummary:
    """A record in a list: nothing of its content, and how far its slowest entry has come."""

    sequence: int
    id: str
    commitment: bytes
    issued_at: int
    accepted_at: int
    status: EntryStatus


@dataclass(frozen=True)
class RecordFilter:
    """Which records to list: one institution's, of one kind, perhaps one author's, perhaps of one status.

    `issued_from` and `issued_before` bound the signed time (Unix seconds): from the first, until before the
    second.
    """

    institution: int
    kind: int
    author_id: str | None = None
    status: EntryStatus | None = None
    issued_from: int | None = None
    issued_before: int | None = None


class RecordRepository:
    """Reads and writes records within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: StoredRecord) -> None:
        """Keep a record."""
        self._session.add(record)
        self._session.flush()

    def find(self, institution: int, record_id: str) -> StoredRecord | None:
        """Return an institution's record."""
        return self._session.exec(
            select(StoredRecord).where(StoredRecord.id == record_id, StoredRecord.institution == institution)
        ).one_or_none()

    def list_of(self, institution: int, record_ids: Sequence[str]) -> Sequence[StoredRecord]:
        """Return some of an institution's records, with their contents, in no order."""
        wanted = select(StoredRecord).where(
            StoredRecord.institution == institution, col(StoredRecord.id).in_(record_ids)
        )
        return self._session.exec(wanted).all()

    def find_by_commitment(self, institution: int, commitment: bytes) -> StoredRecord | None:
        """Return an institution's record by its commitment."""
        return self._session.exec(
            select(StoredRecord).where(
                StoredRecord.commitment == commitment, StoredRecord.institution == institution
            )
        ).one_or_none()

    def find_of_any(self, record_id: str) -> StoredRecord | None:
        """Return a record, whichever institution's it is: for what is noted in that one's audit trail."""
        return self._session.exec(select(StoredRecord).where(StoredRecord.id == record_id)).one_or_none()

    def list_page(self, wanted: RecordFilter, before: int | None, limit: int) -> Sequence[RecordSummary]:
        """Return a page of records, the newest first, from before a sequence number downwards."""
        slowest = func.min(_progress())
        query = (
            select_columns(
                col(StoredRecord.sequence),
                col(StoredRecord.id),
                col(StoredRecord.commitment),
                col(StoredRecord.issued_at),
                col(StoredRecord.accepted_at),
                slowest,
            )
            .join(LogEntry, col(LogEntry.record_id) == col(StoredRecord.id))
            .join(LogHead, col(LogHead.log) == col(LogEntry.log))
            .where(col(StoredRecord.institution) == wanted.institution, col(StoredRecord.kind) == wanted.kind)
            .group_by(col(StoredRecord.sequence))
            .order_by(col(StoredRecord.sequence).desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(col(StoredRecord.sequence) < before)
        if wanted.author_id is not None:
            query = query.where(col(StoredRecord.author_id) == wanted.author_id)
        if wanted.issued_from is not None:
            query = query.where(col(StoredRecord.issued_at) >= wanted.issued_from)
        if wanted.issued_before is not None:
            query = query.where(col(StoredRecord.issued_at) < wanted.issued_before)
        if wanted.status is not None:
            query = query.having(slowest == PROGRESS.index(wanted.status))
            if wanted.status != EntryStatus.FINAL:  # few have so far to go: look among those alone
                query = query.where(col(StoredRecord.id).in_(_records_with_entry(wanted.status)))
        return [
            RecordSummary(sequence or 0, record_id, commitment, issued_at, accepted_at, PROGRESS[progress])
            for sequence, record_id, commitment, issued_at, accepted_at, progress in self._session.execute(
                query
            )
        ]


def _progress() -> ColumnElement[int]:
    """Give how far an entry has come, as its place in `PROGRESS`."""
    return case(
        (col(LogEntry.position).is_(None), PROGRESS.index(EntryStatus.PENDING)),
        (col(LogEntry.position) < col(LogHead.final_size), PROGRESS.index(EntryStatus.FINAL)),
        (col(LogEntry.position) < col(LogHead.anchored_size), PROGRESS.index(EntryStatus.ANCHORED)),
        else_=PROGRESS.index(EntryStatus.LOGGED),
    )


def _records_with_entry(status: EntryStatus) -> Select[str]:
    """Select the records that have an entry of a status short of final, by what the log's indexes hold."""
    position = col(LogEntry.position)
    bounds = {
        EntryStatus.PENDING: position.is_(None),
        EntryStatus.LOGGED: position >= col(LogHead.anchored_size),
        EntryStatus.ANCHORED: and_(
            position >= col(LogHead.final_size), position < col(LogHead.anchored_size)
        ),
    }
    return (
        select_columns(col(LogEntry.record_id))
        .join(LogHead, col(LogHead.log) == col(LogEntry.log))
        .where(bounds[status])
    )
