"""Entries: the bytes of Solidity's `abi.encode`, and only these."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs import merkle
from ledger_proofs.entries import ENTRY_BYTES, Entry, parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import Commitment, Hash

words = st.binary(min_size=32, max_size=32)
entries = st.builds(
    Entry,
    kind=st.integers(0, 2**16 - 1),
    record=words.map(Commitment),
    author=words.map(Hash),
    claim_count=st.integers(0, 2**32 - 1),
    not_before=st.integers(0, 2**64 - 1),
    not_after=st.integers(0, 2**64 - 1),
    terms=words.map(Hash),
)


@given(entries)
def test_entry_bytes_are_solidity_s(entry: Entry) -> None:
    types = ["uint16", "bytes32", "bytes32", "uint32", "uint64", "uint64", "bytes32"]
    members = [entry.kind, entry.record, entry.author, entry.claim_count]
    members += [entry.not_before, entry.not_after, entry.terms]
    assert entry.to_bytes() == encode(types, members)
    assert len(entry.to_bytes()) == ENTRY_BYTES
    assert entry.leaf_hash() == merkle.leaf_hash(entry.to_bytes())


@given(entries)
def test_an_entry_is_parsed_back(entry: Entry) -> None:
    assert parse_entry(entry.to_bytes()) == entry


@given(st.binary(min_size=ENTRY_BYTES, max_size=ENTRY_BYTES) | entries.map(Entry.to_bytes), st.data())
def test_bytes_that_parse_are_the_bytes_of_what_they_parse_to(data: bytes, choice: st.DataObject) -> None:
    position = choice.draw(st.integers(0, ENTRY_BYTES - 1))
    mutated = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
    try:
        entry = parse_entry(mutated)
    except MalformedInput as error:
        assert error.code == "entry.padding"
    else:
        assert entry.to_bytes() == mutated


@pytest.mark.parametrize("data", [b"", bytes(223), bytes(225), "x" * 224, bytearray(224), None])
def test_other_lengths_and_types_are_refused(data: Any) -> None:
    with pytest.raises(MalformedInput):
        parse_entry(data)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("kind", 2**16),
        ("kind", -1),
        ("kind", True),
        ("record", bytes(31)),
        ("author", "0x"),
        ("claim_count", 2**32),
        ("not_before", 2**64),
        ("not_after", 1.0),
        ("terms", None),
    ],
)
def test_members_out_of_range_are_named(member: str, value: Any) -> None:
    members: dict[str, Any] = {
        "kind": 1,
        "record": bytes(32),
        "author": bytes(32),
        "claim_count": 1,
        "not_before": 0,
        "not_after": 0,
        "terms": bytes(32),
    }
    with pytest.raises(MalformedInput) as caught:
        Entry(**{**members, member: value})
    assert caught.value.path == member
