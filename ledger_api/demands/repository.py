"""Every query about demands, sent and received, scoped by tenant."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.demands.models import AnswerState, IncomingDemand, SentDemand


class DemandRepository:
    """Reads and writes demands within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SentDemand | IncomingDemand) -> None:
        """Keep a new or changed row."""
        self._session.add(row)
        self._session.flush()

    def find_sent(self, institution: int, demand_id: str, *, is_locked: bool = False) -> SentDemand | None:
        """Return a regulator's demand, perhaps locked where the database locks rows."""
        wanted = select(SentDemand).where(SentDemand.institution == institution, SentDemand.id == demand_id)
        return self._session.exec(wanted.with_for_update() if is_locked else wanted).one_or_none()

    def list_sent(
        self, institution: int, subject: bytes | None, before: int | None, limit: int
    ) -> Sequence[SentDemand]:
        """Return a page of a regulator's demands, the newest first; perhaps those of one record."""
        wanted = select(SentDemand).where(SentDemand.institution == institution)
        if subject is not None:
            wanted = wanted.where(SentDemand.subject_commitment == subject)
        if before is not None:
            wanted = wanted.where(col(SentDemand.sequence) < before)
        return self._session.exec(wanted.order_by(col(SentDemand.sequence).desc()).limit(limit)).all()

    def find_incoming(
        self, institution: int, demand_id: str, regulator: int | None = None, *, is_locked: bool = False
    ) -> IncomingDemand | None:
        """Return a demand that reached a tenant, perhaps locked where the database locks rows."""
        wanted = select(IncomingDemand).where(
            IncomingDemand.institution == institution, IncomingDemand.id == demand_id
        )
        if regulator is not None:
            wanted = wanted.where(IncomingDemand.regulator == regulator)
        return self._session.exec(wanted.with_for_update() if is_locked else wanted).first()

    def find_incoming_by_commitment(
        self, institution: int, commitment: bytes, *, is_locked: bool = False
    ) -> IncomingDemand | None:
        """Return a demand that reached a tenant, by the commitment that binds it; perhaps locked."""
        wanted = select(IncomingDemand).where(
            IncomingDemand.institution == institution, IncomingDemand.commitment == commitment
        )
        return self._session.exec(wanted.with_for_update() if is_locked else wanted).one_or_none()

    def find_of_access(self, institution: int, access_id: str) -> IncomingDemand | None:
        """Return the demand that an access answers."""
        wanted = select(IncomingDemand).where(
            IncomingDemand.institution == institution, IncomingDemand.access_id == access_id
        )
        return self._session.exec(wanted).first()

    def list_incoming(
        self, institution: int, state: AnswerState | None, before: int | None, limit: int
    ) -> Sequence[IncomingDemand]:
        """Return a page of the demands that reached a tenant, the newest first."""
        wanted = select(IncomingDemand).where(IncomingDemand.institution == institution)
        if state is not None:
            wanted = wanted.where(IncomingDemand.state == state)
        if before is not None:
            wanted = wanted.where(col(IncomingDemand.sequence) < before)
        return self._session.exec(wanted.order_by(col(IncomingDemand.sequence).desc()).limit(limit)).all()

    def list_about(self, institution: int, subject_id: str, limit: int) -> Sequence[IncomingDemand]:
        """Return the demands about one record, the newest first."""
        wanted = select(IncomingDemand).where(
            IncomingDemand.institution == institution, IncomingDemand.subject_id == subject_id
        )
        return self._session.exec(wanted.order_by(col(IncomingDemand.sequence).desc()).limit(limit)).all()
