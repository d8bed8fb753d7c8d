"""Items encoded once and put together later are the very bytes that the ABI asks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_chain.batches import (
    ITEMS_OF,
    Item,
    batch_bytes,
    build_batch_call,
    checkpoints_of,
    earliest_moment_of,
    encode_item,
    function_of,
    gas_of_item,
    statement_of,
    subject_of,
)
from ledger_chain.items import (
    ClaimRef,
    DispenseItem,
    EntryProof,
    Grant,
    RestoreItem,
    ReverseItem,
    SettleItem,
    Spend,
    VoidItem,
    as_abi,
)
from ledger_chain.register_events import Act
from ledger_chain.transactions import MAX_BATCH_ITEMS, batch_call
from ledger_proofs.eip712 import ClaimUse, PackUse
from ledger_proofs.entries import Entry
from ledger_proofs.types import Address, ClaimKey, Commitment, Hash, LogId, PackToken, Signature

words = st.binary(min_size=32, max_size=32)
small = st.integers(0, 2**32 - 1)
moments = st.integers(0, 2**53 - 1)
signatures = st.binary(min_size=65, max_size=65).map(Signature)
entries = st.builds(
    Entry,
    st.integers(0, 2**16 - 1),
    words.map(Commitment),
    words.map(Hash),
    small,
    moments,
    moments,
    words.map(Hash),
)
proofs = st.builds(
    EntryProof,
    moments.map(LogId),
    moments,
    moments,
    st.lists(words.map(Hash), max_size=4).map(tuple),
    entries,
    moments,
    signatures,
    small,
)
grants = st.builds(
    Grant, proofs, st.lists(st.binary(min_size=20, max_size=20).map(Address), max_size=3).map(tuple)
)
refs = st.builds(ClaimRef, st.just(0), small, small, moments, st.one_of(st.just(b""), signatures))
packs = st.builds(PackUse, words.map(PackToken), small, st.integers(1, 2**32 - 1))
uses = st.builds(ClaimUse, words.map(ClaimKey), small)
spends = st.builds(
    Spend,
    st.integers(0, 2**16 - 1),
    small,
    small,
    st.lists(uses, max_size=3).map(tuple),
    st.lists(packs, max_size=2).map(tuple),
    words.map(Commitment),
    moments,
)
positions = st.lists(st.integers(0, 63), max_size=3).map(tuple)
ITEMS: dict[Act, st.SearchStrategy[Item]] = {
    Act.DISPENSE: st.builds(
        DispenseItem,
        small,
        words.map(Commitment),
        st.lists(grants, min_size=1, max_size=2).map(tuple),
        st.lists(refs, max_size=3).map(tuple),
        st.lists(packs, max_size=2).map(tuple),
    ),
    Act.SETTLE: st.builds(SettleItem, spends, proofs, small, positions, words.map(Commitment), words),
    Act.VOID: st.builds(
        VoidItem,
        st.integers(0, 2**16 - 1),
        words.map(Commitment),
        moments,
        positions,
        words.map(Commitment),
        words,
    ),
    Act.RESTORE: st.builds(RestoreItem, spends, words.map(Commitment), words),
    Act.REVERSE: st.builds(ReverseItem, spends, positions, words.map(Commitment), words),
}
batches = st.sampled_from(list(Act)).flatmap(
    lambda act: st.tuples(st.just(act), st.lists(ITEMS[act], min_size=1, max_size=4))
)


@settings(deadline=None)
@given(batches)
def test_a_batch_of_encoded_items_is_the_call_that_the_abi_encodes(batch: tuple[Act, list[Item]]) -> None:
    act, items = batch
    encoded = [encode_item(act, item) for item in items]
    call = build_batch_call(act, encoded)
    assert call == batch_call(function_of(act), [as_abi(item) for item in items])
    assert batch_bytes(encoded) == len(call)


@settings(deadline=None)
@given(batches)
def test_what_is_read_off_an_item_is_what_it_says(batch: tuple[Act, list[Item]]) -> None:
    act, items = batch
    for item in items:
        encoded = encode_item(act, item)
        assert subject_of(item) in encoded and statement_of(item) in encoded
        assert gas_of_item(item, encoded) > 20 * len(encoded)
        assert earliest_moment_of(item) == 0 or act is Act.DISPENSE
        assert len(checkpoints_of(item)) <= 2


@pytest.mark.parametrize("act", list(Act))
def test_another_acts_item_is_no_item_of_this_act(act: Act) -> None:
    restore = RestoreItem(Spend(1, 2, 3, (), (), Commitment(bytes(32)), 4), Commitment(bytes(32)), bytes(32))
    if ITEMS_OF[act] is RestoreItem:
        assert encode_item(act, restore)
        return
    with pytest.raises(TypeError, match=ITEMS_OF[act].__name__):
        encode_item(act, restore)


@pytest.mark.parametrize("encoded", [[], [b"\0" * 32] * (MAX_BATCH_ITEMS + 1), [b"\0" * 120_000]])
def test_a_batch_that_is_empty_or_too_large_is_refused(encoded: list[bytes]) -> None:
    with pytest.raises(ValueError, match="a batch has 1 to 100 items"):
        build_batch_call(Act.VOID, encoded)
