"""Every query about spends."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.spends.models import SpendBatch, SpendIntent


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

    def list_of_records(self, record_ids: Sequence[str]) -> Sequence[SpendIntent]:
        """Return the intents of several records."""
        return self._session.exec(select(SpendIntent).where(col(SpendIntent.record_id).in_(record_ids))).all()
