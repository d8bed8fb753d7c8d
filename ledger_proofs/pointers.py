"""A record as a flat list of fields, each named by a JSON Pointer (RFC 6901; protocol section 1.1).

The list is injective: arrays state their length as a field of their own and objects don't, so a list of
pointers with all its values rebuilds exactly one record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from ledger_proofs.canonical import MAX_RECORD_DEPTH, string_bytes
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import JsonValue

MAX_FIELDS: Final = 4096

_POINTER: Final = re.compile(r"(?:/(?:[^/~]|~[01])*+)++", re.DOTALL)

_Containers: TypeAlias = dict[str, dict[str, JsonValue] | list[JsonValue]]


_CACHED_SHAPES: Final = 64
_CACHED_TEXT: Final = 16_384


@dataclass(frozen=True, slots=True)
class PointerList:
    """A verified pointer list: its arrays' lengths, and its own and each pointer's RFC 8785 bytes."""

    pointers: tuple[str, ...]
    array_lengths: Mapping[str, int]
    canonical: bytes
    encoded: tuple[bytes, ...]


class Field(NamedTuple):
    """One field: where it stands, and its value (for a non-empty array, its length)."""

    pointer: str
    value: JsonValue


def escape_token(name: str) -> str:
    """Return a member name as a token of a pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def unescape_token(token: str) -> str:
    """Return the member name that a token stands for (RFC 6901, section 4)."""
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def list_fields(record: Mapping[str, JsonValue]) -> list[Field]:
    """Return a record's fields, strictly ascending by the UTF-8 bytes of their pointers.

    Raises `MalformedInput` for an empty record, too deep nesting, or more than 4,096 fields.
    """
    if not isinstance(record, Mapping) or not record:
        raise MalformedInput("a record must be an object with members")
    fields: list[Field] = []
    pending: list[tuple[str, JsonValue, int]] = [("", record, 1)]
    while pending:
        pointer, value, depth = pending.pop()
        if not isinstance(value, Mapping | list | tuple):
            fields.append(Field(pointer, value))
            continue
        if depth > MAX_RECORD_DEPTH:
            raise MalformedInput(f"nested deeper than {MAX_RECORD_DEPTH}", pointer, code="json.too_deep")
        if not value:
            fields.append(Field(pointer, value))
        elif isinstance(value, Mapping):
            pending.extend(
                (f"{pointer}/{escape_token(name)}", item, depth + 1) for name, item in value.items()
            )
        else:
            fields.append(Field(pointer, len(value)))
            pending.extend((f"{pointer}/{number}", item, depth + 1) for number, item in enumerate(value))
        if len(fields) + len(pending) > 2 * MAX_FIELDS:
            break
    if len(fields) + len(pending) > MAX_FIELDS:
        raise MalformedInput(f"more than {MAX_FIELDS} fields", code="record.too_many_fields")
    # Python orders text by code point, which is the order of its UTF-8 bytes.
    fields.sort(key=lambda field: field.pointer)
    return fields


def parse_pointer_list(pointers: Sequence[str]) -> PointerList:
    """Check that pointers are a record's: well-formed, strictly ascending, and forming one tree.

    Raises `MalformedInput` naming the pointer's number in the list (from 0). Records of one shape have the
    same list, so the latest are remembered, within a bound on their size.
    """
    listed = tuple(pointers)
    try:
        is_small = len("".join(listed)) <= _CACHED_TEXT
    except TypeError:
        is_small = False
    return _remembered_pointer_list(listed) if is_small else _checked_pointer_list(listed)


@lru_cache(maxsize=_CACHED_SHAPES)
def _remembered_pointer_list(pointers: tuple[str, ...]) -> PointerList:
    return _checked_pointer_list(pointers)


def _checked_pointer_list(pointers: tuple[str, ...]) -> PointerList:
    lengths = verify_pointer_list(pointers)
    encoded = tuple(map(string_bytes, pointers))
    return PointerList(pointers, MappingProxyType(lengths), b"[" + b",".join(encoded) + b"]", encoded)


def verify_pointer_list(pointers: Sequence[str]) -> dict[str, int]:
    """Check a pointer list as `parse_pointer_list` does; return each filled array's length by its pointer."""
    if not pointers:
        raise MalformedInput("the pointer list is empty", code="pointers.empty")
    if len(pointers) > MAX_FIELDS:
        raise MalformedInput(f"more than {MAX_FIELDS} fields", code="record.too_many_fields")
    previous = ""
    for number, pointer in enumerate(pointers):
        if type(pointer) is not str or not _POINTER.fullmatch(pointer):
            raise MalformedInput("not a JSON Pointer", f"pointer {number}", code="pointers.syntax")
        if pointer <= previous:
            raise MalformedInput(
                "pointers must ascend strictly, none twice", f"pointer {number}", code="pointers.order"
            )
        previous = pointer
        if pointer.count("/") > MAX_RECORD_DEPTH:
            raise MalformedInput(
                f"nested deeper than {MAX_RECORD_DEPTH}", f"pointer {number}", code="json.too_deep"
            )
    return _array_lengths(pointers)


def _array_lengths(pointers: Sequence[str]) -> dict[str, int]:
    listed = set(pointers)
    looked_at: set[str] = {""}
    elements: dict[str, list[str]] = {}
    for pointer in pointers:
        node = pointer
        # Upwards, until a container that an earlier pointer has already accounted for.
        while node not in looked_at:
            looked_at.add(node)
            parent, _, token = node.rpartition("/")
            if parent in listed:
                elements.setdefault(parent, []).append(token)
            node = parent
    lengths: dict[str, int] = {}
    for array, tokens in elements.items():
        if len(tokens) > 1:
            tokens.sort(key=len)
        if set(tokens) != set(map(str, range(len(tokens)))):
            raise MalformedInput(
                "has a value and members, but these aren't the elements 0, 1, ... of an array",
                f"pointer {pointers.index(array)}",
                code="pointers.tree",
            )
        lengths[array] = len(tokens)
    return lengths


def verify_field_value(pointer: str, value: JsonValue, array_length: int | None) -> None:
    """Check that a value can stand at a pointer: an array's length, or a scalar, or an empty container.

    `array_length` is what the pointer list says (None: no array with elements stands here).
    """
    if array_length is not None:
        if type(value) is not int or value != array_length:
            raise MalformedInput(
                "must be the array's length as the pointer list has it",
                pointer,
                code="field.array_length",
            )
    elif isinstance(value, Mapping | list | tuple):
        if value:
            raise MalformedInput("must not be a filled object or array", pointer, code="field.container")
        if pointer.count("/") >= MAX_RECORD_DEPTH:
            raise MalformedInput(f"nested deeper than {MAX_RECORD_DEPTH}", pointer, code="json.too_deep")


def rebuild_record(fields: Iterable[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return the one record that has exactly these fields, given in the order of `list_fields`.

    Raises `MalformedInput` if they are no record's fields.
    """
    pairs = list(fields)
    lengths = verify_pointer_list([pointer for pointer, _ in pairs])
    root: dict[str, JsonValue] = {}
    containers: _Containers = {"": root}
    for pointer, value in pairs:
        verify_field_value(pointer, value, lengths.get(pointer))
        if pointer in lengths:
            _container(containers, lengths, pointer)
        else:
            _place(containers, lengths, pointer, value)
    return root


def _container(
    containers: _Containers, lengths: Mapping[str, int], pointer: str
) -> dict[str, JsonValue] | list[JsonValue]:
    known = containers.get(pointer)
    if known is None:
        known = [None] * lengths[pointer] if pointer in lengths else {}
        containers[pointer] = known
        _place(containers, lengths, pointer, known)
    return known


def _place(containers: _Containers, lengths: Mapping[str, int], pointer: str, value: JsonValue) -> None:
    parent, _, token = pointer.rpartition("/")
    container = _container(containers, lengths, parent)
    if isinstance(container, list):
        container[int(token)] = value
    else:
        container[unescape_token(token)] = value
