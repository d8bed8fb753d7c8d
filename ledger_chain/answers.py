"""What the chain reader answers with: credentials, receipts, proofs, raw events."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_proofs.types import Address, Hash


@dataclass(frozen=True, slots=True)
class Credential:
    """A practitioner's credential; entitles at `t` when `from_time <= t <= until` and `t < revoked_from`."""

    holder: Address
    institution: int
    role: int
    index: int
    from_time: int
    until: int
    revoked_from: int | None
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction."""

    transaction_hash: Hash
    succeeded: bool
    block_number: int
    block_hash: Hash
    gas_used: int


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event as a node gives it: where it stands, and its undecoded topics and bytes."""

    block_number: int
    block_hash: Hash
    transaction_hash: Hash
    log_index: int
    topics: tuple[Hash, ...]
    content: bytes
