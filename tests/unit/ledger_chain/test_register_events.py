"""What a node gives as an event of the register is parsed to the last bit, or refused as a bad answer."""

from __future__ import annotations

import os

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_chain.answers import RawEvent
from ledger_chain.reader import ReaderBadAnswer
from ledger_chain.register_events import Act, Dispensed, Refused, parse_register_event
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import word
from ledger_proofs.types import Commitment, Hash

REFUSED = keccak(b"Refused(uint8,uint32,bytes32,uint256,bytes)")
DISPENSED = keccak(
    b"Dispensed(bytes32,uint32,uint32,uint16,uint64,bool,bytes32,(bytes32,uint32)[],(bytes32,uint32,uint32)[])"
)
SUBJECT = Commitment(os.urandom(32))


def _raw(content: bytes, *topics: bytes) -> RawEvent:
    return RawEvent(7, Hash(bytes(32)), Hash(bytes(32)), 2, tuple(Hash(topic) for topic in topics), content)


def test_a_refusal_says_which_item_of_which_act() -> None:
    content = encode(["uint256", "bytes"], [5, b"why"])
    event = parse_register_event(_raw(content, REFUSED, word(1), word(201), SUBJECT))
    assert isinstance(event, Refused)
    assert (event.act, event.institution, event.subject, event.index, event.reason) == (
        Act.SETTLE,
        201,
        SUBJECT,
        5,
        b"why",
    )
    assert (event.place.block_number, event.place.log_index) == (7, 2)


def test_a_use_says_its_claims_and_packs() -> None:
    types = ["uint16", "uint64", "bool", "bytes32", "(bytes32,uint32)[]", "(bytes32,uint32,uint32)[]"]
    claim, token, use_hash = os.urandom(32), os.urandom(32), os.urandom(32)
    content = encode(types, [1, 99, True, use_hash, [(claim, 3)], [(token, 24, 6)]])
    event = parse_register_event(_raw(content, DISPENSED, SUBJECT, word(201), word(301)))
    assert isinstance(event, Dispensed)
    assert (event.into, event.statement, event.spender, event.payer) == (SUBJECT, SUBJECT, 201, 301)
    assert (event.kind, event.time, event.is_offline, event.use_hash) == (1, 99, True, use_hash)
    assert [(use.claim, use.restore_count) for use in event.claims] == [(claim, 3)]
    assert [(pack.token, pack.total_units, pack.units_used) for pack in event.packs] == [(token, 24, 6)]


@pytest.mark.parametrize(
    "raw",
    [
        _raw(b""),
        _raw(b"", bytes(32)),
        _raw(b"", REFUSED),
        _raw(b"", REFUSED, word(1), word(201), SUBJECT),
        _raw(encode(["uint256", "bytes"], [5, b"why"]), REFUSED, word(1), word(201)),
        _raw(encode(["uint256", "bytes"], [5, b"why"]), REFUSED, word(9), word(201), SUBJECT),
        _raw(encode(["uint256", "bytes"], [5, b"why"])[:-32], REFUSED, word(1), word(201), SUBJECT),
    ],
    ids=["no-topic", "foreign", "no-subject", "empty", "two-topics", "sixth-act", "cut-off"],
)
def test_what_is_no_event_of_the_register_is_a_bad_answer(raw: RawEvent) -> None:
    with pytest.raises(ReaderBadAnswer):
        parse_register_event(raw)


@settings(deadline=None)
@given(st.binary(max_size=600), st.lists(st.binary(min_size=32, max_size=32), max_size=4))
def test_no_bytes_do_more_than_be_refused(content: bytes, topics: list[bytes]) -> None:
    for first in (REFUSED, DISPENSED):
        try:
            parse_register_event(_raw(content, first, *topics))
        except ReaderBadAnswer:
            continue
