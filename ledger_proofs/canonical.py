"""Strict JSON in, canonical JSON out (RFC 8785, RFC 7493, protocol section 1).

What is hashed or signed must mean one thing to every reader, so everything on which JSON readers differ is
refused here: duplicate names, floats, NaN, unsafe integers, lone surrogates, byte-order marks, deep nesting.
"""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import Final, NoReturn

import rfc8785

from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import MAX_JSON_INTEGER, JsonValue

MAX_RECORD_BYTES: Final = 262_144
MAX_RECORD_DEPTH: Final = 32

_OPENING: Final = frozenset(b"[{")
_ALL_BUT_STRUCTURE: Final = bytes(set(range(256)) - set(b'[]{}"\\'))
# Possessive, so that hostile text can't make it backtrack; an unclosed string runs to the end.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_json(
    data: bytes, *, max_bytes: int = MAX_RECORD_BYTES, max_depth: int = MAX_RECORD_DEPTH
) -> JsonValue:
    """Parse one JSON document as strictly as a record is parsed.

    `max_bytes` bounds the document, `max_depth` how deep arrays and objects may nest. Raises `MalformedInput`
    for everything else than one well-formed document within these bounds.
    """
    if type(data) is not bytes:
        raise MalformedInput("the document must be given as bytes")
    if len(data) > max_bytes:
        raise MalformedInput(
            f"the document has {len(data)} bytes, more than the {max_bytes} allowed", code="json.too_large"
        )
    _verify_depth(data, max_depth)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("not UTF-8", f"byte {error.start}", code="json.not_utf8") from None
    if text.startswith("\ufeff"):
        raise MalformedInput("a byte-order mark: leave it out", "byte 0", code="json.byte_order_mark")
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedInput(
            f"not well-formed JSON ({error.msg})", f"character {error.pos}", code="json.syntax"
        ) from None
    # Raw UTF-8 can't hold a surrogate, only an escape can bring one in.
    if "\\u" in text:
        _verify_no_surrogates(value)
    return value


def canonical_bytes(value: JsonValue, *, max_depth: int = MAX_RECORD_DEPTH) -> bytes:
    """Return the RFC 8785 bytes of objects, arrays, strings, safe integers, booleans and null.

    Raises `MalformedInput` for anything else: a float, an unsafe integer, a lone surrogate, a name that isn't
    a string, too deep nesting.
    """
    if type(value) is str:
        return string_bytes(value)
    if type(value) is int and -MAX_JSON_INTEGER <= value <= MAX_JSON_INTEGER:
        return b"%d" % value
    _verify_canonical_domain(value, max_depth)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise MalformedInput("a string holds a lone surrogate", code="json.lone_surrogate") from None


def string_bytes(text: str) -> bytes:
    """Return the RFC 8785 bytes of a string."""
    # The standard library escapes exactly what RFC 8785 3.2.2.2 asks for when it isn't told to keep to ASCII.
    try:
        return encode_basestring(text).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedInput("a string holds a lone surrogate", code="json.lone_surrogate") from None


def _verify_depth(data: bytes, max_depth: int) -> None:
    structure = data.translate(None, _ALL_BUT_STRUCTURE).replace(b'""', b"")
    # Quotes left over enclose brackets or backslashes: then strings have to be told apart exactly.
    if b'"' in structure or b"\\" in structure:
        structure = _STRING.sub(b"", data).translate(None, _ALL_BUT_STRUCTURE)
    depth = 0
    for byte in structure:
        if byte in _OPENING:
            depth += 1
            if depth > max_depth:
                raise MalformedInput(f"nested deeper than {max_depth}", code="json.too_deep")
        else:
            depth -= 1


def _verify_no_surrogates(value: JsonValue) -> None:
    pending: list[object] = [value]
    while pending:
        node = pending.pop()
        if type(node) is str:
            if _SURROGATE.search(node):
                raise MalformedInput("a string holds a lone surrogate", code="json.lone_surrogate")
        elif type(node) is dict:
            pending.extend(node)
            pending.extend(node.values())
        elif type(node) is list:
            pending.extend(node)


def _verify_canonical_domain(value: JsonValue, max_depth: int) -> None:
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        node, depth = pending.pop()
        if node is None or type(node) is bool or type(node) is str:
            continue
        if type(node) is int:
            if not -MAX_JSON_INTEGER <= node <= MAX_JSON_INTEGER:
                raise MalformedInput("an integer is beyond 2^53-1", code="json.unsafe_integer")
        elif type(node) is dict or type(node) is list or type(node) is tuple:
            if depth > max_depth:
                raise MalformedInput(f"nested deeper than {max_depth}", code="json.too_deep")
            if type(node) is dict and not all(type(name) is str for name in node):
                raise MalformedInput("an object has a name that isn't a string")
            children = node.values() if type(node) is dict else node
            pending.extend((child, depth + 1) for child in children)
        else:
            raise MalformedInput(
                f"a {type(node).__name__} has no canonical form here; use a string or an integer",
                code="json.type",
            )


def _object_from_pairs(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedInput("an object has the same name twice", code="json.duplicate_name")
    return members


class _Integers(dict[str, int]):
    """Integers by their digits. Small ones are looked up: calling a function for each would cost more."""

    def __missing__(self, digits: str) -> int:
        # 2^53-1 has 16 digits; the length is looked at first, since converting long digits is slow.
        if len(digits) <= 17 and digits != "-0":
            number = int(digits)
            if -MAX_JSON_INTEGER <= number <= MAX_JSON_INTEGER:
                return number
        raise MalformedInput("an integer is beyond 2^53-1, or minus zero", code="json.unsafe_integer")


def _refuse_float(_: str) -> NoReturn:
    raise MalformedInput(
        "numbers with a point or an exponent are refused; write a decimal string or minor units",
        code="json.float",
    )


def _refuse_constant(_: str) -> NoReturn:
    raise MalformedInput("NaN and infinities aren't JSON", code="json.float")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object_from_pairs,
    parse_int=_Integers((str(number), number) for number in range(1024)).__getitem__,
    parse_float=_refuse_float,
    parse_constant=_refuse_constant,
)
