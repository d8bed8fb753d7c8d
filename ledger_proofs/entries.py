"""Entries: the fixed-size form of a record in a log (protocol, section 3), as Solidity's `abi.encode`."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from ledger_proofs import merkle
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import (
    MAX_UINT16,
    MAX_UINT32,
    MAX_UINT64,
    Commitment,
    Hash,
    require_bytes,
    require_uint,
)

ENTRY_BYTES: Final = 224

# Seven words of 32 bytes, big-endian, numbers padded with zeros on the left.
_WORDS: Final = struct.Struct(">30xH32s32s28xI24xQ24xQ32s")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Window in Unix seconds, inclusive; `terms` is a holders hash, a use hash or zero."""

    kind: int
    record: Commitment
    author: Hash
    claim_count: int
    not_before: int
    not_after: int
    terms: Hash

    def __post_init__(self) -> None:
        require_uint(self.kind, MAX_UINT16, "kind")
        require_bytes(self.record, 32, "record")
        require_bytes(self.author, 32, "author")
        require_uint(self.claim_count, MAX_UINT32, "claim_count")
        require_uint(self.not_before, MAX_UINT64, "not_before")
        require_uint(self.not_after, MAX_UINT64, "not_after")
        require_bytes(self.terms, 32, "terms")

    def to_bytes(self) -> bytes:
        """Return the 224 bytes that are the leaf's data."""
        return _WORDS.pack(
            self.kind,
            self.record,
            self.author,
            self.claim_count,
            self.not_before,
            self.not_after,
            self.terms,
        )

    def leaf_hash(self) -> Hash:
        """Return the entry's leaf hash in its log."""
        return merkle.leaf_hash(self.to_bytes())


def parse_entry(data: bytes) -> Entry:
    """Parse the 224 bytes of an entry. Raises `MalformedInput`; padding that isn't zero is refused."""
    if type(data) is not bytes or len(data) != ENTRY_BYTES:
        raise MalformedInput(f"an entry must be {ENTRY_BYTES} bytes", code="entry.length")
    kind, record, author, claim_count, not_before, not_after, terms = _WORDS.unpack(data)
    entry = Entry(kind, record, author, claim_count, not_before, not_after, terms)
    if entry.to_bytes() != data:
        raise MalformedInput("the padding of an entry's numbers must be zero", code="entry.padding")
    return entry
