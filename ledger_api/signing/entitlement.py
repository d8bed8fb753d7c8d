"""Asks the directory on the chain whether a key may sign now, without making its owner wait for a chain.

The gateway's own registration decides who may submit. The directory's word is added where it can be had
at once: a revoked key is then refused here rather than at the counter. Without an answer the record is
accepted, and the chain decides later, as it does in any case (protocol 8).
"""

import time
from collections.abc import Callable
from typing import Protocol

from ledger_chain.errors import ChainError
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import PractitionerRole

GOOD_FOR_SECONDS = 10.0
"""How long an answer serves the same key again."""
SILENT_FOR_SECONDS = 5.0
"""How long nobody is asked after there was no answer."""
MOST_KEYS_REMEMBERED = 10_000


class CredentialDirectory(Protocol):
    """What is asked of the chain's reader."""

    def is_entitled(self, address: bytes, institution: int, role: int, at: int) -> bool:
        """Say whether the key is entitled at a time."""
        ...


class Entitlements:
    """Remembers answers for some seconds, and stops asking for some when the chain is silent."""

    def __init__(
        self, directory: CredentialDirectory | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._directory = directory
        self._monotonic = monotonic
        self._answers: dict[tuple[bytes, int, PractitionerRole], tuple[float, bool]] = {}
        self._silent_until = 0.0
        self._was_silent = False

    def is_refused(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether the directory answers that this key may not act in a role at this institution."""
        now = self._monotonic()
        asked = (address, institution, role)
        good_until, entitled = self._answers.get(asked, (0.0, False))
        if now < good_until:
            return not entitled
        if self._directory is None or now < self._silent_until:
            return False
        if self._was_silent:  # one request tries whether it is back; the others don't wait for that
            self._silent_until = now + SILENT_FOR_SECONDS
        try:
            entitled = self._directory.is_entitled(address, institution, role, at)
        except (ChainError, CannotCheck):
            self._was_silent, self._silent_until = True, now + SILENT_FOR_SECONDS
            return False
        self._was_silent, self._silent_until = False, 0.0
        if len(self._answers) >= MOST_KEYS_REMEMBERED:
            self._answers.clear()
        self._answers[asked] = (now + GOOD_FOR_SECONDS, entitled)
        return not entitled
