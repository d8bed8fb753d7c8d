"""What a verifier asks of a chain, and what it must be told before it believes one.

The core reads no chain: whoever calls it brings a `ChainView`. Every method raises `CannotCheck` where the
chain can't be asked (no answer, a wrong answer, a state that the node no longer has), never another error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger_proofs.bounded_time import Outage
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus, PractitionerRole
from ledger_proofs.types import MAX_JSON_INTEGER, Address, Hash, require_bytes, require_uint
from ledger_proofs.validators import ValidatorHistory


@dataclass(frozen=True, slots=True)
class CodeHashes:
    """The keccak of each contract's code: what binds its storage layout to its address."""

    directory: Hash
    checkpoint_log: Hash
    claim_register: Hash


@dataclass(frozen=True, slots=True)
class Trust:
    """Which chain and contracts count: told to the verifier by someone it trusts, never by the bundle.

    With `code_hashes` and `validators` a bundle can be verified without asking a chain.
    """

    chain_id: int
    genesis_hash: Hash
    directory: Address
    checkpoint_log: Address
    claim_register: Address
    code_hashes: CodeHashes | None = None
    validators: ValidatorHistory | None = None

    def __post_init__(self) -> None:
        require_uint(self.chain_id, MAX_JSON_INTEGER, "chain_id")
        require_bytes(self.genesis_hash, 32, "genesis_hash")
        for name in ("directory", "checkpoint_log", "claim_register"):
            require_bytes(getattr(self, name), 20, name)


@dataclass(frozen=True, slots=True)
class InstitutionState:
    """An institution as the directory has it at a time."""

    number: int
    roles: InstitutionRole
    status: InstitutionStatus


class StateView(Protocol):
    """What a chain's contracts hold as of a block: the latest that a node has, or the one that was proven."""

    def block_number(self) -> int:
        """Return the number of that block."""

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether an account's credential holds at a time, as all that is recorded now tells."""

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time, or None if it wasn't recorded then."""

    def is_institution_barred(self, number: int) -> bool:
        """Say whether the institution is barred now."""

    def find_outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages of an institution and of all."""

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of a block."""


class ChainView(StateView, Protocol):
    """One deployment on one chain. Times in Unix seconds; faults of transport raise `CannotCheck`."""

    def chain_id(self) -> int:
        """Return the chain's id."""

    def genesis_hash(self) -> bytes:
        """Return the hash of block 0."""

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block."""

    def block_time(self, number: int) -> int:
        """Return the time of a block."""

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """Return the checkpoint of a log at a size, or None if none is recorded."""

    def is_barred(self, log: int, size: int) -> bool:
        """Say whether the checkpoint comes after the one at which its log was closed."""
