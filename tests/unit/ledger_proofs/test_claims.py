"""Claims: their keys, words and holders, as Solidity would compute them."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.claims import (
    MAX_RESTORE_COUNT,
    ClaimStatus,
    ClaimWord,
    PackWord,
    claim_key,
    holders_hash,
    parse_claim_word,
    parse_pack_word,
    use_digest,
)
from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput

words = st.binary(min_size=32, max_size=32)
uint32s, uint64s = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)


@given(uint32s, st.integers(0, 2**16 - 1), words, uint64s, uint32s)
def test_claim_keys_are_solidity_s(
    institution: int, kind: int, record: bytes, start: int, ordinal: int
) -> None:
    types = ["uint32", "uint16", "bytes32", "uint64", "uint32"]
    expected: bytes = keccak(encode(types, [institution, kind, record, start, ordinal]))
    assert claim_key(institution, kind, record, start, ordinal) == expected


@given(words, words, uint32s, uint64s)
def test_use_digests_are_the_low_240_bits(into: bytes, use: bytes, spender: int, time: int) -> None:
    preimage = encode(["bytes32", "bytes32", "uint32", "uint64"], [into, use, spender, time])
    assert use_digest(into, use, spender, time) == int.from_bytes(keccak(preimage)[2:], "big")


@given(st.lists(st.binary(min_size=20, max_size=20), min_size=1, max_size=5))
def test_the_holders_hash_is_eip_712_s_encoding_of_an_address_array(holders: list[bytes]) -> None:
    encoded = encode(["address[]"], [["0x" + holder.hex() for holder in holders]])
    # The dynamic array's own offset and length stand before its elements.
    assert holders_hash(holders) == keccak(encoded[64:])


def test_no_holders_hash_to_zero() -> None:
    assert holders_hash([]) == bytes(32)


@given(st.integers(0, 2**256 - 1))
def test_every_word_is_a_claim_word(number: int) -> None:
    parsed = parse_claim_word(number)
    assert parsed.to_int() == number
    assert parse_claim_word(parsed.to_bytes()) == parsed


@given(uint32s, uint32s, uint32s)
def test_pack_words_are_parsed_back(total: int, used: int, returned: int) -> None:
    pack = PackWord(total, used, returned)
    assert parse_pack_word(pack.to_int()) == pack
    assert parse_pack_word(pack.to_bytes()) == pack


def test_the_layout_of_words() -> None:
    assert ClaimWord(ClaimStatus.VOID, 1, 5).to_int() == 3 << 254 | 1 << 240 | 5
    assert PackWord(28, 7, 2).to_int() == 28 | 7 << 32 | 2 << 64


@pytest.mark.parametrize(
    "build",
    [
        lambda: ClaimWord(ClaimStatus.UNUSED, MAX_RESTORE_COUNT + 1, 0),
        lambda: ClaimWord(ClaimStatus.UNUSED, 0, 2**240),
        lambda: PackWord(2**32, 0, 0),
        lambda: parse_pack_word(1 << 96),
        lambda: parse_claim_word(2**256),
        lambda: parse_claim_word(-1),
        lambda: parse_claim_word(bytes(31)),
        lambda: claim_key(1, 1, bytes(31), 0, 0),
        lambda: claim_key(2**32, 1, bytes(32), 0, 0),
        lambda: holders_hash([bytes(32)]),
    ],
)
def test_values_out_of_range_are_refused(build: Any) -> None:
    with pytest.raises(MalformedInput):
        build()
