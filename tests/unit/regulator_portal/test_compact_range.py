"""The compact range says the same root as the verification core's tree, however the leaves come."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs import merkle
from ledger_proofs.errors import HashInvalid
from regulator_portal.mirror.compact_range import CompactRange, hash_leaves, perfect_root

LEAVES = [hashlib.sha256(b"%d" % number).digest() for number in range(2_000)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=6))
def test_the_root_is_the_trees_however_the_leaves_come(pieces: list[int]) -> None:
    grown = CompactRange()
    size = 0
    for piece in pieces:
        piece = min(piece, len(LEAVES) - size)
        grown.append(LEAVES[size : size + piece])
        size += piece
        assert grown.size == size
        assert grown.root() == merkle.root(LEAVES[:size])
        grown = CompactRange(size, grown.to_bytes())


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 1023, 1024, 1025, 2000])
def test_every_edge_of_a_tile(size: int) -> None:
    grown = CompactRange()
    grown.append(LEAVES[:size])
    assert grown.root() == merkle.root(LEAVES[:size])
    assert len(grown.to_bytes()) == size.bit_count() * 32


def test_a_copy_grows_on_its_own() -> None:
    grown = CompactRange()
    grown.append(LEAVES[:5])
    other = grown.copy()
    other.append(LEAVES[5:9])
    assert (grown.size, other.size) == (5, 9)
    assert grown.root() == merkle.root(LEAVES[:5])


def test_a_range_with_hashes_too_few_or_many_is_refused() -> None:
    for roots in (b"", bytes(64), bytes(31)):
        with pytest.raises(HashInvalid):
            CompactRange(4, roots)


def test_leaves_and_perfect_subtrees_are_hashed_as_the_core_does() -> None:
    assert hash_leaves([b"", b"x"]) == [merkle.leaf_hash(b""), merkle.leaf_hash(b"x")]
    assert perfect_root(LEAVES[:256]) == merkle.root(LEAVES[:256])
