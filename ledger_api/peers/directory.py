"""Which institution an account acts for now, asked of the chain's directory and remembered for seconds."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger_api.network import ChainSilent
from ledger_chain.errors import ChainError
from ledger_proofs.chain_view import InstitutionState
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import Address
from ledger_web.clock import Clock

GOOD_FOR_SECONDS = 3.0
"""How long an answer serves again: so long may a suspension on the chain go unnoticed here."""
MOST_REMEMBERED = 10_000


class AccountDirectory(Protocol):
    """What is asked of the chain's reader."""

    def find_account(self, institution: int) -> Address | None:
        """Return the account that acts for an institution."""
        ...

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time."""
        ...


@dataclass(frozen=True)
class Standing:
    """How an institution stands in the directory now."""

    account: Address | None
    roles: InstitutionRole
    is_active: bool

    def has_any(self, roles: Sequence[InstitutionRole]) -> bool:
        """Whether it is one of several kinds of institution."""
        return any(role in self.roles for role in roles)


class PeerDirectory:
    """Says how institutions stand. Safe to share between threads."""

    def __init__(
        self,
        directory: AccountDirectory | None,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._monotonic = monotonic
        self._answers: dict[int, tuple[float, Standing]] = {}
        self._lock = threading.Lock()

    def get_standing(self, institution: int) -> Standing:
        """Return how an institution stands. Raises ChainSilent where the chain can't be asked."""
        now = self._monotonic()
        with self._lock:
            good_until, standing = self._answers.get(institution, (0.0, None))
        if standing is not None and now < good_until:
            return standing
        standing = self._ask(institution)
        with self._lock:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            self._answers[institution] = (now + GOOD_FOR_SECONDS, standing)
        return standing

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._answers.clear()

    def _ask(self, institution: int) -> Standing:
        if self._directory is None:
            raise ChainSilent
        try:
            state = self._directory.institution_at(institution, self._clock())
            account = self._directory.find_account(institution)
        except (ChainError, CannotCheck):
            raise ChainSilent from None
        if state is None:
            return Standing(account, InstitutionRole(0), is_active=False)
        return Standing(account, state.roles, state.status is InstitutionStatus.ACTIVE)
