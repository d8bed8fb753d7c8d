"""Strict JSON and its canonical bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.canonical import canonical_bytes, parse_json, string_bytes
from ledger_proofs.errors import LedgerProofError, MalformedInput

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["jcs"]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def test_published_examples_have_their_canonical_bytes() -> None:
    literal, sorted_names = VECTORS["cases"]
    assert canonical_bytes(parse_json(literal["input"].encode())).hex() == literal["canonical"]
    canonical = canonical_bytes(parse_json(sorted_names["input"].encode()))
    assert list(json.loads(canonical).values()) == sorted_names["order"]


@given(values)
def test_canonical_bytes_parse_back_to_the_same_value_and_to_themselves(value: Any) -> None:
    canonical = canonical_bytes(value)
    assert canonical == rfc8785.dumps(value)
    parsed = parse_json(canonical, max_depth=64)
    assert parsed == value
    assert canonical_bytes(parsed) == canonical


@given(texts)
def test_a_string_alone_has_the_same_bytes(text: str) -> None:
    assert string_bytes(text) == rfc8785.dumps(text)


@given(st.lists(st.sampled_from(["[", "{", "]", "}", '"', "\\", "a", ":", ","]), max_size=30).map("".join))
def test_nesting_is_counted_outside_strings_only(text: str) -> None:
    parse_json(json.dumps([text, {text: [text]}], ensure_ascii=False).encode(), max_depth=3)
    with pytest.raises(MalformedInput) as caught:
        parse_json(json.dumps([text, {text: [text]}], ensure_ascii=False).encode(), max_depth=2)
    assert caught.value.code == "json.too_deep"


@given(values)
def test_any_spelling_of_a_value_has_one_canonical_form(value: Any) -> None:
    spelled = json.dumps(value, indent=3, ensure_ascii=True).encode()
    assert canonical_bytes(parse_json(spelled, max_depth=64)) == canonical_bytes(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b'{"a":1', "json.syntax"),
        (b'{"a":1}}', "json.syntax"),
        (b'{"a":1} 2', "json.syntax"),
        (b"[1,]", "json.syntax"),
        (b"{'a':1}", "json.syntax"),
        (b'"\x01"', "json.syntax"),
        (b'"\\x"', "json.syntax"),
        (b"01", "json.syntax"),
        (b"+1", "json.syntax"),
        (b"\xff", "json.not_utf8"),
        (b'"\xed\xa0\x80"', "json.not_utf8"),
        (b"\xef\xbb\xbf{}", "json.byte_order_mark"),
        ("{}".encode("utf-16"), "json.not_utf8"),
        (b'{"a":1,"a":1}', "json.duplicate_name"),
        (b'{"a":1,"\\u0061":2}', "json.duplicate_name"),
        (b'[{"a":{"b":1,"b":2}}]', "json.duplicate_name"),
        (b"1.0", "json.float"),
        (b"[1e3]", "json.float"),
        (b"[1E400]", "json.float"),
        (b"-0.0", "json.float"),
        (b"NaN", "json.float"),
        (b"[-Infinity]", "json.float"),
        (b"-0", "json.unsafe_integer"),
        (b"9007199254740992", "json.unsafe_integer"),
        (b"-9007199254740992", "json.unsafe_integer"),
        (b"1" * 5000, "json.unsafe_integer"),
        (b'"\\ud800"', "json.lone_surrogate"),
        (b'{"\\udc00":1}', "json.lone_surrogate"),
        (b'["\\ude00\\ud83d"]', "json.lone_surrogate"),
        (b"[" * 33 + b"]" * 33, "json.too_deep"),
        (b"[" * 100_000, "json.too_deep"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "json.too_deep"),
        (b'["\\"' + b"[" * 40 + b'",' + b"[" * 40, "json.too_deep"),
        (b" " * 262_145, "json.too_large"),
    ],
    ids=lambda part: repr(part[:24]) if isinstance(part, bytes) else part,
)
def test_what_readers_could_differ_on_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_json(text)
    assert caught.value.code == code


def test_brackets_and_escapes_inside_strings_are_no_nesting() -> None:
    brackets = "[{" * 100
    assert parse_json(json.dumps([brackets]).encode()) == [brackets]
    assert parse_json(json.dumps(['\\"' + brackets, "\\"]).encode()) == ['\\"' + brackets, "\\"]


def test_the_bounds_themselves_are_accepted() -> None:
    assert parse_json(b"[9007199254740991,-9007199254740991]") == [2**53 - 1, 1 - 2**53]
    parse_json(b"[" * 32 + b"]" * 32)
    assert parse_json(b'"' + b"a" * 262_142 + b'"')
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_text_given_for_bytes_is_refused() -> None:
    with pytest.raises(MalformedInput):
        parse_json("{}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, {1: 2}, [b""], {"a": object()}, [{1, 2}]],
    ids=repr,
)
def test_values_without_a_canonical_form_are_refused(value: Any) -> None:
    with pytest.raises(MalformedInput):
        canonical_bytes(value)


def test_a_value_nested_too_deep_or_into_itself_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(MalformedInput):
        canonical_bytes(deep)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(MalformedInput):
        canonical_bytes(endless)


def test_an_error_never_carries_the_text_that_it_refuses() -> None:
    for text in (
        b'{"name":"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e" 1}',
        b'{"secret":1.5}',
        b'{"secret":"\\ud800"}',
    ):
        with pytest.raises(LedgerProofError) as caught:
            parse_json(text)
        assert "王小明" not in str(caught.value)
        assert "secret" not in str(caught.value)
