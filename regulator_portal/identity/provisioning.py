"""Provisioning: brings the portal's auditors to what a plan file says. Run by the operator.

```
{ "format": "rxledger.portal-plan/1",
  "auditors": [ { "username": "...", "password": "...", "display_name": "...", "roles": ["auditor"] } ] }
```
Also taken: `active` (false ends the sign-ins at once) and `reset_password`. Nobody is deleted. A plan holds
first passwords, so that only its owner may read it. Running it again changes nothing that is already so.
"""

import stat
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import MalformedInput
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.faults import explain_faults
from ledger_web.passwords import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS, Passwords
from regulator_portal.audit.service import AuditTrail
from regulator_portal.identity.models import Auditor
from regulator_portal.identity.principal import Role
from regulator_portal.identity.repository import IdentityRepository

FORMAT = "rxledger.portal-plan/1"
ACTOR = "system:provisioning"
MAX_PLAN_BYTES = 4 * 1024 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AuditorPlan(_Strict):
    """One auditor."""

    username: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._\-]{0,63}$")]
    password: str = Field(repr=False, min_length=MIN_PASSWORD_CHARACTERS, max_length=MAX_PASSWORD_CHARACTERS)
    display_name: str = Field(min_length=1, max_length=100)
    roles: list[Annotated[Role, Field(strict=False)]] = Field(
        default_factory=lambda: [Role.AUDITOR], min_length=1, max_length=2
    )
    active: bool = True
    reset_password: bool = False


class _Plan(_Strict):
    format: Literal["rxledger.portal-plan/1"]
    auditors: list[AuditorPlan] = Field(min_length=1, max_length=10_000)


def load_plan(path: Path) -> list[AuditorPlan]:
    """Read a plan file. Raises StartRefused, naming each fault by its place and repeating no value."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StartRefused(
                f"The plan {path} holds passwords and others can read it. Run: chmod 600 {path}"
            )
        with path.open("rb") as file:
            content = file.read(MAX_PLAN_BYTES + 1)
    except OSError as fault:
        raise StartRefused(f"The plan {path} can't be read: {fault.strerror}") from None
    return parse_plan(content)


def parse_plan(content: bytes) -> list[AuditorPlan]:
    """Parse a plan. Raises StartRefused."""
    try:
        return _Plan.model_validate(parse_json(content, max_bytes=MAX_PLAN_BYTES)).auditors
    except MalformedInput as fault:
        raise StartRefused(f"The plan is not strict JSON: {fault.message}") from None
    except ValidationError as faults:
        explained = explain_faults(faults.errors(include_url=False, include_input=False)).faults
        lines = [f"  {fault.pointer or 'the document'} {fault.message}" for fault in explained]
        raise StartRefused("The plan is not valid:\n" + "\n".join(lines)) from None


def provision(database: Database, plan: Sequence[AuditorPlan], clock: Clock, passwords: Passwords) -> int:
    """Bring the auditors to the plan in one unit of work; return how many changes that took."""
    with database.writing() as session:
        act = _Provisioning(
            IdentityRepository(session), AuditTrail(session, clock, uuid.uuid4().hex), clock, passwords
        )
        for each in plan:
            act.bring(each)
    return act.changes


class _Provisioning:
    def __init__(
        self, repository: IdentityRepository, audit: AuditTrail, clock: Clock, passwords: Passwords
    ) -> None:
        self._repository = repository
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self.changes = 0

    def bring(self, plan: AuditorPlan) -> None:
        found = self._repository.find_auditor(plan.username)
        if found is None:
            found = Auditor(
                id=str(uuid.uuid4()),
                username=plan.username,
                display_name=plan.display_name,
                password_hash=self._passwords.build_hash(plan.password),
                roles=sorted(plan.roles),
                active=plan.active,
                created_at=self._clock(),
            )
            self._keep(found, "auditor.added")
            return
        if (found.display_name, found.roles, found.active) != (
            plan.display_name,
            sorted(plan.roles),
            plan.active,
        ):
            found.display_name, found.roles, found.active = (
                plan.display_name,
                sorted(plan.roles),
                plan.active,
            )
            self._keep(found, "auditor.changed")
        if plan.reset_password:
            self._reset_password(found, plan.password)

    def _reset_password(self, auditor: Auditor, password: str) -> None:
        auditor.password_hash = self._passwords.build_hash(password)
        for running in self._repository.list_open_sessions(auditor.id, self._clock()):
            running.ended_at = self._clock()
            self._repository.add(running)
        self._keep(auditor, "auditor.password-reset")

    def _keep(self, auditor: Auditor, action: str) -> None:
        self.changes += 1
        self._repository.add(auditor)
        self._audit.note(ACTOR, action, f"auditor:{auditor.id}")
