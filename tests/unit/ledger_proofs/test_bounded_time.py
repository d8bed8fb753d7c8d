"""Bounded time, at every bound (protocol, section 7.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.bounded_time import Outage, verify_bounded_time
from ledger_proofs.errors import FromTheFuture, MalformedInput, RecordLate

WINDOW, SIGNED = 86_400, 1_795_309_200


@pytest.mark.parametrize("anchored", [SIGNED - 300, SIGNED, SIGNED + 2, SIGNED + WINDOW])
def test_in_time_with_both_bounds_included(anchored: int) -> None:
    assert verify_bounded_time(SIGNED, anchored, WINDOW) is None


def test_a_second_beyond_the_skew_is_from_the_future() -> None:
    with pytest.raises(FromTheFuture):
        verify_bounded_time(SIGNED, SIGNED - 301, WINDOW)


def test_a_second_beyond_the_window_is_late() -> None:
    with pytest.raises(RecordLate):
        verify_bounded_time(SIGNED, SIGNED + WINDOW + 1, WINDOW)


@pytest.mark.parametrize(
    ("outage", "is_excused"),
    [
        (Outage(1, SIGNED + WINDOW, SIGNED + 1), True),
        (Outage(0, SIGNED + WINDOW, SIGNED + 1), True),
        (Outage(2, SIGNED + WINDOW, SIGNED + 1), False),
        (Outage(1, SIGNED + WINDOW + 1, SIGNED + 1), False),
        (Outage(1, SIGNED + WINDOW, SIGNED), False),
        (Outage(1, 0, SIGNED - 1), False),
    ],
)
def test_an_outage_excuses_within_its_bounds(outage: Outage, is_excused: bool) -> None:
    anchored = SIGNED + WINDOW + 1
    if is_excused:
        excuse = verify_bounded_time(SIGNED, anchored, WINDOW, institution=1, outages=[outage])
        assert excuse is outage
    else:
        with pytest.raises(RecordLate):
            verify_bounded_time(SIGNED, anchored, WINDOW, institution=1, outages=[outage])


def test_no_outage_excuses_the_future() -> None:
    always = Outage(0, 0, 2**63)
    with pytest.raises(FromTheFuture):
        verify_bounded_time(SIGNED, SIGNED - 301, WINDOW, outages=[always])


@given(signed=st.integers(0, 2**64 - 1), anchored=st.integers(0, 2**64 - 1))
def test_the_three_verdicts_are_the_protocol_s(signed: int, anchored: int) -> None:
    try:
        verify_bounded_time(signed, anchored, WINDOW)
        verdict = "in time"
    except FromTheFuture:
        verdict = "future"
    except RecordLate:
        verdict = "late"
    if signed > anchored + 300:
        assert verdict == "future"
    else:
        assert verdict == ("in time" if anchored <= signed + WINDOW else "late")


@pytest.mark.parametrize("time", [-1, 2**64, 1.0, True, None])
def test_times_that_cannot_be_are_refused(time: Any) -> None:
    with pytest.raises(MalformedInput):
        verify_bounded_time(time, SIGNED, WINDOW)
    with pytest.raises(MalformedInput):
        verify_bounded_time(SIGNED, time, WINDOW)
