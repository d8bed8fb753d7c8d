"""Queries of given answers."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ledger_api.idempotency.in_flight import Slot
from ledger_api.idempotency.models import GivenAnswer


class GivenAnswerRepository:
    """Finds, adds and forgets given answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, slot: Slot) -> GivenAnswer | None:
        """Find the answer that was given in this slot."""
        scope, route, key_sha256 = slot
        wanted = select(GivenAnswer).where(
            GivenAnswer.scope == scope, GivenAnswer.route == route, GivenAnswer.key_sha256 == key_sha256
        )
        return self._session.exec(wanted).one_or_none()

    def add(self, answer: GivenAnswer) -> None:
        """Add an answer with the next flush."""
        self._session.add(answer)

    def forget_before(self, time: int) -> None:
        """Delete the answers that were given before `time`."""
        self._session.execute(delete(GivenAnswer).where(col(GivenAnswer.created_at) < time))
