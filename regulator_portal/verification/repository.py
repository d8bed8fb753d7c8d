"""Queries of verifications."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_web.errors import NotFound
from regulator_portal.verification.models import Verification


class VerificationNotFound(NotFound):
    """There is no verification of that id."""

    code = "verification-not-found"
    title = "No such verification"
    title_zh = "没有该核验"

    def __init__(self) -> None:
        super().__init__(
            "Check the id, or look in the list of verifications.", "请核对编号，或查看核验列表。"
        )


class VerificationRepository:
    """Reads and writes verifications within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: Verification) -> None:
        """Keep a verification."""
        self._session.add(row)
        self._session.flush()

    def get(self, verification_id: str) -> Verification:
        """Return a verification by id. Raises VerificationNotFound."""
        found = self._session.exec(
            select(Verification).where(Verification.id == verification_id)
        ).one_or_none()
        if found is None:
            raise VerificationNotFound
        return found

    def list_page(self, outcome: str | None, before: int | None, limit: int) -> Sequence[Verification]:
        """List verifications, the latest first, of `sequence` below `before`; at most `limit`."""
        wanted = select(Verification)
        if outcome is not None:
            wanted = wanted.where(Verification.outcome == outcome)
        if before is not None:
            wanted = wanted.where(col(Verification.sequence) < before)
        return self._session.exec(wanted.order_by(col(Verification.sequence).desc()).limit(limit)).all()

    def list_of_entry(self, log: int, position: int, limit: int = 20) -> Sequence[Verification]:
        """List the verifications of one entry, the latest first."""
        return self._session.exec(
            select(Verification)
            .where(Verification.log == log, Verification.position == position)
            .order_by(col(Verification.sequence).desc())
            .limit(limit)
        ).all()
