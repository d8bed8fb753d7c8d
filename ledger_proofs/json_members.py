"""Reading members of strict JSON: each reader returns a typed value or names the place of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from ledger_proofs.errors import MalformedInput
from ledger_proofs.merkle import MAX_PROOF_NODES
from ledger_proofs.types import Hash, JsonValue

MAX_BLOB_BYTES: Final = 65_536

_T = TypeVar("_T")
_LOWER_HEX: Final = re.compile("0x[0-9a-f]*+")
_HASH_TEXT: Final = 66


def to_hex(value: bytes) -> str:
    """Return bytes as they stand in JSON: `0x` and lower-case hex."""
    return "0x" + value.hex()


def read_members(value: JsonValue, path: str, names: frozenset[str]) -> dict[str, JsonValue]:
    """Return an object that has exactly these members."""
    if type(value) is not dict:
        raise MalformedInput("must be an object", path, code="bundle.type")
    if value.keys() != names:
        missing = sorted(names - value.keys())
        if missing:
            raise MalformedInput(
                "this member is missing", f"{path}/{missing[0]}", code="bundle.member_missing"
            )
        raise MalformedInput(
            f"has no other members than {', '.join(sorted(names))}", path, code="bundle.member_unknown"
        )
    return value


def read_array(value: JsonValue, path: str, largest: int) -> list[JsonValue]:
    """Return an array of at most `largest` elements."""
    if type(value) is not list:
        raise MalformedInput("must be an array", path, code="bundle.type")
    if len(value) > largest:
        raise MalformedInput(f"must have at most {largest} elements", path, code="bundle.too_many")
    return value


def read_uint(value: JsonValue, largest: int, path: str) -> int:
    """Return an integer from 0 to `largest`."""
    if type(value) is not int or not 0 <= value <= largest:
        raise MalformedInput(f"must be an integer from 0 to {largest}", path, code="bundle.number")
    return value


def read_bytes(value: JsonValue, length: int, path: str) -> bytes:
    """Return bytes of exactly `length`, from `0x` and lower-case hex (so that they have one spelling)."""
    if type(value) is str and len(value) == 2 + 2 * length and _LOWER_HEX.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise MalformedInput(
        f"must be 0x and {2 * length} lower-case hex digits ({length} bytes)", path, code="bundle.hex"
    )


def read_blob(value: JsonValue, path: str) -> bytes:
    """Return bytes of any length up to 65,536."""
    if type(value) is str and len(value) <= 2 + 2 * MAX_BLOB_BYTES and len(value) % 2 == 0:
        return read_bytes(value, len(value) // 2 - 1, path)
    raise MalformedInput(
        f"must be 0x and lower-case hex digits, at most {MAX_BLOB_BYTES} bytes", path, code="bundle.hex"
    )


def read_blobs(value: JsonValue, path: str) -> tuple[bytes, ...]:
    """Return the RLP nodes of a proof: at most 64 blobs."""
    nodes = read_array(value, path, MAX_PROOF_NODES)
    return tuple(read_blob(node, f"{path}/{number}") for number, node in enumerate(nodes))


def read_hashes(value: JsonValue, path: str, largest: int) -> tuple[Hash, ...]:
    """Return at most `largest` hashes of 32 bytes."""
    hashes = read_array(value, path, largest)
    return parse_hashes(hashes, lambda number: f"{path}/{number}")


def parse_hashes(texts: Sequence[JsonValue], place: Callable[[int], str]) -> tuple[Hash, ...]:
    """Return hashes from their hex, all at once; `place` names the path of one by its number."""
    for number, text in enumerate(texts):
        if type(text) is not str or len(text) != _HASH_TEXT:
            read_bytes(text, 32, place(number))
    joined = "".join(texts)  # type: ignore[arg-type]
    count = len(texts)
    # Each "x" stands where a prefix ends, and no white space shortens the bytes: then all are well-formed.
    if joined[::_HASH_TEXT] + joined[1::_HASH_TEXT] == "0" * count + "x" * count:
        try:
            together = bytes.fromhex(joined.replace("0x", ""))
        except ValueError:
            together = b""
        if len(together) == 32 * count and joined.count("x") == count and joined == joined.lower():
            hashes = [together[start : start + 32] for start in range(0, 32 * count, 32)]
            return cast("tuple[Hash, ...]", tuple(hashes))
    return tuple(Hash(read_bytes(text, 32, place(number))) for number, text in enumerate(texts))


def read_optional(value: JsonValue, read: Callable[[JsonValue, str], _T], path: str) -> _T | None:
    """Return None for null, and what `read` returns for anything else."""
    return None if value is None else read(value, path)
