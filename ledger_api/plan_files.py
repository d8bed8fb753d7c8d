"""Plan files: what `python -m ledger_api provision` reads, as strict JSON.

A plan holds first passwords, so that it must be readable by its owner only, and should be deleted after use.
"""

import stat
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, PersonPlan, Provisioned
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import InstitutionRole
from ledger_web.errors import StartRefused
from ledger_web.faults import explain_faults

FORMAT = "rxledger.plan/1"
MAX_PLAN_BYTES = 4 * 1024 * 1024
MAX_PEOPLE = 10_000

RoleWord = Annotated[Role, Field(strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Person(_Strict):
    username: str
    password: str = Field(repr=False)
    display_name: str = Field(min_length=1, max_length=100)
    roles: list[RoleWord] = Field(min_length=1, max_length=8)
    practitioner_code: str | None = Field(default=None, min_length=1, max_length=50)
    signing_address: str | None = None
    department_code: str | None = None
    department_name: str | None = None
    active: bool = True
    reset_password: bool = False


class _Machine(_Strict):
    name: str = Field(min_length=1, max_length=100)
    roles: list[RoleWord] = Field(default_factory=lambda: [Role.INTEGRATION], min_length=1, max_length=8)
    active: bool = True


class _Institution(_Strict):
    number: int
    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    roles: list[Literal["hospital", "pharmacy", "insurer", "manufacturer", "regulator"]] = Field(min_length=1)
    people: list[_Person] = Field(default_factory=list, max_length=MAX_PEOPLE)
    machines: list[_Machine] = Field(default_factory=list, max_length=MAX_PEOPLE)


class _Plan(_Strict):
    format: Literal["rxledger.plan/1"]
    institutions: list[_Institution] = Field(min_length=1, max_length=1_000)


def load_plan(path: Path) -> list[InstitutionPlan]:
    """Read a plan file. Raises StartRefused, naming each fault by its place and repeating no value."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise StartRefused(
                f"The plan {path} holds passwords and others can read it. Run: chmod 600 {path}"
            )
        if path.stat().st_size > MAX_PLAN_BYTES:
            raise StartRefused(f"The plan {path} has more than {MAX_PLAN_BYTES} bytes: split it")
        text = path.read_bytes()
    except OSError as fault:
        raise StartRefused(f"The plan {path} can't be read: {fault.strerror}") from None
    return parse_plan(text)


def parse_plan(text: bytes) -> list[InstitutionPlan]:
    """Parse a plan. Raises StartRefused."""
    try:
        document = parse_json(text, max_bytes=MAX_PLAN_BYTES)
        plan = _Plan.model_validate(document)
    except MalformedInput as fault:
        raise StartRefused(f"The plan is not strict JSON: {fault.message}") from None
    except ValidationError as faults:
        explained = explain_faults(faults.errors(include_url=False, include_input=False)).faults
        lines = [f"  {fault.pointer or 'the document'} {fault.message}" for fault in explained]
        raise StartRefused("The plan is not valid:\n" + "\n".join(lines)) from None
    return [_build_institution(institution) for institution in plan.institutions]


def build_report(result: Provisioned) -> dict[str, object]:
    """Build what the operator is told: anchoring accounts to register, and new tokens, shown this once."""
    return {
        "changes": result.changes,
        "anchoring_accounts": {
            str(number): "0x" + address.hex()
            for number, address in sorted(result.anchoring_addresses.items())
        },
        "machine_tokens": [
            {"institution": institution, "name": name, "token": token}
            for (institution, name), token in sorted(result.machine_tokens.items())
        ],
    }


def _build_institution(institution: _Institution) -> InstitutionPlan:
    roles = InstitutionRole(0)
    for word in institution.roles:
        roles |= InstitutionRole[word.upper()]
    return InstitutionPlan(
        number=institution.number,
        name_zh=institution.name_zh,
        name_en=institution.name_en,
        roles=int(roles),
        people=tuple(
            PersonPlan(
                username=person.username,
                password=person.password,
                display_name=person.display_name,
                roles=frozenset(person.roles),
                practitioner_code=person.practitioner_code,
                signing_address=person.signing_address,
                active=person.active,
                department_code=person.department_code,
                department_name=person.department_name,
                reset_password=person.reset_password,
            )
            for person in institution.people
        ),
        machines=tuple(
            MachinePlan(machine.name, frozenset(machine.roles), active=machine.active)
            for machine in institution.machines
        ),
    )
