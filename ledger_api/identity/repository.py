"""Queries of identity."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ledger_api.identity.models import Institution, MachineClient, Person, PersonSession


class IdentityRepository:
    """Reads and writes institutions, people, sessions and machine clients in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_institution(self, number: int) -> Institution | None:
        """Find a tenant by its number."""
        return self._session.get(Institution, number)

    def list_institutions(self) -> Sequence[Institution]:
        """List all tenants of this gateway, by number. There are as many as the operator provisioned."""
        return self._session.exec(select(Institution).order_by(col(Institution.number))).all()

    def find_person(self, person_id: str) -> Person | None:
        """Find a person by id."""
        return self._session.get(Person, person_id)

    def find_person_by_username(self, institution: int, username: str) -> Person | None:
        """Find a tenant's person by their username."""
        wanted = select(Person).where(Person.institution == institution, Person.username == username)
        return self._session.exec(wanted).one_or_none()

    def find_person_by_signing_address(self, institution: int, address: str) -> Person | None:
        """Find a tenant's active person by the registered address of their key (0x, lower case)."""
        wanted = select(Person).where(
            Person.institution == institution, Person.signing_address == address, col(Person.active).is_(True)
        )
        return self._session.exec(wanted.limit(1)).first()

    def find_session(self, token_sha256: str) -> tuple[PersonSession, Person] | None:
        """Find a sign-in and its person by the hash of its token."""
        wanted = (
            select(PersonSession, Person)
            .join(Person, col(Person.id) == col(PersonSession.person))
            .where(PersonSession.token_sha256 == token_sha256)
        )
        return self._session.exec(wanted).one_or_none()

    def get_session_by_id(self, session_id: str) -> PersonSession:
        """Get a sign-in that is known to exist."""
        found = self._session.get(PersonSession, session_id)
        if found is None:
            raise LookupError("no such session")
        return found

    def list_open_sessions(self, person_id: str, now: int) -> Sequence[PersonSession]:
        """List a person's running sessions, oldest first."""
        wanted = (
            select(PersonSession)
            .where(
                PersonSession.person == person_id,
                col(PersonSession.ended_at).is_(None),
                PersonSession.expires_at > now,
            )
            .order_by(col(PersonSession.created_at), col(PersonSession.id))
        )
        return self._session.exec(wanted).all()

    def forget_sessions_expired_before(self, time: int) -> None:
        """Delete the sessions that expired before `time`."""
        self._session.execute(delete(PersonSession).where(col(PersonSession.expires_at) < time))

    def find_machine_client(self, client_id: str) -> MachineClient | None:
        """Find a machine client by id."""
        return self._session.get(MachineClient, client_id)

    def find_machine_client_by_name(self, institution: int, name: str) -> MachineClient | None:
        """Find a tenant's machine client by its name."""
        wanted = select(MachineClient).where(
            MachineClient.institution == institution, MachineClient.name == name
        )
        return self._session.exec(wanted).one_or_none()

    def add(self, row: Institution | Person | PersonSession | MachineClient) -> None:
        """Add or update a row, at once: rows that refer to it may follow."""
        self._session.add(row)
        self._session.flush()
