"""Names for the numbers and bytes that travel between modules, so that one isn't taken for another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NewType, TypeAlias

from ledger_proofs.errors import MalformedInput

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

Hash = NewType("Hash", bytes)
"""32 bytes: a SHA-256 tree hash, or a keccak hash of the chain."""
Commitment = NewType("Commitment", bytes)
"""32 bytes: the salted hash of a record (protocol, section 2)."""
RecordKey = NewType("RecordKey", bytes)
"""32 random bytes from which a record's salts and body key are derived."""
Salt = NewType("Salt", bytes)
"""32 bytes: the salt of one leaf of a field tree."""
Signature = NewType("Signature", bytes)
"""65 bytes: `r || s || v`."""
Address = NewType("Address", bytes)
"""20 bytes: an account of the chain, or a one-time address."""
InstitutionNumber = NewType("InstitutionNumber", int)
LogId = NewType("LogId", int)
ClaimKey = NewType("ClaimKey", bytes)
"""32 bytes: the name of one claim (protocol, section 4.1)."""
PackToken = NewType("PackToken", bytes)
"""32 bytes: the keyed hash of a drug trace code."""

ZERO_HASH: Final = Hash(bytes(32))
NO_INSTITUTION: Final = InstitutionNumber(0)

MAX_UINT8: Final = 2**8 - 1
MAX_UINT16: Final = 2**16 - 1
MAX_UINT32: Final = 2**32 - 1
MAX_UINT64: Final = 2**64 - 1
MAX_JSON_INTEGER: Final = 2**53 - 1
MAX_INSTITUTION: Final = 2**21 - 1
"""The largest institution number: a log's number then stays an exact JSON integer."""


def require_bytes(value: object, length: int, name: str) -> bytes:
    """Return `value` if it is `bytes` of exactly `length`; raise `MalformedInput` naming it otherwise."""
    if type(value) is not bytes or len(value) != length:
        raise MalformedInput(f"must be {length} bytes", name)
    return value


def require_uint(value: object, largest: int, name: str) -> int:
    """Return `value` if it is an integer (no bool) from 0 to `largest`; raise `MalformedInput` otherwise."""
    if type(value) is not int or not 0 <= value <= largest:
        raise MalformedInput(f"must be an integer from 0 to {largest}", name)
    return value


def log_id(institution: int, generation: int) -> LogId:
    """Return the number of an institution's log: `institution << 32 | generation`, both from 1 to 2^32-1."""
    if require_uint(institution, MAX_UINT32, "institution") == 0:
        raise MalformedInput("must not be 0", "institution")
    if require_uint(generation, MAX_UINT32, "generation") == 0:
        raise MalformedInput("must not be 0: the first log is generation 1", "generation")
    return LogId(institution << 32 | generation)


def institution_of(log: int) -> InstitutionNumber:
    """Return the institution whose log this is."""
    return InstitutionNumber(require_uint(log, MAX_UINT64, "log") >> 32)


def generation_of(log: int) -> int:
    """Return which of its institution's logs this is, from 1."""
    return require_uint(log, MAX_UINT64, "log") & MAX_UINT32
