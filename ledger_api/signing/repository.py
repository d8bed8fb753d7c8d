"""Queries about preparations."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ledger_api.signing.models import Preparation

MOST_CLEARED_AT_ONCE = 200


class PreparationRepository:
    """Reads and writes preparations within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, preparation: Preparation) -> None:
        """Keep a preparation."""
        self._session.add(preparation)
        self._session.flush()

    def find_own(self, institution: int, author_id: str, preparation_id: str) -> Preparation | None:
        """Return somebody's own preparation, locked where the database locks rows."""
        return self._session.exec(
            select(Preparation)
            .where(
                Preparation.id == preparation_id,
                Preparation.institution == institution,
                Preparation.author_id == author_id,
            )
            .with_for_update()
        ).one_or_none()

    def clear_expired(self, before: int) -> bool:
        """Delete preparations that expired before a time; so many at once that nobody waits for it.

        Returns whether there may be more.
        """
        expired = (
            select(Preparation.id).where(col(Preparation.expires_at) < before).limit(MOST_CLEARED_AT_ONCE)
        )
        deleted = self._session.connection().execute(
            delete(Preparation).where(col(Preparation.id).in_(expired))
        )
        return deleted.rowcount == MOST_CLEARED_AT_ONCE
