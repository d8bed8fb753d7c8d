"""Queries of the audit trail."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from ledger_api.audit.models import AuditEntry


class AuditRepository:
    """Appends to the audit trail, and reads a tenant's part of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, entry: AuditEntry) -> None:
        """Add an entry, in the unit of work of what it notes."""
        self._session.add(entry)

    def list_about(self, institution: int, subject: str, action: str, limit: int) -> Sequence[AuditEntry]:
        """List a tenant's entries of one action on one subject, newest first; at most `limit`."""
        wanted = select(AuditEntry).where(
            AuditEntry.institution == institution, AuditEntry.subject == subject, AuditEntry.action == action
        )
        return self._session.exec(wanted.order_by(col(AuditEntry.id).desc()).limit(limit)).all()

    def list_page(self, institution: int, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """List a tenant's entries, newest first, of ids below `before`; at most `limit`."""
        wanted = select(AuditEntry).where(AuditEntry.institution == institution)
        if before is not None:
            wanted = wanted.where(col(AuditEntry.id) < before)
        return self._session.exec(wanted.order_by(col(AuditEntry.id).desc()).limit(limit)).all()
