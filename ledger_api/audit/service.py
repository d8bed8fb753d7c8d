"""The audit trail of one unit of work."""

from collections.abc import Mapping

from sqlmodel import Session

from ledger_api.audit.models import AuditEntry
from ledger_api.audit.repository import AuditRepository
from ledger_web.clock import Clock


class AuditTrail:
    """Notes changes of state in the session that makes them: both are committed, or neither is."""

    def __init__(self, session: Session, clock: Clock, request_id: str) -> None:
        self._repository = AuditRepository(session)
        self._clock = clock
        self._request_id = request_id

    def note(
        self,
        institution: int,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        """Note one change.

        `actor` is a principal's `scope`, or `system:<part>`; `action` is `noun.verbed`; `subject` is
        `kind:id`; `details` hold counts, codes and ids, never personal data.
        """
        self._repository.append(
            AuditEntry(
                institution=institution,
                at=self._clock(),
                actor=actor,
                action=action,
                subject=subject,
                request_id=self._request_id,
                details=dict(details or {}),
            )
        )
