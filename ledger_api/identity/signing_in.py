"""One sign-in from password to session, the same for the API and for pages: throttled, audited, counted."""

from collections.abc import Callable

from ledger_api.audit.service import AuditTrail
from ledger_api.identity.errors import CredentialsWrong
from ledger_api.identity.models import Person
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.service import IdentityService, OpenedSession, SignIn, verify_password
from ledger_api.parts import Parts


def open_session(
    parts: Parts, given: SignIn, request_id: str, verify_person: Callable[[Person], None] | None = None
) -> OpenedSession:
    """Verify a password and open a session, in units of work of its own.

    `verify_person` may refuse who is right by password but has no business here. Raises CredentialsWrong,
    SignInThrottled, or what `verify_person` does.
    """
    try:
        with parts.database.reading() as reading:
            person = verify_password(IdentityRepository(reading), parts.passwords, parts.throttle, given)
    except CredentialsWrong:
        parts.metrics.sign_in_refusals.labels("credentials").inc()
        _note_refusal(parts, given, request_id)
        raise
    if verify_person is not None:
        verify_person(person)
    with parts.database.writing() as session:
        audit = AuditTrail(session, parts.clock, request_id)
        service = IdentityService(IdentityRepository(session), audit, parts.clock)
        return service.open_session(person, parts.settings.session_hours * 3600)


def _note_refusal(parts: Parts, given: SignIn, request_id: str) -> None:
    """Note a refused sign-in of somebody who exists. Others leave no trace that a guesser could fill up."""
    with parts.database.writing() as session:
        person = IdentityRepository(session).find_person_by_username(given.institution, given.username)
        if person is not None:
            trail = AuditTrail(session, parts.clock, request_id)
            trail.note(given.institution, f"person:{person.id}", "session.refused", f"person:{person.id}")
