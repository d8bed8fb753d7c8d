"""The choice of a nonce: no gap, none twice, whatever is mined, live or given up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_api.anchoring.nonces import choose_nonce


def test_the_first_transaction_of_a_fresh_account() -> None:
    assert choose_nonce(0, [], 0) == 0


def test_an_account_that_was_used_elsewhere() -> None:
    assert choose_nonce(7, [], 3) == 7


def test_live_transactions_are_not_displaced() -> None:
    assert choose_nonce(4, [4, 5], 6) == 6


def test_a_nonce_that_was_given_up_is_given_out_again() -> None:
    assert choose_nonce(4, [5], 6) == 4


@given(
    mined=st.integers(0, 50),
    live=st.frozensets(st.integers(0, 60), max_size=10),
    given_out=st.integers(0, 60),
)
def test_it_is_the_lowest_that_is_free(mined: int, live: frozenset[int], given_out: int) -> None:
    next_unused = max([given_out, *(nonce + 1 for nonce in live)])
    nonce = choose_nonce(mined, live, next_unused)
    assert nonce >= mined
    assert nonce not in live
    assert all(below in live for below in range(mined, nonce))
