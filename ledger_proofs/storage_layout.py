"""Where the contracts keep what proofs are about, and how: storage layout, version 1 (protocol 4.4).

By Solidity's rules: a mapping's value for a key is at keccak(key || slot); a dynamic array's length stands in
its slot, its elements from keccak(slot) on; small members share a word from its low end. The slots' numbers
are compared with the compiler's own output by a test, and the pinned hash of a contract's code binds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_proofs.bounded_time import Outage
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import word
from ledger_proofs.types import (
    MAX_UINT8,
    MAX_UINT32,
    MAX_UINT64,
    Hash,
    require_bytes,
    require_uint,
)

STORAGE_VERSION: Final = 1

CHECKPOINTS_SLOT: Final = 0
"""`CheckpointLog`: log => size => Checkpoint, two words."""
HEADS_SLOT: Final = 1
"""`CheckpointLog`: log => size of its latest checkpoint, one word."""
CLOSINGS_SLOT: Final = 2
"""`CheckpointLog`: log => Closing, one word."""
CLAIMS_SLOT: Final = 0
"""`ClaimRegister`: claim => word."""
PACKS_SLOT: Final = 1
"""`ClaimRegister`: token => word."""
STATES_SLOT: Final = 2
"""`LedgerDirectory`: institution => array of states, one word each."""
TERMS_SLOT: Final = 6
"""`LedgerDirectory`: institution => role => holder => array of terms, one word each."""
OUTAGES_SLOT: Final = 8
"""`LedgerDirectory`: array of outages, two words each, the second being the reason."""
OUTAGE_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class StoredClosing:
    """The end of a log; `closed_at` is 0 while it is open."""

    size: int
    closed_at: int


@dataclass(frozen=True, slots=True)
class StoredState:
    """One recorded state of an institution: its status and roles from a time on."""

    effective_from: int
    status: int
    roles: int


@dataclass(frozen=True, slots=True)
class StoredTerm:
    """One credential of a holder in a role at an institution."""

    starts_at: int
    ends_at: int
    revoked_from: int

    def entitles_at(self, moment: int) -> bool:
        """Say whether it entitles its holder at a time."""
        return self.starts_at <= moment <= self.ends_at and moment < self.revoked_from


def checkpoint_slots(log: int, size: int) -> tuple[Hash, Hash]:
    """Return the storage slots of a checkpoint's two words in `CheckpointLog`."""
    first = mapping_slot(
        mapping_slot(word(CHECKPOINTS_SLOT), word(require_uint(log, MAX_UINT64, "log"))),
        word(require_uint(size, MAX_UINT64, "size")),
    )
    return first, _slot_after(first, 1)


def head_slot(log: int) -> Hash:
    """Return the slot of the size of a log's latest checkpoint in `CheckpointLog`."""
    return mapping_slot(word(HEADS_SLOT), word(require_uint(log, MAX_UINT64, "log")))


def closing_slot(log: int) -> Hash:
    """Return the slot of a log's closing in `CheckpointLog`."""
    return mapping_slot(word(CLOSINGS_SLOT), word(require_uint(log, MAX_UINT64, "log")))


def claim_slot(claim: bytes) -> Hash:
    """Return the storage slot of a claim's word in `ClaimRegister`."""
    return mapping_slot(word(CLAIMS_SLOT), require_bytes(claim, 32, "claim"))


def pack_slot(token: bytes) -> Hash:
    """Return the storage slot of a pack's word in `ClaimRegister`."""
    return mapping_slot(word(PACKS_SLOT), require_bytes(token, 32, "token"))


def states_slot(institution: int) -> Hash:
    """Return the slot of the length of an institution's list of states in `LedgerDirectory`."""
    return mapping_slot(word(STATES_SLOT), word(require_uint(institution, MAX_UINT32, "institution")))


def terms_slot(institution: int, role: int, holder: bytes) -> Hash:
    """Return the slot of the length of a holder's list of terms in `LedgerDirectory`."""
    by_role = mapping_slot(word(TERMS_SLOT), word(require_uint(institution, MAX_UINT32, "institution")))
    by_holder = mapping_slot(by_role, word(require_uint(int(role), MAX_UINT8, "role")))
    return mapping_slot(by_holder, require_bytes(holder, 20, "holder").rjust(32, b"\x00"))


def outages_slot() -> Hash:
    """Return the slot of the length of the list of outages in `LedgerDirectory`."""
    return Hash(word(OUTAGES_SLOT))


def mapping_slot(slot: bytes, key: bytes) -> Hash:
    """Return where a mapping in a slot keeps the value of a key (of 32 bytes)."""
    return keccak(key + slot)


def element_slot(length_slot: bytes, index: int, words: int = 1) -> Hash:
    """Return the first slot of an array's element; the array's length stands in `length_slot`."""
    return _slot_after(keccak(length_slot), index * words)


def parse_closing(stored: bytes) -> StoredClosing:
    """Parse a log's closing: size | closedAt << 64 | successor << 128."""
    number = _number(stored)
    return StoredClosing(number & MAX_UINT64, number >> 64 & MAX_UINT64)


def parse_state(stored: bytes) -> StoredState:
    """Parse an institution's state: effectiveFrom | recordedAt << 64 | status << 128 | roles << 136."""
    number = _number(stored)
    return StoredState(number & MAX_UINT64, number >> 128 & MAX_UINT8, number >> 136 & MAX_UINT8)


def parse_term(stored: bytes) -> StoredTerm:
    """Parse a term: from | until << 64 | revokedFrom << 128 | recordedAt << 192."""
    number = _number(stored)
    return StoredTerm(number & MAX_UINT64, number >> 64 & MAX_UINT64, number >> 128 & MAX_UINT64)


def parse_outage(stored: bytes) -> Outage:
    """Parse an outage's first word: from | until << 64 | recordedAt << 128 | institution << 192."""
    number = _number(stored)
    return Outage(number >> 192 & MAX_UINT32, number & MAX_UINT64, number >> 64 & MAX_UINT64)


def _slot_after(slot: bytes, distance: int) -> Hash:
    return Hash(word((int.from_bytes(slot, "big") + distance) % 2**256))


def _number(stored: bytes) -> int:
    return int.from_bytes(require_bytes(stored, 32, "word"), "big")
