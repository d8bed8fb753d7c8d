"""The audit trail of one unit of work."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from ledger_web.clock import Clock
from regulator_portal.audit.models import AuditEntry


class AuditTrail:
    """Notes changes of state in the session that makes them: both are committed, or neither is."""

    def __init__(self, session: Session, clock: Clock, request_id: str) -> None:
        self._session = session
        self._clock = clock
        self._request_id = request_id

    def note(
        self, actor: str, action: str, subject: str, details: Mapping[str, str | int] | None = None
    ) -> None:
        """Note one change: `actor` is a principal's `scope` or `system:<part>`, `action` is `noun.verbed`,
        `subject` is `kind:id`; `details` hold counts, codes and ids, never personal data."""
        self._session.add(
            AuditEntry(
                at=self._clock(),
                actor=actor,
                action=action,
                subject=subject,
                request_id=self._request_id,
                details=dict(details or {}),
            )
        )

    def list_page(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """List entries, newest first, of ids below `before`; at most `limit`."""
        wanted = select(AuditEntry)
        if before is not None:
            wanted = wanted.where(col(AuditEntry.id) < before)
        return self._session.exec(wanted.order_by(col(AuditEntry.id).desc()).limit(limit)).all()
