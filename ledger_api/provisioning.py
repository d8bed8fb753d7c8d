"""Provisioning: brings a gateway's tenants, people, machine clients and keys to what a plan says.

It is run by the operator (or by `rxledger run`) on the gateway's own database and keystore. Running it again
changes nothing that is already so. Passwords and machine secrets that exist are kept; what else differs from
the plan is brought up to date and audited.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError

from ledger_api import migrations
from ledger_api.audit.service import AuditTrail
from ledger_api.config import Settings
from ledger_api.identity.models import Institution, MachineClient, Person
from ledger_api.identity.principal import Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.identity.service import MACHINE_TOKEN
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.records.body_fields import Name
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.clock import Clock, system_clock
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.passwords import (
    MAX_PASSWORD_CHARACTERS,
    MIN_PASSWORD_CHARACTERS,
    Passwords,
    hash_token,
)
from ledger_web.passwords import build_token as build_secret

ACTOR = "system:provisioning"
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._\-]{0,63}")
_RECORD_TEXT: TypeAdapter[str] = TypeAdapter(Name)
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


@dataclass(frozen=True)
class PersonPlan:
    """One person. `signing_address` is 0x and 40 lower-case hex digits, for who signs records.

    The department stands in the prescriptions of a doctor whose draft doesn't say who prescribes.

    Nobody is deleted: who shall not go on is planned with `active` False, which ends their sessions at once.
    An existing person's password is left alone unless `reset_password` says otherwise; that ends their
    sessions too, each time it is run.
    """

    username: str
    password: str = field(repr=False)
    display_name: str
    roles: frozenset[Role]
    practitioner_code: str | None = None
    signing_address: str | None = None
    active: bool = True
    department_code: str | None = None
    department_name: str | None = None
    reset_password: bool = False


@dataclass(frozen=True)
class MachinePlan:
    """One machine client. Without a `token` a random one is made, and returned once."""

    name: str
    roles: frozenset[Role] = frozenset({Role.INTEGRATION})
    token: str | None = field(default=None, repr=False)
    active: bool = True


@dataclass(frozen=True)
class InstitutionPlan:
    """One tenant. `roles` is the bit set of protocol 3.1. Without an `anchoring_key` a random one is made."""

    number: int
    name_zh: str
    name_en: str
    roles: int
    people: Sequence[PersonPlan] = ()
    machines: Sequence[MachinePlan] = ()
    anchoring_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Provisioned:
    """What came of it. `machine_tokens`, by (institution, client name), holds only those made just now."""

    anchoring_addresses: dict[int, bytes]
    machine_tokens: dict[tuple[int, str], str] = field(repr=False)
    changes: int


def build_machine_token() -> str:
    """Return a fresh machine token, `rxm_<id>_<secret>`."""
    return f"rxm_{uuid.uuid4().hex}_{build_secret()}"


def provision(
    settings: Settings,
    plan: Sequence[InstitutionPlan],
    *,
    clock: Clock = system_clock,
    passwords: Passwords | None = None,
    keystore_cost: int | None = None,
) -> Provisioned:
    """Bring the gateway of `settings` to the plan in one unit of work. Raises StartRefused for a bad plan."""
    for institution in plan:
        _verify_plan(institution)
    keystore = _open_keystore(settings, keystore_cost)
    addresses = keystore.add_institutions({tenant.number: tenant.anchoring_key for tenant in plan})
    database = Database(settings.database_url)
    try:
        migrations.prepare(database, may_upgrade=not settings.is_production)
        with database.writing() as session:
            audit = AuditTrail(session, clock, uuid.uuid4().hex)
            act = _Provisioning(IdentityRepository(session), audit, clock, passwords or Passwords())
            for institution in plan:
                act.bring_institution(institution)
                act.bring_staff(institution)
    except IntegrityError:
        raise StartRefused(
            "The plan contradicts what is there: a signing address or a machine token is somebody else's."
        ) from None
    finally:
        database.close()
    return Provisioned(addresses, act.machine_tokens if plan else {}, act.changes if plan else 0)


class _Provisioning:
    def __init__(
        self, repository: IdentityRepository, audit: AuditTrail, clock: Clock, passwords: Passwords
    ) -> None:
        self._repository = repository
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self.machine_tokens: dict[tuple[int, str], str] = {}
        self.changes = 0

    def bring_institution(self, plan: InstitutionPlan) -> None:
        found = self._repository.find_institution(plan.number)
        wanted: dict[str, Any] = {"name_zh": plan.name_zh, "name_en": plan.name_en, "roles": plan.roles}
        if found is None:
            self._repository.add(Institution(number=plan.number, created_at=self._clock(), **wanted))
            self._note(plan.number, "institution.added", f"institution:{plan.number}")
        else:
            self._converge(found, wanted, plan.number, "institution.changed", f"institution:{plan.number}")

    def bring_staff(self, plan: InstitutionPlan) -> None:
        for person in plan.people:
            self._bring_person(plan.number, person)
        for machine in plan.machines:
            self._bring_machine(plan.number, machine)

    def _bring_person(self, institution: int, plan: PersonPlan) -> None:
        wanted: dict[str, Any] = {
            "display_name": plan.display_name,
            "roles": sorted(plan.roles),
            "practitioner_code": plan.practitioner_code,
            "signing_address": plan.signing_address,
            "department_code": plan.department_code,
            "department_name": plan.department_name,
            "active": plan.active,
        }
        found = self._repository.find_person_by_username(institution, plan.username)
        if found is not None:
            self._converge(found, wanted, institution, "person.changed", f"person:{found.id}")
            if plan.reset_password:
                self._reset_password(found, plan.password)
            return
        person = Person(
            id=str(uuid.uuid4()),
            institution=institution,
            username=plan.username,
            password_hash=self._passwords.build_hash(plan.password),
            created_at=self._clock(),
            **wanted,
        )
        self._repository.add(person)
        self._note(institution, "person.added", f"person:{person.id}")

    def _reset_password(self, person: Person, password: str) -> None:
        now = self._clock()
        person.password_hash = self._passwords.build_hash(password)
        self._repository.add(person)
        for running in self._repository.list_open_sessions(person.id, now):
            running.ended_at = now
            self._repository.add(running)
        self._note(person.institution, "person.password-reset", f"person:{person.id}")

    def _bring_machine(self, institution: int, plan: MachinePlan) -> None:
        found = self._repository.find_machine_client_by_name(institution, plan.name)
        if found is not None:
            wanted: dict[str, Any] = {"roles": sorted(plan.roles), "active": plan.active}
            self._converge(found, wanted, institution, "machine-client.changed", f"machine:{found.id}")
            return
        token = plan.token or build_machine_token()
        client_id, secret = token.split("_")[1:]
        client = MachineClient(
            id=client_id,
            institution=institution,
            name=plan.name,
            secret_sha256=hash_token(secret),
            roles=sorted(plan.roles),
            active=plan.active,
            created_at=self._clock(),
        )
        self._repository.add(client)
        if plan.token is None:
            self.machine_tokens[institution, plan.name] = token
        self._note(institution, "machine-client.added", f"machine:{client.id}")

    def _converge(
        self,
        row: Institution | Person | MachineClient,
        wanted: dict[str, Any],
        institution: int,
        action: str,
        subject: str,
    ) -> None:
        differing = [name for name, value in wanted.items() if getattr(row, name) != value]
        for name in differing:
            setattr(row, name, wanted[name])
        if differing:
            self._repository.add(row)
            self._note(institution, action, subject, {"fields": ",".join(differing)})

    def _note(
        self, institution: int, action: str, subject: str, details: dict[str, str | int] | None = None
    ) -> None:
        self.changes += 1
        self._audit.note(institution, ACTOR, action, subject, details)


def _open_keystore(settings: Settings, cost: int | None) -> FileKeystore:
    passphrase = settings.keystore_passphrase.get_secret_value()
    if cost is None:
        return FileKeystore.open(settings.keystore, passphrase)
    return FileKeystore.open(settings.keystore, passphrase, cost=cost)


def _verify_plan(plan: InstitutionPlan) -> None:
    where = f"The plan of institution {plan.number}"
    if not 1 <= plan.number <= MAX_INSTITUTION:
        raise StartRefused(f"{where}: the number must be from 1 to {MAX_INSTITUTION}")
    if not 1 <= plan.roles <= 31:
        raise StartRefused(f"{where}: roles must be a bit set of 1 to 31 (protocol 3.1)")
    addresses = [person.signing_address for person in plan.people if person.signing_address is not None]
    if len(addresses) != len(set(addresses)):
        raise StartRefused(f"{where}: two people have the same address; a key is one person's own")
    for index, person in enumerate(plan.people):
        _verify_person(f"{where}, person {index}", person)
    for index, machine in enumerate(plan.machines):
        if Role.REGULATOR in machine.roles and not plan.roles & InstitutionRole.REGULATOR:
            raise StartRefused(
                f"{where}, machine client {index}: the role regulator is for an institution with that role"
            )
        if machine.token is not None and MACHINE_TOKEN.fullmatch(machine.token) is None:
            raise StartRefused(f"{where}, machine client {index}: a token is rxm_<32 hex>_<64 hex>")


def _verify_person(where: str, person: PersonPlan) -> None:
    if Role.REGULATOR in person.roles:
        raise StartRefused(f"{where}: the role regulator is for machine clients; auditors are the portal's")
    if _USERNAME.fullmatch(person.username) is None:
        raise StartRefused(f"{where}: a username has lower-case letters, digits, . _ - only")
    if not MIN_PASSWORD_CHARACTERS <= len(person.password) <= MAX_PASSWORD_CHARACTERS:
        raise StartRefused(
            f"{where}: a password has {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters"
        )
    if person.signing_address is not None and _ADDRESS.fullmatch(person.signing_address) is None:
        raise StartRefused(f"{where}: an address is 0x and 40 lower-case hex digits")
    for member in ("display_name", "practitioner_code", "department_code", "department_name"):
        text = getattr(person, member)
        if text is not None and not _fits_record(text):
            raise StartRefused(
                f"{where}: {member} needs 1 to 50 visible characters without spaces around: it stands in"
                " prescriptions as it is"
            )


def _fits_record(text: str) -> bool:
    try:
        _RECORD_TEXT.validate_python(text)
    except ValidationError:
        return False
    return True
