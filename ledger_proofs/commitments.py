"""Commitments to a record's salted fields, and disclosures of some of them (protocol, section 2).

HKDF-Expand is RFC 5869, section 2.3, for one block of SHA-256; the field tree is RFC 9162's.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger_proofs import merkle
from ledger_proofs.canonical import canonical_bytes, string_bytes
from ledger_proofs.errors import CommitmentMismatch, FieldMismatch, MalformedInput
from ledger_proofs.pointers import PointerList, list_fields, parse_pointer_list, verify_field_value
from ledger_proofs.types import Commitment, Hash, JsonValue, RecordKey, Salt, require_bytes

_SALT_INFO: Final = b"RxLedger salt v1"
_BODY_INFO: Final = b"RxLedger body v1"
_COMMITMENT_PREFIX: Final = b"RxLedger commitment v1\x00"


@dataclass(frozen=True, slots=True)
class CommittedRecord:
    """A record's commitment with all that is needed to disclose fields of it. Leaf i is pointer i - 1's."""

    commitment: Commitment
    pointers: tuple[str, ...]
    values: tuple[JsonValue, ...]
    salts: tuple[Salt, ...]
    leaves: tuple[Hash, ...]

    def index_of(self, pointer: str) -> int:
        """Return the leaf index of a field; raises `MalformedInput` if the record has none of that name."""
        try:
            return self.pointers.index(pointer) + 1
        except ValueError:
            raise MalformedInput("the record has no such field", pointer, code="field.unknown") from None


class DisclosedField(NamedTuple):
    """One field as disclosed: its leaf index (from 1), value and salt."""

    index: int  # type: ignore[assignment]  # hides tuple's method of that name, which has no use here
    value: JsonValue
    salt: Salt


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a holder shows of a record: all pointers, all leaf hashes, and some of the fields."""

    pointers: tuple[str, ...]
    pointers_salt: Salt
    leaves: tuple[Hash, ...]
    fields: tuple[DisclosedField, ...]


class DisclosedFields(Mapping[str, JsonValue]):
    """Verified values by pointer. `pointers` is the whole list: what isn't in it, the record hasn't.

    `array_lengths` says how long each filled array is, disclosed or not.
    """

    def __init__(
        self, pointers: tuple[str, ...], values: Mapping[str, JsonValue], array_lengths: Mapping[str, int]
    ) -> None:
        self.pointers = pointers
        self.array_lengths = array_lengths
        self._values = values

    def __getitem__(self, pointer: str) -> JsonValue:
        return self._values[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def is_withheld(self, pointer: str) -> bool:
        """Say whether the record has this field but the disclosure doesn't show it."""
        return pointer not in self._values and pointer in self.pointers


def expand_key(pseudorandom_key: bytes, info: bytes, length: int = 32) -> bytes:
    """Return HKDF-Expand (RFC 5869, section 2.3) with SHA-256; `length` up to 255 * 32 bytes."""
    if not 0 < length <= 255 * 32:
        raise MalformedInput("HKDF-Expand gives 1 to 8160 bytes")
    block, output = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom_key, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]


def derive_body_key(record_key: bytes) -> bytes:
    """Return the 32-byte key under which a record's content is stored."""
    return expand_key(require_bytes(record_key, 32, "record key"), _BODY_INFO)


def derive_salts(record_key: bytes, count: int) -> tuple[Salt, ...]:
    """Return the salts of leaves 0 to `count - 1`."""
    salt_key = expand_key(require_bytes(record_key, 32, "record key"), _SALT_INFO)
    return tuple(Salt(hmac.digest(salt_key, i.to_bytes(4, "big"), "sha256")) for i in range(count))


def build_commitment(record: Mapping[str, JsonValue], record_key: RecordKey | bytes) -> CommittedRecord:
    """Commit to a record's fields under its key. Raises `MalformedInput` if it has no canonical form."""
    fields = list_fields(record)
    pointers = tuple(field.pointer for field in fields)
    salts = derive_salts(record_key, len(fields) + 1)
    shape = parse_pointer_list(pointers)
    values = tuple(field.value for field in fields)
    field_leaves = map(_field_leaf, shape.encoded, values, salts[1:])
    leaves = (_pointers_leaf(shape, salts[0]), *map(Hash, field_leaves))
    return CommittedRecord(_commitment_of(leaves), pointers, values, salts, leaves)


def build_disclosure(committed: CommittedRecord, indexes: Iterable[int] | None = None) -> Disclosure:
    """Disclose the fields with these leaf indexes (from 1); None discloses all."""
    count = len(committed.pointers)
    chosen = range(1, count + 1) if indexes is None else sorted(set(indexes))
    if chosen and not 1 <= chosen[0] <= chosen[-1] <= count:
        raise MalformedInput(f"leaf indexes of this record's fields are 1 to {count}", code="field.unknown")
    fields = tuple(DisclosedField(i, committed.values[i - 1], committed.salts[i]) for i in chosen)
    return Disclosure(committed.pointers, committed.salts[0], committed.leaves, fields)


def verify_disclosure(disclosure: Disclosure, commitment: bytes) -> DisclosedFields:
    """Check that the disclosed fields are those of the commitment, and return their values by pointer.

    Raises `MalformedInput` for a list or values that are no record's, `FieldMismatch` naming the first field
    that isn't the committed one, `CommitmentMismatch` when the leaves are another record's.
    """
    pointers, leaves = disclosure.pointers, disclosure.leaves
    require_bytes(commitment, 32, "commitment")
    shape = parse_pointer_list(pointers)
    if len(leaves) != len(pointers) + 1:
        raise CommitmentMismatch(
            f"{len(pointers)} pointers need {len(pointers) + 1} leaves, not {len(leaves)}",
            code="commitment.leaf_count",
        )
    if _pointers_leaf(shape, disclosure.pointers_salt) != leaves[0]:
        raise FieldMismatch("the pointer list isn't the committed one", "", code="field.pointer_list")
    values = _verify_fields(disclosure, shape)
    if _commitment_of(leaves) != commitment:
        raise CommitmentMismatch("the leaves hash to another commitment than the stated one")
    return DisclosedFields(pointers, values, shape.array_lengths)


def _verify_fields(disclosure: Disclosure, shape: PointerList) -> dict[str, JsonValue]:
    pointers, encoded, array_lengths = shape.pointers, shape.encoded, shape.array_lengths
    leaves, count = disclosure.leaves, len(shape.pointers)
    values: dict[str, JsonValue] = {}
    previous = 0
    for index, value, salt in disclosure.fields:
        if type(index) is not int or not previous < index <= count:
            raise MalformedInput(
                f"indexes of disclosed fields must ascend from 1 to {count}, none twice",
                code="disclosure.index",
            )
        previous = index
        pointer = pointers[index - 1]
        if _field_leaf(encoded[index - 1], value, salt) != leaves[index]:
            raise FieldMismatch("the field isn't the committed one", pointer)
        if type(value) is not str or pointer in array_lengths:
            verify_field_value(pointer, value, array_lengths.get(pointer))
        values[pointer] = value
    return values


def _pointers_leaf(shape: PointerList, salt: bytes) -> Hash:
    require_bytes(salt, 32, "salt")
    return Hash(hashlib.sha256(b"\x00%b\x00%b" % (salt, shape.canonical)).digest())


def _field_leaf(encoded_pointer: bytes, value: JsonValue, salt: bytes) -> bytes:
    if type(salt) is not bytes or len(salt) != 32:
        raise MalformedInput("every salt must be 32 bytes", "salt")
    encoded_value = string_bytes(value) if type(value) is str else canonical_bytes(value)
    content = b"\x00" + salt + b"\x01[" + encoded_pointer + b"," + encoded_value + b"]"
    return hashlib.sha256(content).digest()


def _commitment_of(leaves: tuple[Hash, ...]) -> Commitment:
    root = merkle.root(leaves)
    return Commitment(hashlib.sha256(_COMMITMENT_PREFIX + len(leaves).to_bytes(4, "big") + root).digest())
