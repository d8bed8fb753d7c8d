"""Recursive Length Prefix, Ethereum's encoding of nested byte strings (Yellow Paper, appendix B). Strict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from ledger_proofs.errors import MalformedInput

Item: TypeAlias = "bytes | list[Item]"

MAX_DEPTH: Final = 8

_SHORT: Final = 55


def encode(item: bytes | int | Sequence[object]) -> bytes:
    """Return the encoding of bytes, an unsigned integer (as its shortest big-endian), or a list of these."""
    return _encode(item, 0)


def decode(data: bytes, *, max_depth: int = MAX_DEPTH) -> Item:
    """Decode exactly one item. Raises `MalformedInput` naming the byte for any but the one right encoding."""
    if type(data) is not bytes:
        raise MalformedInput("RLP must be given as bytes", code="rlp.type")
    item, end = _decode_item(data, 0, len(data), max_depth)
    if end != len(data):
        raise MalformedInput("bytes follow the item", f"byte {end}", code="rlp.trailing")
    return item


def _encode(item: object, depth: int) -> bytes:
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    if type(item) is int and item >= 0:
        return _encode(item.to_bytes((item.bit_length() + 7) // 8, "big"), depth)
    if isinstance(item, list | tuple) and depth < MAX_DEPTH:
        body = b"".join(_encode(each, depth + 1) for each in item)
        return _prefix(len(body), 0xC0) + body
    raise MalformedInput("RLP encodes bytes, unsigned integers and lists of these", code="rlp.type")


def _prefix(length: int, base: int) -> bytes:
    if length <= _SHORT:
        return bytes((base + length,))
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((base + _SHORT + len(digits),)) + digits


def _decode_item(data: bytes, start: int, limit: int, depth: int) -> tuple[Item, int]:
    if start >= limit:
        raise MalformedInput("cut short", f"byte {start}", code="rlp.short")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    is_list = first >= 0xC0
    body, end = _bounds(data, start, limit, first - (0xC0 if is_list else 0x80))
    if not is_list:
        if end - body == 1 and data[body] < 0x80:
            raise MalformedInput("a single small byte has no prefix", f"byte {start}", code="rlp.canonical")
        return data[body:end], end
    if depth <= 0:
        raise MalformedInput("lists nested too deep", f"byte {start}", code="rlp.too_deep")
    items: list[Item] = []
    position = body
    while position < end:
        item, position = _decode_item(data, position, end, depth - 1)
        items.append(item)
    return items, end


def _bounds(data: bytes, start: int, limit: int, code: int) -> tuple[int, int]:
    body, length = start + 1, code
    if code > _SHORT:
        digits = data[body : min(body + code - _SHORT, limit)]
        body += code - _SHORT
        length = int.from_bytes(digits, "big")
        if len(digits) != code - _SHORT:
            raise MalformedInput("cut short", f"byte {start}", code="rlp.short")
        if digits[0] == 0 or length <= _SHORT:
            raise MalformedInput(
                "a length must be written as short as can be", f"byte {start}", code="rlp.canonical"
            )
    if body + length > limit:
        raise MalformedInput("cut short", f"byte {start}", code="rlp.short")
    return body, body + length
