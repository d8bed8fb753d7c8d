"""Notes in the audit trail that a page gave out contents: before it does, and without what they say."""

from fastapi import Request

from ledger_api.audit.service import AuditTrail
from ledger_api.desk.visitor import Visitor
from ledger_api.parts import Parts
from ledger_web.problems import request_id_of


def note_reading(
    parts: Parts,
    visitor: Visitor,
    request: Request,
    action: str,
    subject: str,
    details: dict[str, str | int] | None = None,
) -> None:
    """Note that a doctor was shown contents; committed at once."""
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(request))
        trail.note(visitor.principal.institution, visitor.principal.scope, action, subject, details)
