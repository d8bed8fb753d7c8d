"""Every query about spends."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from ledger_api.anchoring.models import TransactionState
from ledger_api.log.models import LogEntry
from ledger_api.spends.models import Act, SpendBatch, SpendIntent, SpendState

UNDECIDED = (SpendState.WAITING, SpendState.SIGNED, SpendState.SENT)
LIVE = (TransactionState.SIGNED, TransactionState.SENT)
IN_A_BLOCK = (TransactionState.MINED, TransactionState.REVERTED)


class SpendRepository:
    """Reads and writes the tables of spends within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SpendIntent | SpendBatch) -> None:
        """Add a row, or the changes of one."""
        self._session.add(row)
        self._session.flush()

    def find_of_record(self, record_id: str) -> SpendIntent | None:
        """Return the intent of a record, if it has one."""
        return self._session.exec(select(SpendIntent).where(SpendIntent.record_id == record_id)).one_or_none()

    def list_of_records(self, record_ids: Collection[str]) -> Sequence[SpendIntent]:
        """Return the intents of several records."""
        return self._session.exec(select(SpendIntent).where(col(SpendIntent.record_id).in_(record_ids))).all()

    def list_institutions_at_work(self) -> Sequence[int]:
        """Return the institutions with an undecided intent or a transaction that isn't final."""
        undecided = select(SpendIntent.institution).where(col(SpendIntent.state).in_(UNDECIDED)).distinct()
        open_batches = select(SpendBatch.institution).where(
            or_(
                col(SpendBatch.state).in_(LIVE),
                col(SpendBatch.state).in_(IN_A_BLOCK) & col(SpendBatch.is_final).is_(False),
            )
        )
        found = {*self._session.exec(undecided), *self._session.exec(open_batches.distinct())}
        return sorted(found)

    def find_next_act(self, institution: int, now: int) -> Act | None:
        """Return the act of the oldest intent that can be sent now."""
        found: Act | None = self._session.exec(
            self._ready(select(SpendIntent.act), institution, now).limit(1)
        ).first()
        return found

    def list_ready(self, institution: int, act: Act, now: int, limit: int) -> Sequence[SpendIntent]:
        """Return the oldest intents of an act that can be sent now: their records' entries are placed."""
        query = self._ready(select(SpendIntent).where(SpendIntent.act == act), institution, now)
        return list(self._session.exec(query.limit(limit)))

    def list_by_ids(self, ids: Collection[int]) -> Sequence[SpendIntent]:
        """Return intents by their rows' ids, locked where the database locks rows."""
        return self._session.exec(
            select(SpendIntent).where(col(SpendIntent.id).in_(ids)).with_for_update()
        ).all()

    def list_of_batch(self, batch_id: int) -> Sequence[SpendIntent]:
        """Return the intents of a transaction, in the order of its items."""
        return self._session.exec(
            select(SpendIntent).where(SpendIntent.batch_id == batch_id).order_by(col(SpendIntent.batch_index))
        ).all()

    def list_under_way(self, institution: int) -> Sequence[SpendBatch]:
        """Return an institution's transactions that may still be mined, in the order of their nonces."""
        return self._session.exec(
            select(SpendBatch)
            .where(SpendBatch.institution == institution, col(SpendBatch.state).in_(LIVE))
            .order_by(col(SpendBatch.nonce))
        ).all()

    def list_not_final(self, institution: int) -> Sequence[SpendBatch]:
        """Return an institution's transactions that are in a block which could still be reorganised away."""
        return self._session.exec(
            select(SpendBatch)
            .where(
                SpendBatch.institution == institution,
                col(SpendBatch.state).in_(IN_A_BLOCK),
                col(SpendBatch.is_final).is_(False),
            )
            .order_by(col(SpendBatch.id))
        ).all()

    def get_batch(self, batch_id: int) -> SpendBatch:
        """Return a transaction by its row's id, locked where the database locks rows; raises LookupError."""
        batch = self._session.get(SpendBatch, batch_id, with_for_update=True)
        if batch is None:
            raise LookupError(f"no batch row {batch_id}")
        return batch

    def change_intents(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Write members of several intents at once; each mapping names its row by `id`."""
        if changes:
            self._session.execute(update(SpendIntent), [dict(change) for change in changes])

    def change_intents_of(self, batch_id: int, **members: Any) -> None:
        """Write the same members of all intents of a transaction."""
        self._session.connection().execute(
            update(SpendIntent).where(col(SpendIntent.batch_id) == batch_id).values(**members)
        )

    def count_undecided(self) -> Mapping[SpendState, tuple[int, int]]:
        """Return for each state that isn't decided how many intents are in it, and when the oldest came."""
        rows = self._session.execute(
            select_columns(col(SpendIntent.state), func.count(), func.min(col(SpendIntent.enqueued_at)))
            .where(col(SpendIntent.state).in_(UNDECIDED))
            .group_by(col(SpendIntent.state))
        )
        return {state: (int(count), int(oldest)) for state, count, oldest in rows}

    @staticmethod
    def _ready(query: Any, institution: int, now: int) -> Any:
        pending = (
            select(LogEntry.id)
            .where(LogEntry.record_id == SpendIntent.record_id, col(LogEntry.position).is_(None))
            .exists()
        )
        return query.where(
            SpendIntent.state == SpendState.WAITING,
            SpendIntent.institution == institution,
            col(SpendIntent.earliest_at) <= now,
            ~pending,
        ).order_by(col(SpendIntent.id))
