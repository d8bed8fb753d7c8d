"""The principal: who a request comes from, as far as the gateway needs to know. It carries no names."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NewType

from ledger_proofs.types import InstitutionNumber

PersonId = NewType("PersonId", str)
MachineClientId = NewType("MachineClientId", str)
SessionId = NewType("SessionId", str)


class Role(StrEnum):
    """What somebody may do at their own institution. `integration`, `regulator`: for machine clients."""

    ADMIN = "admin"
    DOCTOR = "doctor"
    PHARMACIST = "pharmacist"
    ADJUDICATOR = "adjudicator"
    RELEASER = "releaser"
    OFFICER = "officer"
    CLERK = "clerk"
    INTEGRATION = "integration"
    REGULATOR = "regulator"


@dataclass(frozen=True)
class Principal:
    """A signed-in person or a machine client.

    `institution` is the tenant: every query is scoped by it. `signing_address` (20 bytes) and
    `practitioner_code` are a person's own, None for machines and for people who don't sign.
    """

    kind: Literal["person", "machine"]
    id: str
    institution: InstitutionNumber
    roles: frozenset[Role]
    session: SessionId | None = None
    practitioner_code: str | None = None
    signing_address: bytes | None = None

    @property
    def scope(self) -> str:
        """A stable name that is unique over people and machines."""
        return f"{self.kind}:{self.id}"

    def has_any(self, roles: Iterable[Role]) -> bool:
        """Whether at least one of `roles` is held."""
        return not self.roles.isdisjoint(roles)
