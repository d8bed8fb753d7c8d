"""The principal: which auditor a request comes from. It carries no name beyond what pages greet with."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SYSTEM = "system:portal"
"""The actor of what the portal does by itself."""


class Role(StrEnum):
    """What an auditor may do: an admin also starts rechecks and reads the audit trail."""

    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Principal:
    """A signed-in auditor."""

    id: str
    display_name: str
    roles: frozenset[Role]
    session: str

    @property
    def scope(self) -> str:
        """The auditor's name in the audit trail."""
        return f"auditor:{self.id}"

    def has_any(self, roles: Iterable[Role]) -> bool:
        """Whether at least one of `roles` is held."""
        return not self.roles.isdisjoint(roles)
