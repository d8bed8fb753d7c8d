"""Signing in and out, and telling who a bearer token belongs to."""

import re
import uuid
from dataclasses import dataclass

from ledger_api.audit.service import AuditTrail
from ledger_api.identity.errors import CredentialsWrong, TokenInvalid
from ledger_api.identity.models import Person, PersonSession
from ledger_api.identity.principal import Principal, Role, SessionId
from ledger_api.identity.repository import IdentityRepository
from ledger_proofs.types import InstitutionNumber
from ledger_web.clock import Clock
from ledger_web.passwords import Passwords, build_token, hash_token, is_same_hash
from ledger_web.throttle import SignInThrottle

MAX_OPEN_SESSIONS = 20
MACHINE_TOKEN = re.compile(r"rxm_([0-9a-f]{32})_([0-9a-f]{64})")
_SESSION_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OpenedSession:
    """A new sign-in. `token` is shown this once and stored nowhere."""

    token: str
    expires_at: int
    person: Person


@dataclass(frozen=True)
class SignIn:
    """What a person signs in with."""

    institution: int
    username: str
    password: str

    @property
    def account(self) -> str:
        """The account's name over all tenants."""
        return f"{self.institution}:{self.username}"


class IdentityService:
    """Signs people in and out. The caller commits."""

    def __init__(self, repository: IdentityRepository, audit: AuditTrail, clock: Clock) -> None:
        self._repository = repository
        self._audit = audit
        self._clock = clock

    def open_session(self, person: Person, session_seconds: int) -> OpenedSession:
        """Open a session for a person whose password was verified. The oldest beyond the bound is ended."""
        now = self._clock()
        running = self._repository.list_open_sessions(person.id, now)
        for surplus in running[: max(0, len(running) - MAX_OPEN_SESSIONS + 1)]:
            surplus.ended_at = now
            self._repository.add(surplus)
        token = build_token()
        session = PersonSession(
            id=str(uuid.uuid4()),
            person=person.id,
            token_sha256=hash_token(token),
            created_at=now,
            expires_at=now + session_seconds,
        )
        self._repository.add(session)
        self._audit.note(person.institution, f"person:{person.id}", "session.opened", f"session:{session.id}")
        return OpenedSession(token, session.expires_at, person)

    def end_session(self, principal: Principal) -> None:
        """End the session that the request came with."""
        if principal.session is None:
            raise TokenInvalid("A machine client has no session to end.", "机器客户端没有可结束的会话。")
        session = self._repository.get_session_by_id(principal.session)
        session.ended_at = self._clock()
        self._repository.add(session)
        self._audit.note(principal.institution, principal.scope, "session.ended", f"session:{session.id}")


def verify_password(
    repository: IdentityRepository, passwords: Passwords, throttle: SignInThrottle, sign_in: SignIn
) -> Person:
    """Return the person whose password it is. Raises CredentialsWrong or SignInThrottled.

    Unknown, inactive and wrong take equally long and get the same answer.
    """
    with throttle.trying(sign_in.account):
        person = repository.find_person_by_username(sign_in.institution, sign_in.username)
        usable = person if person is not None and person.active else None
        is_right = passwords.is_right(usable.password_hash if usable else None, sign_in.password)
        if usable is None or not is_right:
            throttle.note_failure(sign_in.account)
            raise CredentialsWrong(
                "Check all three and try again. After several failures the account has to wait.",
                "请核对三项后重试；多次失败后该账户须等待。",
            )
        throttle.note_success(sign_in.account)
        return usable


def find_principal(repository: IdentityRepository, token: str, now: int) -> Principal | None:
    """Find whom a bearer token belongs to: a running session, or an active machine client."""
    machine = MACHINE_TOKEN.fullmatch(token)
    if machine is not None:
        return _find_machine(repository, machine.group(1), machine.group(2))
    if _SESSION_TOKEN.fullmatch(token) is None:
        return None
    found = repository.find_session(hash_token(token))
    if found is None:
        return None
    session, person = found
    if session.ended_at is not None or session.expires_at <= now or not person.active:
        return None
    return build_principal(person, SessionId(session.id))


def build_principal(person: Person, session: SessionId | None) -> Principal:
    """Build the principal of a person."""
    address = person.signing_address
    return Principal(
        kind="person",
        id=person.id,
        institution=InstitutionNumber(person.institution),
        roles=frozenset(Role(role) for role in person.roles),
        session=session,
        practitioner_code=person.practitioner_code,
        signing_address=bytes.fromhex(address[2:]) if address else None,
    )


def _find_machine(repository: IdentityRepository, client_id: str, secret: str) -> Principal | None:
    client = repository.find_machine_client(client_id)
    offered = hash_token(secret)
    if client is None or not is_same_hash(client.secret_sha256, offered) or not client.active:
        return None
    return Principal(
        kind="machine",
        id=client.id,
        institution=InstitutionNumber(client.institution),
        roles=frozenset(Role(role) for role in client.roles),
    )
