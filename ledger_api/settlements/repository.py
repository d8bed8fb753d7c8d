"""Every query about settlement requests, scoped by tenant."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.settlements.models import Direction, RequestState, SettlementRequest


class SettlementRequestRepository:
    """Reads and writes settlement requests within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, request: SettlementRequest) -> None:
        """Keep a new or changed request."""
        self._session.add(request)
        self._session.flush()

    def find(
        self,
        institution: int,
        request_id: str,
        direction: Direction | None = None,
        *,
        is_locked: bool = False,
    ) -> SettlementRequest | None:
        """Return a tenant's request by its id, perhaps locked where the database locks rows.

        A request has the same id on both sides.
        """
        wanted = select(SettlementRequest).where(
            SettlementRequest.institution == institution, SettlementRequest.id == request_id
        )
        if direction is not None:
            wanted = wanted.where(SettlementRequest.direction == direction)
        if is_locked:
            wanted = wanted.with_for_update()
        return self._session.exec(wanted).first()

    def find_of_dispensing(
        self, institution: int, direction: Direction, commitment: bytes
    ) -> SettlementRequest | None:
        """Return a tenant's request about a dispensing."""
        wanted = select(SettlementRequest).where(
            SettlementRequest.institution == institution,
            SettlementRequest.direction == direction,
            SettlementRequest.dispensing_commitment == commitment,
        )
        return self._session.exec(wanted).one_or_none()

    def find_of_settlement(self, institution: int, settlement_id: str) -> SettlementRequest | None:
        """Return the incoming request that a settlement answers, unless a later one does."""
        wanted = select(SettlementRequest).where(
            SettlementRequest.institution == institution,
            SettlementRequest.direction == Direction.IN,
            SettlementRequest.settlement_id == settlement_id,
        )
        return self._session.exec(wanted.with_for_update()).first()

    def list_page(
        self,
        institution: int,
        direction: Direction | None,
        state: RequestState | None,
        before: int | None,
        limit: int,
    ) -> Sequence[SettlementRequest]:
        """Return a page of requests, the newest first, from before a sequence number downwards."""
        wanted = select(SettlementRequest).where(SettlementRequest.institution == institution)
        if direction is not None:
            wanted = wanted.where(SettlementRequest.direction == direction)
        if state is not None:
            wanted = wanted.where(SettlementRequest.state == state)
        if before is not None:
            wanted = wanted.where(col(SettlementRequest.sequence) < before)
        return self._session.exec(wanted.order_by(col(SettlementRequest.sequence).desc()).limit(limit)).all()
