"""Looking at what was prepared before its submission is taken up: to ask the chain about it in time."""

from ledger_api.audit.service import AuditTrail
from ledger_api.signing.endpoints import Signing
from ledger_api.signing.errors import PreparationNotFound
from ledger_api.signing.repository import PreparationRepository
from ledger_api.signing.service import Prepared


def find_unsubmitted(signing: Signing, preparation_id: str) -> Prepared | None:
    """Return what the author prepared; None where there is no such preparation, or it became a record.

    It reads in a session of its own, which is closed before the chain is asked.
    """
    parts, principal = signing.parts, signing.principal
    with parts.database.reading() as session:
        found = PreparationRepository(session).find_own(principal.institution, principal.id, preparation_id)
        if found is None or found.submitted_at is not None or found.kind != signing.noun.kind.number:
            return None
        reading = Signing(signing.noun, parts, session, AuditTrail(session, parts.clock, ""), principal)
        try:
            return reading.service.recall(reading.get_author(), preparation_id)
        except PreparationNotFound:
            return None
