"""Checkpoints: their stored words and slots."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.checkpoints import (
    Checkpoint,
    parse_checkpoint_words,
    verify_first_holder,
)
from ledger_proofs.digests import keccak
from ledger_proofs.errors import IndexOutOfRange, MalformedInput
from ledger_proofs.storage_layout import checkpoint_slots, claim_slot, pack_slot
from ledger_proofs.types import Hash, LogId, generation_of, institution_of, log_id
from tests.factories import seeded_bytes

uint32s, uint64s = st.integers(1, 2**32 - 1), st.integers(0, 2**64 - 1)
ROOT = Hash(seeded_bytes("root"))


@given(uint64s, st.integers(1, 2**64 - 1), st.data())
def test_words_are_parsed_back(log: int, size: int, data: st.DataObject) -> None:
    previous, anchored = data.draw(st.integers(0, size)), data.draw(uint64s)
    checkpoint = Checkpoint(LogId(log), size, ROOT, previous, anchored)
    assert parse_checkpoint_words(log, size, checkpoint.words()) == checkpoint


@given(uint64s, uint64s)
def test_slots_are_solidity_s(log: int, size: int) -> None:
    outer = keccak(encode(["uint64", "uint256"], [log, 0]))
    first = keccak(encode(["uint64", "bytes32"], [size, outer]))
    assert checkpoint_slots(log, size)[0] == first
    second = (int.from_bytes(first, "big") + 1) % 2**256
    assert checkpoint_slots(log, size)[1] == second.to_bytes(32, "big")


def test_claim_and_pack_slots_are_solidity_s() -> None:
    key = seeded_bytes("claim")
    assert claim_slot(key) == keccak(encode(["bytes32", "uint256"], [key, 0]))
    assert pack_slot(key) == keccak(encode(["bytes32", "uint256"], [key, 1]))


def test_zero_words_are_no_checkpoint() -> None:
    assert parse_checkpoint_words(1, 5, (bytes(32), bytes(32))) is None


@pytest.mark.parametrize(
    "words",
    [
        (ROOT, (6 << 64).to_bytes(32, "big")),
        (ROOT, (5 << 64 | 1 << 192).to_bytes(32, "big")),
        (ROOT, (5 << 64 | 6).to_bytes(32, "big")),
        (bytes(31), bytes(32)),
    ],
)
def test_words_of_something_else_are_refused(words: tuple[bytes, bytes]) -> None:
    with pytest.raises(MalformedInput):
        parse_checkpoint_words(1, 5, words)


def test_the_first_checkpoint_that_holds_an_entry() -> None:
    checkpoint = Checkpoint(LogId(1), 8, ROOT, 6, 0)
    for index in (6, 7):
        verify_first_holder(checkpoint, index)
    for wrong in (5, 8, -1, True):
        with pytest.raises(IndexOutOfRange):
            verify_first_holder(checkpoint, wrong)


def test_a_successor_s_first_checkpoint_holds_no_entries() -> None:
    opening = Checkpoint(LogId(2), 8, ROOT, 8, 0)
    for index in (7, 8):
        with pytest.raises(IndexOutOfRange):
            verify_first_holder(opening, index)


@given(uint32s, uint32s)
def test_logs_name_their_institution_and_generation(institution: int, generation: int) -> None:
    log = log_id(institution, generation)
    assert (institution_of(log), generation_of(log)) == (institution, generation)


@pytest.mark.parametrize(
    ("institution", "generation"), [(0, 1), (1, 0), (2**32, 1), (1, 2**32), (-1, 1), (True, 1)]
)
def test_logs_that_cannot_be_are_refused(institution: Any, generation: Any) -> None:
    with pytest.raises(MalformedInput):
        log_id(institution, generation)


@pytest.mark.parametrize(
    "members", [(1, 0, ROOT, 0, 0), (1, 5, ROOT, 6, 0), (1, 5, bytes(31), 0, 0), (1, 5, ROOT, 0, -1)]
)
def test_checkpoints_that_cannot_be_are_refused(members: Any) -> None:
    with pytest.raises(MalformedInput):
        Checkpoint(*members)
