"""What a liar may change in a bundle that needs no node: nothing that it proves, and nothing it seems to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rlp as reference

from ledger_proofs import qbft
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.errors import CannotCheck, LedgerProofError, ProofInvalid
from ledger_proofs.proven_state import ProvenState
from ledger_proofs.reports import Outcome
from ledger_proofs.signatures import CURVE_ORDER
from ledger_proofs.storage_layout import closing_slot
from ledger_proofs.trust_files import parse_trust_file
from ledger_proofs.verifier import verify_bundle
from tests.factories import ANCHORED_AT, BLOCK, SIGNED_AT, build_scene, dispensing_record
from tests.support.sealed_chain import (
    STATE_BLOCK,
    SealedBlock,
    addresses_of,
    build_sealed_scene,
    validator_key,
)

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
EXAMPLE = json.loads((EXAMPLES / "network.bundle.json").read_text())
TRUST = parse_trust_file((EXAMPLES / "network.trust.json").read_bytes()).trust
PASSED, FAILED, OPEN = Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_CHECK
SCENE = build_sealed_scene()
Place = tuple[str | int, ...]


def lists_in(node: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(node, dict):
        for name, each in node.items():
            yield from lists_in(each, (*place, name))
    if isinstance(node, list):
        yield place
        for number, each in enumerate(node):
            yield from lists_in(each, (*place, number))


def at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def pattern(place: Place) -> str:
    return "/".join("*" if isinstance(key, int) else key for key in place)


def edits_of(elements: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    for number in range(len(elements)):
        yield "without one", elements[:number] + elements[number + 1 :]
        yield "one twice", elements[: number + 1] + elements[number:]
        if number:
            before, after = elements[: number - 1], elements[number + 1 :]
            swapped = [*before, elements[number], elements[number - 1], *after]
            if swapped != elements:
                yield "in another order", swapped


def verdict(document: Any) -> Outcome:
    try:
        bundle = parse_bundle(json.dumps(document).encode())
    except LedgerProofError:
        return FAILED
    return verify_bundle(bundle, TRUST).outcome


def test_of_a_real_bundle_s_lists_only_the_order_of_what_is_proven_is_free() -> None:
    free = set()
    document = deepcopy(EXAMPLE)
    for place in [
        each for each in lists_in(EXAMPLE) if each[0] in ("anchor", "state", "claims", "inclusion")
    ]:
        holder, original = at(document, place[:-1]), at(EXAMPLE, place)
        for name, edited in edits_of(original):
            holder[place[-1]] = edited
            if verdict(document) is PASSED:
                free.add((pattern(place), name))
        holder[place[-1]] = original
    assert free == {
        ("state/accounts", "in another order"),
        ("state/accounts/*/storage", "in another order"),
        ("state/accounts/*/storage", "one twice"),
    }


def leaves_in(node: Any, place: Place = ()) -> Iterator[Place]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if children is None:
        yield place
        return
    for key, each in children:
        yield from leaves_in(each, (*place, key))


def changed_value(value: Any) -> Any:
    """Another value of the same form: one bit of a hash or blob, the next number, a longer text."""
    if isinstance(value, str) and value.startswith("0x"):
        content = bytearray.fromhex(value[2:])
        content[len(content) // 2] ^= 1
        return "0x" + content.hex()
    return value + 1 if type(value) is int else f"{value}x"


def test_of_a_real_bundle_s_values_only_the_transaction_s_hash_is_free() -> None:
    free = set()
    document = deepcopy(EXAMPLE)
    for place in leaves_in(EXAMPLE):
        if place[0] == "disclosure" and any(isinstance(key, int) and key > 2 for key in place):
            continue
        holder, original = at(document, place[:-1]), at(EXAMPLE, place)
        holder[place[-1]] = changed_value(original)
        if verdict(document) is PASSED:
            free.add(pattern(place))
        holder[place[-1]] = original
    assert free == {"anchor/transaction_hash"}


def seals_of(header: bytes) -> tuple[list[Any], list[bytes]]:
    fields = reference.decode(header)
    return fields, reference.decode(fields[12])[4]


@pytest.mark.parametrize("part", ["anchor", "state"])
def test_of_a_real_header_s_seals_only_their_order_is_free(part: str) -> None:
    header = bytes.fromhex(EXAMPLE[part]["header"][2:])
    fields, seals = seals_of(header)
    extra = reference.decode(fields[12])
    other = seals_of(bytes.fromhex(EXAMPLE["state" if part == "anchor" else "anchor"]["header"][2:]))[1]
    document = deepcopy(EXAMPLE)

    def outcome(changed: list[bytes]) -> Outcome:
        rebuilt = reference.encode([*fields[:12], reference.encode([*extra[:4], changed]), *fields[13:]])
        document[part]["header"] = "0x" + rebuilt.hex()
        return verdict(document)

    assert outcome(seals) is PASSED
    assert outcome([*reversed(seals)]) is PASSED
    for changed in ([], seals[:-1], [*seals, seals[0]], [*seals[:-1], seals[0]], [*seals, other[0]], other):
        assert outcome(changed) is FAILED


HOSTILE_HEADERS = {
    "a list of many": reference.encode([b"\x01"] * 60_000),
    "many seals": reference.encode([bytes(32), [], [], b"", [bytes(65)] * 900]),
    "nested deep": b"\xc7\xc6\xc5\xc4\xc3\xc2\xc1\xc0" * 8000,
    "a length beyond all": b"\xff" + b"\xff" * 8,
}


@pytest.mark.parametrize("extra", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
def test_a_hostile_header_is_refused_before_it_costs_anything(extra: bytes) -> None:
    fields = seals_of(bytes.fromhex(EXAMPLE["anchor"]["header"][2:]))[0]
    document = deepcopy(EXAMPLE)
    document["anchor"]["header"] = "0x" + reference.encode([*fields[:12], extra, *fields[13:]]).hex()
    fourth = verify_bundle(parse_bundle(json.dumps(document).encode()), TRUST).steps[3]
    assert fourth.outcome is FAILED
    assert fourth.code.startswith(("qbft.extra", "rlp."))
    assert fourth.message_zh


def test_of_a_real_bundle_s_members_none_may_be_left_out_or_added() -> None:
    def objects_in(node: Any, place: Place = ()) -> Iterator[Place]:
        children = (
            node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        )
        if isinstance(node, dict):
            yield place
        for key, each in children:
            yield from objects_in(each, (*place, key))

    document = deepcopy(EXAMPLE)
    for place in objects_in(EXAMPLE):
        members = at(document, place)
        for name in [*members, "more"]:
            kept = dict(members)
            members.pop(name, None)
            if name == "more":
                members[name] = None
            assert verdict(document) is FAILED, (place, name)
            members.clear()
            members.update(kept)
    assert verdict(document) is PASSED


def test_parts_of_two_bundles_don_t_make_a_third() -> None:
    """Headers, proofs and claims of one sealed chain, each genuine, put together anew."""
    here, there = SCENE.bundle, build_sealed_scene(build_scene(anchored_at=ANCHORED_AT + 60, size=12)).bundle
    assert here.state is not None
    assert there.state is not None
    mixed = [
        replace(here, anchor=there.anchor),
        replace(here, anchor=replace(here.anchor, header=there.anchor.header)),
        replace(
            here,
            anchor=replace(here.anchor, header=there.anchor.header, block_hash=there.anchor.block_hash),
        ),
        replace(here, anchor=replace(here.anchor, storage_proofs=there.anchor.storage_proofs)),
        replace(here, state=there.state),
        replace(here, state=replace(here.state, header=there.state.header)),
        replace(here, state=replace(here.state, accounts=there.state.accounts)),
        replace(here, checkpoint=there.checkpoint),
        replace(here, inclusion=there.inclusion),
        replace(here, checkpoint=there.checkpoint, inclusion=there.inclusion),
    ]
    passed = [
        number for number, bundle in enumerate(mixed) if verify_bundle(bundle, SCENE.trust).outcome is PASSED
    ]
    # The other bundle's state is as good: sealed, of the same block number, and it proves the same words.
    assert passed == [4]
    assert verify_bundle(there, SCENE.trust).outcome is PASSED


def test_a_state_that_nothing_asks_for_is_refused() -> None:
    scene = build_sealed_scene(build_scene(dispensing_record()))
    state = scene.bundle.state
    assert state is not None
    assert verify_bundle(scene.bundle, scene.trust).outcome is PASSED
    assert SCENE.bundle.state is not None
    unasked = replace(SCENE.bundle.state.accounts[2], proof=(b"anything",))
    assert unasked.address == scene.trust.claim_register
    fourth = verify_bundle(
        replace(scene.bundle, state=replace(state, accounts=(*state.accounts, unasked))), scene.trust
    ).steps[3]
    assert (fourth.outcome, fourth.code) == (FAILED, "state.accounts")


def test_a_proven_state_answers_for_its_own_block_alone() -> None:
    state = SCENE.bundle.state
    assert state is not None
    proven = ProvenState(qbft.parse_header(state.header), SCENE.trust, state)
    claim = SCENE.bundle.claims.words[0].claim
    assert proven.claim_word(claim, STATE_BLOCK) == 0
    for other in (STATE_BLOCK - 1, STATE_BLOCK + 1):
        with pytest.raises(CannotCheck) as caught:
            proven.claim_word(claim, other)
        assert caught.value.code == "state.other_block"


def test_a_block_older_than_its_checkpoint_does_not_hold_it() -> None:
    root = SCENE.states.root(SCENE.trust)
    for seconds, expected in ((-1, (FAILED, "anchor.header")), (0, (PASSED, "passed"))):
        block = SealedBlock(BLOCK, SCENE.bundle.checkpoint.anchored_at + seconds, root)
        anchor = replace(SCENE.bundle.anchor, header=block.header(), block_hash=block.block_hash())
        fourth = verify_bundle(replace(SCENE.bundle, anchor=anchor), SCENE.trust).steps[3]
        assert (fourth.outcome, fourth.code) == expected


def test_what_no_proof_shows_is_not_said_of_the_anchor() -> None:
    """A later block than the checkpoint's own may be stated: its log may have been closed by then."""
    scene = build_sealed_scene()
    log, size = scene.bundle.checkpoint.log, scene.bundle.checkpoint.size
    scene.states.storage["checkpoint_log"][closing_slot(log)] = (size - 1) | ANCHORED_AT << 64
    stripped = replace(scene.rebuilt().bundle, state=None)
    fourth = verify_bundle(stripped, scene.trust).steps[3]
    assert fourth.outcome is PASSED
    assert "not barred" not in fourth.message_en
    assert "未被封禁" not in fourth.message_zh
    assert "whether it was barred" in fourth.message_en
    assert "是否被封禁" in fourth.message_zh


def test_the_block_s_time_is_said() -> None:
    fourth = verify_bundle(SCENE.bundle, SCENE.trust).steps[3]
    for message in (fourth.message_en, fourth.message_zh):
        assert "2026-11-2" in message
        assert "trust file" not in message
        assert "信任文件" not in message


def test_a_block_after_the_last_known_one_is_said_to_be_so() -> None:
    history = SCENE.trust.validators
    assert history is not None
    trust = replace(SCENE.trust, validators=replace(history, as_of_block=STATE_BLOCK - 1))
    report = verify_bundle(SCENE.bundle, trust)
    assert report.outcome is PASSED
    assert f"the trust file knows the validators up to block {STATE_BLOCK - 1}" in report.steps[3].message_en
    assert f"信任文件所载验证节点截至区块 {STATE_BLOCK - 1}" in report.steps[3].message_zh


def test_a_time_beyond_the_calendar_is_shown_as_it_is() -> None:
    far = SealedBlock(STATE_BLOCK, 2**64 - 1, SCENE.states.root(SCENE.trust))
    state = SCENE.bundle.state
    assert state is not None
    fourth = verify_bundle(
        replace(SCENE.bundle, state=replace(state, header=far.header())), SCENE.trust
    ).steps[3]
    assert fourth.outcome is PASSED
    assert str(2**64 - 1) in fourth.message_en


def test_a_header_that_lists_others_is_not_said_to_prove_a_change() -> None:
    history = SCENE.trust.validators
    assert history is not None
    trust = replace(SCENE.trust, validators=replace(history, as_of_block=BLOCK - 1))
    forged = build_sealed_scene(listed=(5, 6, 7, 8), sealers=(5, 6, 7)).bundle
    fourth = verify_bundle(forged, trust).steps[3]
    assert (fourth.outcome, fourth.code) == (OPEN, "validators.trust_outdated")
    assert "may have changed" in fourth.message_en
    assert "可能" in fourth.message_zh
    assert "newer" in fourth.message_en


def sealed(seals: list[bytes]) -> qbft.SealedHeader:
    fields = reference.decode(SealedBlock(10, SIGNED_AT, bytes(32)).header())
    extra = reference.decode(fields[12])
    fields[12] = reference.encode([*extra[:4], seals])
    return qbft.parse_header(bytes(reference.encode(fields)))


GOOD = list(qbft.parse_header(SealedBlock(10, SIGNED_AT, bytes(32)).header()).seals)


def twin(seal: bytes) -> bytes:
    """The other signature that the same key could have made: s negated, v flipped."""
    s = CURVE_ORDER - int.from_bytes(seal[32:64], "big")
    return seal[:32] + s.to_bytes(32, "big") + bytes((1 - seal[64],))


@pytest.mark.parametrize(
    ("seals", "code"),
    [
        (GOOD, ""),
        ([GOOD[2], GOOD[0], GOOD[1]], ""),
        ([*GOOD, GOOD[0]], "qbft.seal_twice"),
        ([*GOOD[:2], twin(GOOD[2])], ""),
        ([*GOOD, twin(GOOD[2])], "qbft.seal_twice"),
        ([*GOOD[:2], GOOD[2][:64] + bytes((1 - GOOD[2][64],))], "qbft.seal_stranger"),
        ([*GOOD[:2], GOOD[2][:64] + bytes((27 + GOOD[2][64],))], "qbft.extra"),
        ([*GOOD[:2], bytes(65)], "qbft.seal_malformed"),
        ([*GOOD[:2], b""], "qbft.extra"),
    ],
)
def test_a_seal_counts_once_whichever_half_its_s_is_in(seals: list[bytes], code: str) -> None:
    def check() -> None:
        qbft.verify_commit_seals(sealed(seals), addresses_of(range(4)))

    if not code:
        check()
        return
    with pytest.raises(LedgerProofError) as caught:
        check()
    assert caught.value.code == code


def test_seals_of_another_round_or_without_a_round_are_not_this_block_s() -> None:
    block = SealedBlock(10, SIGNED_AT, bytes(32))
    for other in (replace(block, round=1), replace(block, number=11), replace(block, later=[7])):
        moved = [*qbft.parse_header(other.header()).seals]
        with pytest.raises(ProofInvalid) as caught:
            qbft.verify_commit_seals(sealed(moved), addresses_of(range(4)))
        assert caught.value.code == "qbft.seal_stranger"
    # What names the block isn't what is signed: the seals stand over the round that they were given in.
    later = qbft.parse_header(replace(block, round=1).header())
    assert later.block_hash == qbft.parse_header(block.header()).block_hash
    assert later.seal_hash != later.block_hash
    over_the_hash = [validator_key(n).sign_msg_hash(later.block_hash).to_bytes() for n in range(3)]
    fields = reference.decode(replace(block, round=1).header())
    extra = reference.decode(fields[12])
    fields[12] = reference.encode([*extra[:4], over_the_hash])
    with pytest.raises(ProofInvalid):
        qbft.verify_commit_seals(qbft.parse_header(bytes(reference.encode(fields))), addresses_of(range(4)))


def test_quorums_up_to_twenty() -> None:
    needed = [1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11, 12, 12, 13, 14]
    assert [qbft.quorum(count) for count in range(1, 21)] == needed
