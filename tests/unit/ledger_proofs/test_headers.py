"""RLP and block headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rlp as reference
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs import rlp
from ledger_proofs.errors import MalformedInput
from ledger_proofs.headers import encode_header, header_hash, parse_header

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())
items = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


def unhexed(item: Any) -> Any:
    return [unhexed(each) for each in item] if isinstance(item, list) else bytes.fromhex(item)


def depth_of(item: Any) -> int:
    return 1 + max(map(depth_of, item), default=0) if isinstance(item, list) else 0


def genesis_fields() -> list[bytes | int]:
    fields = VECTORS["ethereum_genesis_header"]["fields"]
    return [
        bytes(256) if each == "zero256" else bytes.fromhex(each) if isinstance(each, str) else each
        for each in fields
    ]


@pytest.mark.parametrize("case", VECTORS["rlp"]["cases"], ids=lambda case: case["encoded"][:16])
def test_rlp_is_as_published(case: dict[str, Any]) -> None:
    item = unhexed(case["item"])
    assert rlp.encode(item).hex() == case["encoded"]
    assert rlp.decode(bytes.fromhex(case["encoded"])) == item


@given(items.filter(lambda item: depth_of(item) <= rlp.MAX_DEPTH))
def test_rlp_agrees_with_an_independent_implementation(item: Any) -> None:
    assert rlp.encode(item) == reference.encode(item)
    assert rlp.decode(rlp.encode(item)) == item


@given(st.integers(0, 2**256 - 1))
def test_integers_are_encoded_without_leading_zeros(number: int) -> None:
    assert rlp.encode(number) == reference.encode(number)


@given(st.binary(max_size=200))
def test_bytes_that_decode_are_the_one_encoding_of_what_they_decode_to(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except MalformedInput:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("", "rlp.short"),
        ("81", "rlp.short"),
        ("8300", "rlp.short"),
        ("b8", "rlp.short"),
        ("c2", "rlp.short"),
        ("f9ffff", "rlp.short"),
        ("bfffffffffffffffff", "rlp.short"),
        ("c183646f67", "rlp.short"),
        ("8100", "rlp.canonical"),
        ("817f", "rlp.canonical"),
        ("b80100", "rlp.canonical"),
        ("b90038" + "00" * 56, "rlp.canonical"),
        ("b837" + "ff" * 55, "rlp.canonical"),
        ("f837" + "01" * 55, "rlp.canonical"),
        ("8000", "rlp.trailing"),
        ("c0c0", "rlp.trailing"),
        ("c8c7c6c5c4c3c2c1c0", "rlp.too_deep"),
    ],
)
def test_other_bytes_are_refused(encoded: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        rlp.decode(bytes.fromhex(encoded))
    assert caught.value.code == code


@pytest.mark.parametrize("item", [-1, "text", None, True, 1.0, {"a": 1}])
def test_other_items_are_refused(item: Any) -> None:
    with pytest.raises(MalformedInput):
        rlp.encode(item)
    with pytest.raises(MalformedInput):
        rlp.encode([item])


def test_a_list_nested_too_deep_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(MalformedInput):
        rlp.encode(deep)


def test_the_genesis_header_of_ethereum_has_its_hash() -> None:
    encoded = encode_header(genesis_fields())
    assert header_hash(encoded).hex() == VECTORS["ethereum_genesis_header"]["hash"]
    header = parse_header(encoded)
    assert header.hash.hex() == VECTORS["ethereum_genesis_header"]["hash"]
    assert (header.number, header.gas_limit, header.difficulty) == (0, 5000, 17_179_869_184)
    assert header.later == ()


@pytest.mark.parametrize("later", [[7], [0, bytes(32)], [7, bytes(32), 0, 0, bytes(32), bytes(32)]])
def test_headers_of_later_forks_are_parsed(later: list[Any]) -> None:
    header = parse_header(encode_header([*genesis_fields(), *later]))
    assert len(header.later) == len(later)
    assert header.later[0] == (b"\x07" if later[0] else b"")


@pytest.mark.parametrize(
    ("position", "value", "code"),
    [
        (0, bytes(31), "header.field_length"),
        (2, bytes(32), "header.field_length"),
        (6, bytes(255), "header.field_length"),
        (14, b"", "header.field_length"),
        (8, b"\x00\x01", "header.number"),
        (11, b"\x01" * 9, "header.number"),
        (7, b"\x01" * 33, "header.number"),
        (12, [b"x"], "rlp.too_deep"),
    ],
)
def test_a_wrong_field_is_refused(position: int, value: Any, code: str) -> None:
    fields: list[Any] = genesis_fields()
    fields[position] = value
    with pytest.raises(MalformedInput) as caught:
        parse_header(rlp.encode(fields))
    assert caught.value.code == code


def test_other_lists_are_no_headers() -> None:
    for item in ([], [b""] * 14, [b""] * 33, b"text"):
        with pytest.raises(MalformedInput):
            parse_header(rlp.encode(item))
    with pytest.raises(MalformedInput):
        parse_header(rlp.encode([*genesis_fields()[:12], bytes(70_000), *genesis_fields()[13:]]))
    with pytest.raises(MalformedInput):
        parse_header("0x")  # type: ignore[arg-type]
