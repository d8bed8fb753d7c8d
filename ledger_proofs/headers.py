"""Block headers of EVM chains: RLP of 15 fields (Yellow Paper 4.4.3), and those that later forks appended.

A header's hash is the keccak of its RLP, so a header is kept and checked as bytes; a QBFT chain hashes it
with changes to `extra_data`, which a verifier of seals makes itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import Address, Hash

MAX_HEADER_BYTES: Final = 65_536
FIRST_FIELDS: Final = 15
MAX_FIELDS: Final = 32


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. `later` holds the raw fields after the first 15: base fee, withdrawals root, ..."""

    parent_hash: Hash
    ommers_hash: Hash
    beneficiary: Address
    state_root: Hash
    transactions_root: Hash
    receipts_root: Hash
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: Hash
    nonce: bytes
    later: tuple[bytes, ...]
    hash: Hash


def encode_header(fields: Sequence[bytes | int]) -> bytes:
    """Return the RLP of a header's fields, given in their order, numbers as integers.

    Raises `MalformedInput` if they aren't a header's.
    """
    encoded = rlp.encode(fields)
    parse_header(encoded)
    return encoded


def header_hash(header_rlp: bytes) -> Hash:
    """Return the block hash that a header's RLP has: its keccak."""
    return keccak(header_rlp)


def parse_header(header_rlp: bytes) -> Header:
    """Parse a header's RLP, with or without later forks' fields. Raises `MalformedInput` naming the field."""
    if type(header_rlp) is not bytes or len(header_rlp) > MAX_HEADER_BYTES:
        raise MalformedInput(f"a header must be at most {MAX_HEADER_BYTES} bytes", code="header.length")
    items = rlp.decode(header_rlp, max_depth=1)
    if type(items) is not list or not FIRST_FIELDS <= len(items) <= MAX_FIELDS:
        raise MalformedInput(
            f"a header must be a list of {FIRST_FIELDS} or more fields", code="header.fields"
        )
    texts = [item for item in items if type(item) is bytes]
    if len(texts) != len(items):
        raise MalformedInput("a header's fields must be byte strings", code="header.fields")
    for position, (name, length) in _FIXED.items():
        if len(texts[position]) != length:
            raise MalformedInput(f"must be {length} bytes", name, code="header.field_length")
    difficulty, number, gas_limit, gas_used, timestamp = (
        _number(texts[position], name) for position, name in _NUMBERS.items()
    )
    return Header(
        Hash(texts[0]),
        Hash(texts[1]),
        Address(texts[2]),
        Hash(texts[3]),
        Hash(texts[4]),
        Hash(texts[5]),
        texts[6],
        difficulty,
        number,
        gas_limit,
        gas_used,
        timestamp,
        texts[12],
        Hash(texts[13]),
        texts[14],
        tuple(texts[FIRST_FIELDS:]),
        header_hash(header_rlp),
    )


_FIXED: Final = {
    0: ("parent_hash", 32),
    1: ("ommers_hash", 32),
    2: ("beneficiary", 20),
    3: ("state_root", 32),
    4: ("transactions_root", 32),
    5: ("receipts_root", 32),
    6: ("logs_bloom", 256),
    13: ("mix_hash", 32),
    14: ("nonce", 8),
}
_NUMBERS: Final = {7: "difficulty", 8: "number", 9: "gas_limit", 10: "gas_used", 11: "timestamp"}


def _number(text: bytes, name: str) -> int:
    limit = 32 if name == "difficulty" else 8
    if len(text) > limit or text[:1] == b"\x00":
        raise MalformedInput(
            f"must be an unsigned integer of at most {limit} bytes, no leading zero",
            name,
            code="header.number",
        )
    return int.from_bytes(text, "big")
