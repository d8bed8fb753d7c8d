"""Queries of identity."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from regulator_portal.identity.models import Auditor, AuditorSession


class IdentityRepository:
    """Reads and writes auditors and their sign-ins in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_auditor(self, username: str) -> Auditor | None:
        """Find an auditor by username."""
        return self._session.exec(select(Auditor).where(Auditor.username == username)).one_or_none()

    def list_auditors(self) -> Sequence[Auditor]:
        """List all auditors, by username."""
        return self._session.exec(select(Auditor).order_by(col(Auditor.username))).all()

    def find_session(self, token_sha256: str) -> tuple[AuditorSession, Auditor] | None:
        """Find a sign-in and its auditor by the hash of its token."""
        return self._session.exec(
            select(AuditorSession, Auditor)
            .join(Auditor, col(Auditor.id) == col(AuditorSession.auditor))
            .where(AuditorSession.token_sha256 == token_sha256)
        ).one_or_none()

    def list_open_sessions(self, auditor: str, now: int) -> Sequence[AuditorSession]:
        """List an auditor's running sign-ins, oldest first."""
        return self._session.exec(
            select(AuditorSession)
            .where(
                AuditorSession.auditor == auditor,
                col(AuditorSession.ended_at).is_(None),
                AuditorSession.expires_at > now,
            )
            .order_by(col(AuditorSession.created_at), col(AuditorSession.id))
        ).all()

    def get_session(self, session_id: str) -> AuditorSession:
        """Return a sign-in that is known to exist."""
        found = self._session.get(AuditorSession, session_id)
        if found is None:
            raise LookupError("no such session")
        return found

    def add(self, row: Auditor | AuditorSession) -> None:
        """Add or update a row, at once: rows that refer to it may follow."""
        self._session.add(row)
        self._session.flush()
