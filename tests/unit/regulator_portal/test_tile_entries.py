"""Tiles taken apart: entries are recognised, what isn't one is named, and a hole is found."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.entries import ENTRY_BYTES, Entry, parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.tiles import build_entry_bundle
from ledger_proofs.types import Commitment, Hash
from regulator_portal.mirror.tile_entries import build_rows, fetch_tile, split_entries
from regulator_portal.sources.errors import Withheld
from regulator_portal.sources.gateway import GatewayClient


def an_entry(number: int = 1) -> bytes:
    mark = number.to_bytes(32, "big")
    return Entry(3, Commitment(mark), Hash(mark), 2, 5, 9, Hash(mark)).to_bytes()


def test_rows_carry_kind_and_record() -> None:
    rows, malformed = build_rows(7, 40, [an_entry(1), an_entry(2)])
    assert [(row[0], row[1], row[3], row[4][-1], row[5]) for row in rows] == [
        (7, 40, 3, 1, "pending"),
        (7, 41, 3, 2, "pending"),
    ]
    assert malformed == []


@given(st.binary(min_size=ENTRY_BYTES, max_size=ENTRY_BYTES))
def test_what_the_core_refuses_as_an_entry_is_named_malformed(content: bytes) -> None:
    _rows, malformed = build_rows(1, 0, [content])
    try:
        parse_entry(content)
    except MalformedInput:
        assert malformed == [0]
    else:
        assert malformed == []


@pytest.mark.parametrize("place", [0, 29, 96, 123, 128, 151, 160, 183])
def test_one_bit_of_padding_makes_it_malformed(place: int) -> None:
    spoiled = bytearray(an_entry())
    spoiled[place] |= 0x80
    assert build_rows(1, 5, [an_entry(), bytes(spoiled)])[1] == [6]


@given(st.binary(max_size=1000), st.integers(1, 4))
def test_splitting_any_bytes_gives_entries_or_refuses(content: bytes, width: int) -> None:
    try:
        entries = split_entries(content, width)
    except MalformedInput:
        return
    assert build_entry_bundle(entries) == content


class _Holed:
    """Hands out tiles only up to a width."""

    def __init__(self, widest: int) -> None:
        self.widest = widest
        self.asked = 0

    def fetch_entries(self, _log: int, _tile: int, width: int) -> bytes:
        self.asked += 1
        if width > self.widest:
            raise Withheld("withheld.status_404", "no", "无")
        return build_entry_bundle([an_entry(number) for number in range(width)])


@pytest.mark.parametrize("widest", [0, 1, 2, 100, 254, 255])
def test_the_first_missing_entry_is_found_with_few_questions(widest: int) -> None:
    gateway = _Holed(widest)
    fetched = fetch_tile(cast("GatewayClient", gateway), 1, 0, 256)
    assert len(fetched.entries) == widest
    assert fetched.withheld is not None
    assert gateway.asked <= 9
