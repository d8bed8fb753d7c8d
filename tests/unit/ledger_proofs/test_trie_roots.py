"""Roots of ordered tries against an independent builder, for every shape that small lists can have."""

from __future__ import annotations

import rlp
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.trie_roots import build_ordered_root
from ledger_proofs.tries import EMPTY_TRIE
from tests.support.reference_trie import ReferenceTrie


def test_no_values_give_the_empty_root() -> None:
    assert build_ordered_root([]) == EMPTY_TRIE


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=300))
def test_the_root_is_that_of_an_independent_builder(values: list[bytes]) -> None:
    expected = ReferenceTrie({rlp.encode(number): value for number, value in enumerate(values)}).root()
    assert build_ordered_root(values) == expected
    assert build_ordered_root([*values, b"one more"]) != expected
