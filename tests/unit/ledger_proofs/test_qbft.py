"""QBFT headers and seals: published ones, an independent signer's, and the history of validators."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import rlp as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs import headers, qbft
from ledger_proofs.digests import keccak
from ledger_proofs.errors import CannotCheck, LedgerProofError, MalformedInput, ProofInvalid
from ledger_proofs.types import Address, Hash
from ledger_proofs.validators import ValidatorHistory, ValidatorSet, verify_history, verify_sealed
from tests.factories import seeded_bytes
from tests.support.sealed_chain import SealedBlock, addresses_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["qbft"]
PUBLISHED = bytes.fromhex(VECTORS["header_before_bloom"] + "00" * 256 + VECTORS["header_after_bloom"])
STATE = seeded_bytes("state")
FOUR = addresses_of(range(4))


def block(number: int = 10, **changes: Any) -> SealedBlock:
    return SealedBlock(number, 1_795_309_200, STATE, **changes)


def parsed(number: int = 10, **changes: Any) -> qbft.SealedHeader:
    return qbft.parse_header(block(number, **changes).header())


def with_extra(extra: Any) -> bytes:
    fields = reference.decode(PUBLISHED)
    return bytes(reference.encode([*fields[:12], reference.encode(extra), *fields[13:]]))


def test_a_published_header_of_besu_is_read_and_its_seals_hold() -> None:
    header = qbft.parse_header(PUBLISHED)
    assert (header.number, header.header.timestamp) == (VECTORS["number"], VECTORS["timestamp"])
    assert (header.round, header.vote, len(header.seals)) == (VECTORS["round"], None, 3)
    assert header.header.state_root.hex() == VECTORS["state_root"]
    assert header.seal_hash.hex() == VECTORS["seal_hash"]
    validators = [Address(bytes.fromhex(each)) for each in VECTORS["validators"]]
    assert list(header.validators) == validators
    qbft.verify_commit_seals(header, validators)
    assert qbft.recover_sealers(header) == (validators[0], validators[3], validators[1])
    with pytest.raises(qbft.SealInvalid) as caught:
        qbft.verify_commit_seals(header, validators[1:])
    assert caught.value.code == "qbft.seal_stranger"


@pytest.mark.parametrize("case", VECTORS["extra"], ids=lambda case: f"round {case['round']}")
def test_published_extra_data_is_read(case: dict[str, Any]) -> None:
    fields = reference.decode(PUBLISHED)
    extra = bytes.fromhex(case["extra"])
    header = qbft.parse_header(reference.encode([*fields[:12], extra, *fields[13:]]))
    assert [each.hex() for each in header.validators] == case["validators"]
    assert (None if header.vote is None else [each.hex() for each in header.vote]) == case["vote"]
    assert (header.round, len(header.seals)) == (case["round"], case["seals"])


@given(
    round_number=st.integers(0, 2**32 - 1),
    vote=st.sampled_from([(), (b"\x07" * 20, b"\xff"), (b"\x07" * 20, b""), (b"\x07" * 20, b"\x00")]),
    later=st.sampled_from([[], [0], [7, bytes(32), 0, 0, bytes(32), bytes(32)]]),
)
@settings(max_examples=30, deadline=None)
def test_hashes_agree_with_an_independent_encoding(
    round_number: int, vote: tuple[bytes, ...], later: list[Any]
) -> None:
    made = block(round=round_number, vote=vote, later=later)
    header = qbft.parse_header(made.header())
    assert header.block_hash == qbft.block_hash(header) == qbft.chain_hash(made.header()) == made.block_hash()
    assert header.block_hash != headers.header_hash(made.header())
    qbft.verify_commit_seals(header, FOUR)
    assert header.vote == (vote or None)


def test_the_hash_of_another_chain_s_header_is_its_own() -> None:
    fields = reference.decode(PUBLISHED)
    other = reference.encode([*fields[:13], bytes(32), fields[14]])
    assert qbft.chain_hash(other) == keccak(other)
    with pytest.raises(MalformedInput) as caught:
        qbft.parse_header(other)
    assert caught.value.code == "qbft.other_consensus"


@pytest.mark.parametrize(
    "extra",
    [
        b"geth",
        [],
        [bytes(32), [], [], b""],
        [bytes(32), [], [], b"", [], []],
        [bytes(31), [], [], b"", []],
        [[], [], [], b"", []],
        [bytes(32), b"", [], b"", []],
        [bytes(32), [bytes(19)], [], b"", []],
        [bytes(32), [bytes(20), bytes(20)], [], b"", []],
        [bytes(32), [[]], [], b"", []],
        [bytes(32), [], b"", b"", []],
        [bytes(32), [], [bytes(20)], b"", []],
        [bytes(32), [], [bytes(20), b"\x01"], b"", []],
        [bytes(32), [], [bytes(19), b"\xff"], b"", []],
        [bytes(32), [], [], b"\x00\xfe\xdc\xba", []],
        [bytes(32), [], [], b"\x01" * 5, []],
        [bytes(32), [], [], [], []],
        [bytes(32), [], [], b"", b""],
        [bytes(32), [], [], b"", [bytes(64)]],
        [bytes(32), [], [], b"", [bytes(64) + b"\x1b"]],
        [bytes(32), [], [], b"", [bytes(65)] * 257],
    ],
)
def test_other_extra_data_is_refused(extra: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        qbft.parse_header(with_extra(extra))
    assert caught.value.code in {"qbft.extra", "rlp.trailing"}


@pytest.mark.parametrize(
    ("count", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)]
)
def test_a_quorum_is_two_thirds_rounded_up(count: int, needed: int) -> None:
    assert qbft.quorum(count) == needed
    numbers = tuple(range(count))
    qbft.verify_commit_seals(parsed(listed=numbers, sealers=numbers[:needed]), addresses_of(numbers))
    with pytest.raises(qbft.SealInvalid) as caught:
        qbft.verify_commit_seals(parsed(listed=numbers, sealers=numbers[: needed - 1]), addresses_of(numbers))
    assert caught.value.code == "qbft.seals_few"


def test_nobody_s_seals_are_not_enough() -> None:
    with pytest.raises(qbft.SealInvalid) as caught:
        qbft.verify_commit_seals(parsed(sealers=()), [])
    assert caught.value.code == "qbft.seals_few"


def test_a_seal_that_is_no_signature_is_refused() -> None:
    extra = reference.decode(reference.decode(PUBLISHED)[12])
    for seal in (bytes(65), b"\xff" * 64 + b"\x00", extra[4][0][:32] + b"\xff" * 32 + b"\x01"):
        header = qbft.parse_header(with_extra([*extra[:4], [*extra[4][:2], seal]]))
        with pytest.raises(qbft.SealInvalid) as caught:
            qbft.recover_sealers(header)
        assert (caught.value.code, caught.value.where) == ("qbft.seal_malformed", "seal 2")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 8 * len(PUBLISHED) - 1))
def test_a_header_with_one_bit_flipped_has_another_hash_or_no_seals(bit: int) -> None:
    content = bytearray(PUBLISHED)
    content[bit // 8] ^= 1 << bit % 8
    original = qbft.parse_header(PUBLISHED)
    try:
        header = qbft.parse_header(bytes(content))
        qbft.verify_commit_seals(header, original.validators)
    except LedgerProofError:
        return
    raise AssertionError("a changed header passed")


@given(st.binary(max_size=300))
def test_arbitrary_extra_data_never_crashes_the_reader(extra: bytes) -> None:
    fields = reference.decode(PUBLISHED)
    with suppress(MalformedInput):
        qbft.parse_header(reference.encode([*fields[:12], extra, *fields[13:]]))


def history(*sets: ValidatorSet, as_of_block: int = 100) -> ValidatorHistory:
    return ValidatorHistory(0, as_of_block, sets)


RECORDED = json.loads((Path(__file__).parents[2] / "vectors" / "qbft_headers.json").read_text())["headers"]


def test_recorded_headers_with_votes_and_rounds_have_their_hashes_seals_and_parents() -> None:
    recorded = [qbft.parse_header(bytes.fromhex(each["rlp"][2:])) for each in RECORDED]
    for header, stated in zip(recorded, RECORDED, strict=True):
        assert "0x" + header.block_hash.hex() == stated["hash"]
        assert (header.number, header.round) == (stated["number"], stated["round"])
        qbft.verify_commit_seals(header, header.validators)
    for parent, child in pairwise(recorded):
        assert child.header.parent_hash == parent.block_hash
    assert any(header.round for header in recorded)
    assert {header.vote[1] == qbft.VOTE_ADD for header in recorded if header.vote} == {True, False}
    assert {len(header.validators) for header in recorded} == {3, 4}


def test_a_recorded_change_is_checked_against_the_sets_before_it() -> None:
    recorded = [qbft.parse_header(bytes.fromhex(each["rlp"][2:])) for each in RECORDED]
    sets = [ValidatorSet(1, recorded[0].validators)]
    for header, stated in zip(recorded, RECORDED, strict=True):
        if frozenset(header.validators) != frozenset(sets[-1].validators):
            sets.append(ValidatorSet(header.number, header.validators, bytes.fromhex(stated["rlp"][2:])))
    known = history(*sets, as_of_block=recorded[-1].number)
    assert len(sets) == 3
    verify_history(known, Hash(bytes(32)))
    for header in recorded:
        verify_sealed(header, known)
    stale = history(sets[0], as_of_block=recorded[-1].number)
    with pytest.raises(ProofInvalid) as caught:
        verify_sealed(next(each for each in recorded if len(each.validators) == 3), stale)
    assert caught.value.code == "validators.mismatch"


def test_a_history_names_the_set_of_each_block() -> None:
    first, second = ValidatorSet(1, FOUR), ValidatorSet(50, addresses_of(range(5)))
    known = history(first, second)
    assert [known.set_at(number) for number in (0, 1, 49, 50, 51, 1000)] == [first] * 3 + [second] * 3


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        ((), "validators.order"),
        ((ValidatorSet(2, FOUR),), "validators.order"),
        ((ValidatorSet(1, FOUR), ValidatorSet(1, FOUR)), "validators.order"),
        ((ValidatorSet(1, FOUR), ValidatorSet(9, FOUR), ValidatorSet(8, FOUR)), "validators.order"),
        ((ValidatorSet(1, FOUR), ValidatorSet(101, FOUR)), "validators.order"),
        ((ValidatorSet(1, ()),), "validators.set"),
        ((ValidatorSet(1, (*FOUR, FOUR[0])),), "validators.set"),
    ],
)
def test_a_history_out_of_order_is_refused(sets: tuple[ValidatorSet, ...], code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        history(*sets)
    assert caught.value.code == code
    assert caught.value.where.startswith("/validators/history")


def test_a_carried_genesis_is_checked_against_the_pinned_one() -> None:
    genesis = block(0, sealers=())
    first = ValidatorSet(1, FOUR, genesis.header())
    verify_history(history(first), genesis.block_hash())
    with pytest.raises(ProofInvalid) as caught:
        verify_history(history(first), Hash(bytes(32)))
    assert caught.value.code == "validators.header"
    with pytest.raises(ProofInvalid) as caught:
        verify_history(history(ValidatorSet(1, FOUR[:3], genesis.header())), genesis.block_hash())
    assert caught.value.code == "validators.mismatch"


FIVE = (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": 50, "listed": FIVE, "sealers": (1, 2, 3, 4)}, ""),
        ({"number": 51, "listed": FIVE, "sealers": (1, 2, 3, 4)}, "validators.header"),
        ({"number": 50, "listed": FIVE, "sealers": (1, 2, 3)}, "qbft.seals_few"),
        ({"number": 50, "listed": (0, 1, 2, 3), "sealers": (0, 1, 2, 3)}, "validators.mismatch"),
        ({"number": 50, "listed": FIVE, "sealers": (1, 2, 3, 9)}, "qbft.seal_stranger"),
    ],
)
def test_a_carried_change_is_checked_by_its_seals(changes: dict[str, Any], code: str) -> None:
    number = changes.pop("number")
    change = ValidatorSet(50, addresses_of(FIVE), block(number, **changes).header())
    known = history(ValidatorSet(1, FOUR), change)
    if not code:
        verify_history(known, Hash(bytes(32)))
        return
    with pytest.raises(ProofInvalid) as caught:
        verify_history(known, Hash(bytes(32)))
    assert caught.value.code == code


def test_a_change_that_too_few_of_the_former_validators_sealed_is_refused() -> None:
    listed = (0, 5, 6, 7)
    for sealers, code in (((5, 6, 7), "validators.change_unsupported"), ((0, 5, 6), "")):
        for former in ((0, 1, 2, 3), (0, 1, 2)):
            header = block(50, listed=listed, sealers=sealers).header()
            known = history(
                ValidatorSet(1, addresses_of(former)), ValidatorSet(50, addresses_of(listed), header)
            )
            if len(former) == 3 and not code:
                verify_history(known, Hash(bytes(32)))
                continue
            with pytest.raises(ProofInvalid) as caught:
                verify_history(known, Hash(bytes(32)))
            assert caught.value.code == "validators.change_unsupported"


def test_nobody_seals_the_genesis() -> None:
    with pytest.raises(ProofInvalid) as caught:
        verify_sealed(parsed(0), history(ValidatorSet(1, FOUR)))
    assert caught.value.code == "validators.genesis"


def test_other_validators_after_the_last_known_block_could_not_be_checked() -> None:
    known = history(ValidatorSet(1, FOUR), as_of_block=9)
    assert verify_sealed(parsed(), known).validators == FOUR
    with pytest.raises(CannotCheck) as caught:
        verify_sealed(parsed(listed=FIVE, sealers=FIVE), known)
    assert caught.value.code == "validators.trust_outdated"
