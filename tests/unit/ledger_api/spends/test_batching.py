"""Which intents share a transaction, and which refusals are only a "not yet"."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_api.spends.batching import (
    MAX_BATCH_GAS,
    MOST_WAITING_SECONDS,
    choose_batch,
    earliest_retry,
    gas_for,
    may_be_own_effect,
)
from ledger_api.spends.models import Act, SpendIntent
from ledger_chain.batches import batch_bytes
from ledger_chain.contracts import encode_refusal
from ledger_chain.refusal_wording import decode_refusal
from ledger_chain.transactions import MAX_BATCH_BYTES, MAX_BATCH_ITEMS

NOW = 1_795_357_200


def _intent(size: int = 2_000, gas: int = 200_000, attempts: int = 0, enqueued_at: int = NOW) -> SpendIntent:
    return SpendIntent(
        institution=201,
        act=Act.DISPENSE,
        record_id="r",
        commitment=bytes(32),
        subject=bytes(32),
        item=bytes(size),
        gas=gas,
        checkpoints=[],
        enqueued_at=enqueued_at,
        attempts=attempts,
    )


intents = st.lists(
    st.builds(
        _intent,
        st.integers(200, 60_000),
        st.integers(50_000, 9_000_000),
        st.sampled_from([0, 0, 0, 0, 1, 2]),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(intents)
def test_a_batch_fits_takes_the_oldest_first_and_is_never_empty_for_nothing(
    candidates: list[SpendIntent],
) -> None:
    chosen = choose_batch(candidates)
    assert bool(chosen) == bool(candidates)
    if not chosen:
        return
    assert chosen[0] is candidates[0]
    assert len(chosen) <= MAX_BATCH_ITEMS
    assert batch_bytes([each.item for each in chosen]) <= MAX_BATCH_BYTES
    assert gas_for(chosen) <= MAX_BATCH_GAS
    place = {id(each): number for number, each in enumerate(candidates)}
    order = [place[id(each)] for each in chosen]
    assert order == sorted(order)


def test_a_batch_has_no_more_items_than_the_register_takes() -> None:
    assert len(choose_batch([_intent(300, 50_000)] * (MAX_BATCH_ITEMS + 5))) == MAX_BATCH_ITEMS


@settings(deadline=None)
@given(intents)
def test_what_failed_before_goes_alone(candidates: list[SpendIntent]) -> None:
    chosen = choose_batch(candidates)
    assert len(chosen) == 1 or all(each.attempts == 0 for each in chosen)


@settings(deadline=None)
@given(intents)
def test_every_candidate_has_its_turn(candidates: list[SpendIntent]) -> None:
    waiting, rounds = list(candidates), 0
    while waiting:
        chosen: Sequence[SpendIntent] = choose_batch(waiting)
        waiting = [each for each in waiting if all(each is not taken for taken in chosen)]
        rounds += 1
    assert rounds <= len(candidates)


def test_gas_grows_with_each_attempt_up_to_what_a_block_has() -> None:
    limits = [gas_for([_intent(attempts=attempts)]) for attempts in range(6)]
    assert limits == sorted(limits)
    assert limits[1] > 3 * limits[0]
    assert limits[-1] == MAX_BATCH_GAS


def test_a_window_that_hasnt_begun_is_waited_for() -> None:
    refusal = decode_refusal(encode_refusal("ClaimRegisterTooEarly", bytes(32), NOW + 50, NOW - 5))
    assert earliest_retry(refusal, _intent(), NOW) == NOW + 50
    begun = decode_refusal(encode_refusal("ClaimRegisterTooEarly", bytes(32), NOW - 1, NOW - 5))
    assert (earliest_retry(begun, _intent(), NOW) or 0) > NOW


@pytest.mark.parametrize(("age", "is_waited_for"), [(0, True), (MOST_WAITING_SECONDS + 1, False)])
def test_a_checkpoint_that_is_gone_is_waited_for_but_not_for_ever(age: int, is_waited_for: bool) -> None:
    refusal = decode_refusal(encode_refusal("CheckpointLogNotRecorded", 1 << 32 | 1, 5))
    found = earliest_retry(refusal, _intent(enqueued_at=NOW - age), NOW)
    assert (found is not None) == is_waited_for


@pytest.mark.parametrize(
    "name", ["ClaimRegisterNotUnused", "ClaimRegisterNotDispensed", "ClaimRegisterNotSettled"]
)
def test_a_claim_that_moved_already_is_final_but_may_be_our_own_doing(name: str) -> None:
    refusal = decode_refusal(encode_refusal(name, bytes(32), 1 << 254))
    assert earliest_retry(refusal, _intent(), NOW) is None
    assert may_be_own_effect(refusal)


def test_a_deadline_that_passed_is_final_and_nobodys_doing() -> None:
    refusal = decode_refusal(encode_refusal("ClaimRegisterDeadlinePassed", bytes(32), NOW - 5, NOW))
    assert earliest_retry(refusal, _intent(), NOW) is None
    assert not may_be_own_effect(refusal)
