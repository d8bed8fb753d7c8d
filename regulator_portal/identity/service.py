"""Signing in and out, and telling which auditor a token belongs to."""

import re
import uuid
from dataclasses import dataclass

from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.errors import NotSignedIn
from ledger_web.passwords import Passwords, build_token, hash_token
from ledger_web.throttle import SignInThrottle
from regulator_portal.audit.service import AuditTrail
from regulator_portal.identity.errors import CredentialsWrong, RoleMissing, TokenInvalid
from regulator_portal.identity.models import Auditor, AuditorSession
from regulator_portal.identity.principal import Principal, Role
from regulator_portal.identity.repository import IdentityRepository

MAX_OPEN_SESSIONS = 20
_SESSION_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OpenedSession:
    """A new sign-in. `token` is shown this once and stored nowhere."""

    token: str
    expires_at: int
    auditor: Auditor


class IdentityService:
    """Signs auditors in and out. The caller commits."""

    def __init__(self, repository: IdentityRepository, audit: AuditTrail, clock: Clock) -> None:
        self._repository = repository
        self._audit = audit
        self._clock = clock

    def open_session(self, auditor: Auditor, session_seconds: int) -> OpenedSession:
        """Open a session for an auditor whose password was verified; the oldest beyond the bound ends."""
        now = self._clock()
        running = self._repository.list_open_sessions(auditor.id, now)
        for surplus in running[: max(0, len(running) - MAX_OPEN_SESSIONS + 1)]:
            surplus.ended_at = now
            self._repository.add(surplus)
        token = build_token()
        session = AuditorSession(
            id=str(uuid.uuid4()),
            auditor=auditor.id,
            token_sha256=hash_token(token),
            created_at=now,
            expires_at=now + session_seconds,
        )
        self._repository.add(session)
        self._audit.note(f"auditor:{auditor.id}", "session.opened", f"session:{session.id}")
        return OpenedSession(token, session.expires_at, auditor)

    def end_session(self, principal: Principal) -> None:
        """End the session that the request came with."""
        session = self._repository.get_session(principal.session)
        session.ended_at = self._clock()
        self._repository.add(session)
        self._audit.note(principal.scope, "session.ended", f"session:{session.id}")


def verify_password(
    repository: IdentityRepository,
    passwords: Passwords,
    throttle: SignInThrottle,
    username: str,
    password: str,
) -> Auditor:
    """Return the auditor whose password it is. Raises CredentialsWrong, SignInThrottled or SignInBusy.

    Unknown, inactive and wrong take equally long and get the same answer.
    """
    with throttle.trying(username):
        auditor = repository.find_auditor(username)
        usable = auditor if auditor is not None and auditor.active else None
        is_right = passwords.is_right(usable.password_hash if usable else None, password)
        if usable is None or not is_right:
            throttle.note_failure(username)
            raise CredentialsWrong(
                "Check both and try again. After several failures the account has to wait.",
                "请核对两项后重试；多次失败后该账户须等待。",
            )
        throttle.note_success(username)
        return usable


def authenticate(database: Database, clock: Clock, token: str | None) -> Principal:
    """Return whom a session token belongs to. Raises NotSignedIn (no token at all) or TokenInvalid."""
    if not token:
        raise NotSignedIn("Sign in to see this page.", "请先登录。")
    with database.reading() as session:
        principal = find_principal(IdentityRepository(session), token, clock())
    if principal is None:
        raise TokenInvalid(
            "It is unknown, expired or ended. Sign in again.", "登录信息未知、已过期或已结束，请重新登录。"
        )
    return principal


def find_principal(repository: IdentityRepository, token: str, now: int) -> Principal | None:
    """Find the auditor of a running session."""
    if _SESSION_TOKEN.fullmatch(token) is None:
        return None
    found = repository.find_session(hash_token(token))
    if found is None:
        return None
    session, auditor = found
    if session.ended_at is not None or session.expires_at <= now or not auditor.active:
        return None
    roles = frozenset(Role(role) for role in auditor.roles)
    return Principal(auditor.id, auditor.display_name, roles, session.id)


def verify_role(principal: Principal, *roles: Role) -> None:
    """Return when the principal holds one of `roles`; raises RoleMissing otherwise."""
    if not principal.has_any(roles):
        needed = ", ".join(roles)
        raise RoleMissing(
            f"This needs one of these roles: {needed}. Ask your administrator.",
            f"此操作需要以下角色之一：{needed}。请联系管理员。",
        )
