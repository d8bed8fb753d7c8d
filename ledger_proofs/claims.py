"""Claims and packs: their names, and the words that the chain keeps of them (protocol, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Use, word
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import (
    MAX_UINT16,
    MAX_UINT32,
    MAX_UINT64,
    ZERO_HASH,
    ClaimKey,
    Hash,
    require_bytes,
    require_uint,
)

MAX_RESTORE_COUNT: Final = 2**14 - 1
_DIGEST_BITS: Final = 240
_MAX_DIGEST: Final = 2**_DIGEST_BITS - 1
_MAX_WORD: Final = 2**256 - 1


class ClaimStatus(IntEnum):
    """How a claim stands."""

    UNUSED = 0
    DISPENSED = 1
    SETTLED = 2
    VOID = 3


@dataclass(frozen=True, slots=True)
class ClaimWord:
    """A claim's word: its status, how often it was restored, and the low 240 bits of its use's digest."""

    status: ClaimStatus
    restore_count: int
    digest: int

    def __post_init__(self) -> None:
        require_uint(self.restore_count, MAX_RESTORE_COUNT, "restore_count")
        require_uint(self.digest, _MAX_DIGEST, "digest")

    def to_int(self) -> int:
        """Return the word as the chain stores it."""
        return self.status << 254 | self.restore_count << _DIGEST_BITS | self.digest

    def to_bytes(self) -> bytes:
        """Return the word's 32 bytes."""
        return word(self.to_int())


@dataclass(frozen=True, slots=True)
class PackWord:
    """A pack's word: its units in all, used, and returned (which stay used)."""

    total_units: int
    used: int
    returned: int

    def __post_init__(self) -> None:
        require_uint(self.total_units, MAX_UINT32, "total_units")
        require_uint(self.used, MAX_UINT32, "used")
        require_uint(self.returned, MAX_UINT32, "returned")

    def to_int(self) -> int:
        """Return the word as the chain stores it."""
        return self.total_units | self.used << 32 | self.returned << 64

    def to_bytes(self) -> bytes:
        """Return the word's 32 bytes."""
        return word(self.to_int())


def parse_claim_word(value: int | bytes) -> ClaimWord:
    """Parse a claim's word, as a number or 32 bytes. Every word of 256 bits has a meaning."""
    number = _word_number(value)
    return ClaimWord(
        ClaimStatus(number >> 254), number >> _DIGEST_BITS & MAX_RESTORE_COUNT, number & _MAX_DIGEST
    )


def parse_pack_word(value: int | bytes) -> PackWord:
    """Parse a pack's word, as a number or 32 bytes. Raises `MalformedInput` if its high bits are set."""
    number = _word_number(value)
    if number >> 96:
        raise MalformedInput("a pack word has only 96 bits", code="pack.word")
    return PackWord(number & MAX_UINT32, number >> 32 & MAX_UINT32, number >> 64)


def claim_key(institution: int, kind: int, record: bytes, not_before: int, ordinal: int) -> ClaimKey:
    """Return the name of one claim. `ordinal` counts from 0; `not_before` in Unix seconds."""
    return ClaimKey(
        keccak(
            word(require_uint(institution, MAX_UINT32, "institution"))
            + word(require_uint(kind, MAX_UINT16, "kind"))
            + require_bytes(record, 32, "record")
            + word(require_uint(not_before, MAX_UINT64, "not_before"))
            + word(require_uint(ordinal, MAX_UINT32, "ordinal"))
        )
    )


def use_hash(use: Use) -> Hash:
    """Return the hash that names a use: EIP-712's hashStruct of it."""
    return use.struct_hash()


def use_digest(into: bytes, use_hash: bytes, spender: int, time: int) -> int:
    """Return the low 240 bits that a claim's word keeps of its use. `time`: the block's, Unix seconds."""
    preimage = (
        require_bytes(into, 32, "into")
        + require_bytes(use_hash, 32, "use_hash")
        + word(require_uint(spender, MAX_UINT32, "spender"))
        + word(require_uint(time, MAX_UINT64, "time"))
    )
    return int.from_bytes(keccak(preimage), "big") & _MAX_DIGEST


def holders_hash(addresses: Sequence[bytes]) -> Hash:
    """Return the hash of the one-time addresses, one per claim; zero if there are none."""
    if not addresses:
        return ZERO_HASH
    padded = [bytes(12) + require_bytes(address, 20, f"holder {i}") for i, address in enumerate(addresses)]
    return keccak(b"".join(padded))


def _word_number(value: int | bytes) -> int:
    if type(value) is bytes:
        return int.from_bytes(require_bytes(value, 32, "word"), "big")
    return require_uint(value, _MAX_WORD, "word")
