"""A record's fields: JSON Pointers (RFC 6901), and that a list with its values means one record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.errors import MalformedInput
from ledger_proofs.pointers import (
    Field,
    escape_token,
    list_fields,
    rebuild_record,
    unescape_token,
    verify_pointer_list,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["json_pointer"]

# Names that collide easily: numbers, escapes, empty, and neighbours of "/" in the order of bytes.
names = st.sampled_from(
    ["", "0", "1", "10", "2", "a", "a!", "a/b", "~", "~1", "药", "\U0001f600", "\ufb33"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3)
nodes = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)
records = st.dictionaries(names, nodes, min_size=1, max_size=4)


def test_the_pointers_are_those_of_rfc_6901() -> None:
    fields = dict(list_fields(VECTORS["document"]))
    assert fields["/foo"] == 2
    for pointer, value in VECTORS["values"].items():
        assert fields[pointer] == value


@given(records)
def test_a_record_is_rebuilt_from_its_fields(record: dict[str, Any]) -> None:
    fields = list_fields(record)
    rebuilt = rebuild_record(fields)
    assert rebuilt == record
    assert json.dumps(rebuilt, sort_keys=True) == json.dumps(record, sort_keys=True)


@given(records, records)
def test_two_records_never_have_the_same_fields(one: dict[str, Any], other: dict[str, Any]) -> None:
    def spelled(fields: list[Field]) -> str:
        return json.dumps(fields)

    same_records = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (spelled(list_fields(one)) == spelled(list_fields(other))) == same_records


@given(records)
def test_pointers_ascend_by_their_utf8_bytes(record: dict[str, Any]) -> None:
    pointers = [field.pointer.encode() for field in list_fields(record)]
    assert pointers == sorted(set(pointers))
    assert b"" not in pointers


@given(names)
def test_tokens_are_escaped_and_back(name: str) -> None:
    token = escape_token(name)
    assert "/" not in token
    assert unescape_token(token) == name


def test_an_array_and_an_object_of_the_same_shape_differ() -> None:
    assert list_fields({"a": ["x"]}) == [("/a", 1), ("/a/0", "x")]
    assert list_fields({"a": {"0": "x"}}) == [("/a/0", "x")]
    assert list_fields({"a": [], "b": {}}) == [("/a", []), ("/b", {})]


@pytest.mark.parametrize(
    ("pointers", "code"),
    [
        ([], "pointers.empty"),
        ([""], "pointers.syntax"),
        (["a"], "pointers.syntax"),
        (["/a~"], "pointers.syntax"),
        (["/a~2"], "pointers.syntax"),
        ([1], "pointers.syntax"),
        (["/b", "/a"], "pointers.order"),
        (["/a", "/a"], "pointers.order"),
        (["/\U0001f600", "/\ufb33"], "pointers.order"),
        (["/a", "/a/b"], "pointers.tree"),
        (["/a", "/a/1"], "pointers.tree"),
        (["/a", "/a/0", "/a/2"], "pointers.tree"),
        (["/a", "/a/0", "/a/00"], "pointers.tree"),
        (["/a", "/a/0", "/a/1", "/a/x"], "pointers.tree"),
        (["/a", "/a/-"], "pointers.tree"),
        (["/a", "/a/0", "/a/٠"], "pointers.tree"),
        (["/a" * 33], "json.too_deep"),
    ],
    ids=repr,
)
def test_a_list_that_is_no_records_is_refused(pointers: list[Any], code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        verify_pointer_list(pointers)
    assert caught.value.code == code


def test_an_array_of_objects_and_arrays_is_a_tree() -> None:
    lengths = verify_pointer_list(["/a", "/a/0/x", "/a/1", "/a/1/0", "/a/2"])
    assert lengths == {"/a": 3, "/a/1": 1}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([("/a", 2), ("/a/0", "x")], "field.array_length"),
        ([("/a", True), ("/a/0", "x")], "field.array_length"),
        ([("/a", "1"), ("/a/0", "x")], "field.array_length"),
        ([("/a", {"b": 1})], "field.container"),
        ([("/a", [1])], "field.container"),
    ],
    ids=repr,
)
def test_values_that_do_not_fit_their_place_are_refused(fields: list[Any], code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        rebuild_record(fields)
    assert caught.value.code == code


def test_bounds_of_depth_and_count() -> None:
    deep: Any = "x"
    for _ in range(32):
        deep = {"a": deep}
    assert rebuild_record(list_fields(deep)) == deep
    with pytest.raises(MalformedInput):
        list_fields({"a": deep})
    wide: Any = {"a": ["x"] * 4095}
    assert len(list_fields(wide)) == 4096
    for too_wide in (["x"] * 4096, ["x"] * 200_000, [["x"] * 64] * 64):
        with pytest.raises(MalformedInput) as caught:
            list_fields({"a": too_wide})
        assert caught.value.code == "record.too_many_fields"


@pytest.mark.parametrize("record", [{}, [], "x", None])
def test_only_a_filled_object_has_fields(record: Any) -> None:
    with pytest.raises(MalformedInput):
        list_fields(record)


def test_an_endless_record_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(MalformedInput):
        list_fields(endless)
