"""Queries about fetched prescriptions."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.received.models import ReceivedRecord


class ReceivedRepository:
    """Reads and writes fetched prescriptions within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(
        self, tenant: int, issuer: int, record_id: str, window: int | None = None
    ) -> ReceivedRecord | None:
        """Return what a tenant fetched: of one window, or of whichever was fetched first."""
        wanted = select(ReceivedRecord).where(
            ReceivedRecord.institution == tenant,
            ReceivedRecord.issuer == issuer,
            ReceivedRecord.record_id == record_id,
        )
        if window is not None:
            wanted = wanted.where(ReceivedRecord.window == window)
        return self._session.exec(wanted.order_by(col(ReceivedRecord.sequence)).limit(1)).one_or_none()

    def keep(self, row: ReceivedRecord) -> None:
        """Keep a row, new or fetched again."""
        self._session.add(row)
        self._session.flush()

    def list_page(self, tenant: int, before: int | None, limit: int) -> Sequence[ReceivedRecord]:
        """Return a page of what a tenant fetched, the newest first, below a sequence number."""
        wanted = select(ReceivedRecord).where(ReceivedRecord.institution == tenant)
        if before is not None:
            wanted = wanted.where(col(ReceivedRecord.sequence) < before)
        return self._session.exec(wanted.order_by(col(ReceivedRecord.sequence).desc()).limit(limit)).all()
