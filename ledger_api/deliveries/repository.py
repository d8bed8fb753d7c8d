"""Every query about deliveries."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.deliveries.models import Delivery, DeliveryState
from ledger_api.log.models import LogEntry, LogHead


class DeliveryRepository:
    """Reads and writes deliveries within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, delivery: Delivery) -> None:
        """Keep a new or changed delivery."""
        self._session.add(delivery)
        self._session.flush()

    def find_of_record(self, record_id: str) -> Delivery | None:
        """Return a record's delivery, if it has one."""
        return self._session.exec(select(Delivery).where(Delivery.record_id == record_id)).one_or_none()

    def list_of_records(self, record_ids: Sequence[str]) -> dict[str, Delivery]:
        """Return several records' deliveries by the records' ids."""
        wanted = select(Delivery).where(col(Delivery.record_id).in_(record_ids))
        return {each.record_id: each for each in self._session.exec(wanted)}

    def list_due(self, now: int, limit: int) -> Sequence[Delivery]:
        """Return deliveries whose time has come and whose record is final, the longest waiting first."""
        wanted = (
            select(Delivery)
            .join(LogEntry, col(LogEntry.record_id) == col(Delivery.record_id))
            .join(LogHead, col(LogHead.log) == col(LogEntry.log))
            .where(
                Delivery.state == DeliveryState.WAITING,
                col(Delivery.next_at) <= now,
                col(LogEntry.position) < col(LogHead.final_size),
            )
            .order_by(col(Delivery.next_at), col(Delivery.sequence))
            .limit(limit)
        )
        return self._session.exec(wanted).all()
