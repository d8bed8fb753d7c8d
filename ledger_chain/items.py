"""The items of the claim register's batches, as values that Python builds and Solidity reads (protocol 8).

Member for member the structs of `IClaimRegister`; `as_abi` gives what the ABI encoder takes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ledger_proofs.bundles import Bundle
from ledger_proofs.eip712 import ClaimUse, PackUse, Use
from ledger_proofs.entries import Entry
from ledger_proofs.types import Address, Commitment, Hash, LogId, Signature


def as_abi(value: Any) -> Any:
    """Turn a value into what the ABI encoder takes: structs and lists to tuples, the rest as it is."""
    if isinstance(value, Entry | ClaimUse | PackUse | _Struct):
        return tuple(as_abi(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple | list):
        return [as_abi(each) for each in value]
    return value


@dataclass(frozen=True)
class _Struct:
    """What `as_abi` takes apart."""


@dataclass(frozen=True)
class EntryProof(_Struct):
    """That an entry was anchored and its author signed it. `excuse`: an outage's number + 1, or 0."""

    log: LogId
    size: int
    index: int
    path: tuple[Hash, ...]
    entry: Entry
    signed_at: int
    signature: Signature
    excuse: int = 0


@dataclass(frozen=True)
class Grant(_Struct):
    """An entry that carries claims, with the one-time addresses that its terms bind."""

    proof: EntryProof
    holders: tuple[Address, ...]


@dataclass(frozen=True)
class ClaimRef(_Struct):
    """The use of one claim of one of an item's grants; `presentation` is empty where there are no holders."""

    grant: int
    ordinal: int
    restore_count: int
    deadline: int
    presentation: bytes


@dataclass(frozen=True)
class DispenseItem(_Struct):
    """Claims ascending by key over all grants, packs by token."""

    payer: int
    into: Commitment
    grants: tuple[Grant, ...]
    claims: tuple[ClaimRef, ...]
    packs: tuple[PackUse, ...]


@dataclass(frozen=True)
class Spend(_Struct):
    """The preimage of the digest that the claims of a use carry; `time` is its block's."""

    kind: int
    spender: int
    payer: int
    claims: tuple[ClaimUse, ...]
    packs: tuple[PackUse, ...]
    into: Commitment
    time: int

    def use_hash(self) -> Hash:
        """The hash of the use."""
        return Use(self.kind, self.spender, self.payer, self.claims, self.packs).struct_hash()


@dataclass(frozen=True)
class SettleItem(_Struct):
    """`record_excuse`: the number + 1 of the outage that excuses the record's late anchoring, or 0."""

    spend: Spend
    used: EntryProof
    record_excuse: int
    moves: tuple[int, ...]
    settlement: Commitment
    reason: bytes


@dataclass(frozen=True)
class RestoreItem(_Struct):
    """The undoing of a whole use."""

    spend: Spend
    restore: Commitment
    reason: bytes


@dataclass(frozen=True)
class ReverseItem(_Struct):
    """Settled claims of a use back to dispensed."""

    spend: Spend
    moves: tuple[int, ...]
    reversal: Commitment
    reason: bytes


@dataclass(frozen=True)
class VoidItem(_Struct):
    """Unused claims taken back for ever; ordinals ascending."""

    kind: int
    record: Commitment
    not_before: int
    ordinals: tuple[int, ...]
    void_record: Commitment
    reason: bytes


def entry_proof_of(bundle: Bundle, excuse: int = 0) -> EntryProof:
    """What the contract is shown of a bundle. Nothing is verified here: `verify_bundle` does that."""
    inclusion = bundle.inclusion
    return EntryProof(
        inclusion.log,
        inclusion.size,
        inclusion.index,
        inclusion.path,
        bundle.entry,
        bundle.authorship.signed_at,
        bundle.authorship.signature,
        excuse,
    )
