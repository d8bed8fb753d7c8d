"""Verification without a node: seals and state proofs in place of a chain, and all of it broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs.bundle_proofs import AccountProof
from ledger_proofs.bundles import Bundle, bundle_as_json, bundle_to_json, parse_bundle
from ledger_proofs.chain_view import Trust
from ledger_proofs.digests import keccak
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.reports import Outcome
from ledger_proofs.storage_layout import (
    claim_slot,
    closing_slot,
    element_slot,
    outages_slot,
    states_slot,
    terms_slot,
)
from ledger_proofs.types import Address
from ledger_proofs.validators import ValidatorHistory, ValidatorSet
from ledger_proofs.verifier import verify_bundle
from tests.factories import ANCHORED_AT, BLOCK, HOSPITAL, SIGNED_AT, build_scene, seeded_bytes
from tests.support.reference_trie import secure
from tests.support.sealed_chain import (
    AS_OF_BLOCK,
    STATE_BLOCK,
    SealedScene,
    addresses_of,
    build_sealed_scene,
)

PASSED, FAILED, OPEN, LATE = Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_CHECK, Outcome.LATE
SCENE = build_sealed_scene()
PREMISE = (OPEN, "premise.not_established")


def verdicts(bundle: Bundle, trust: Trust = SCENE.trust) -> list[tuple[Outcome, str]]:
    return [(step.outcome, step.code) for step in verify_bundle(bundle, trust).steps]


def fourth(scene: SealedScene, **changes: Any) -> tuple[Outcome, str]:
    return verdicts(replace(scene.bundle, **changes), scene.trust)[3]


def with_sets(*sets: ValidatorSet, as_of_block: int = AS_OF_BLOCK) -> Trust:
    return replace(SCENE.trust, validators=ValidatorHistory(SIGNED_AT, as_of_block, sets))


def test_all_seven_steps_pass_without_a_node() -> None:
    report = verify_bundle(SCENE.bundle, SCENE.trust)
    assert [step.code for step in report.steps] == ["passed"] * 7
    assert (report.outcome, report.as_of_block) == (PASSED, STATE_BLOCK)
    assert f"block {STATE_BLOCK}" in report.steps[3].message_en
    assert "3 of 4 validators" in report.steps[3].message_en
    assert f"区块 {STATE_BLOCK}" in report.steps[6].message_zh


def test_headers_of_later_rounds_and_later_forks_verify_too() -> None:
    for changes in ({"round": 3}, {"later": [7]}, {"later": [0, bytes(32), 0, 0, bytes(32), bytes(32)]}):
        assert verify_bundle(build_sealed_scene(**changes).bundle, SCENE.trust).outcome is PASSED


def test_a_bundle_with_state_is_of_format_two_and_keeps_all_of_it() -> None:
    encoded = bundle_to_json(SCENE.bundle)
    assert json.loads(encoded)["format"] == "rxledger.bundle/2"
    assert parse_bundle(encoded) == SCENE.bundle
    plain = replace(SCENE.bundle, state=None)
    assert json.loads(bundle_to_json(plain))["format"] == "rxledger.bundle/1"
    assert parse_bundle(bundle_to_json(plain)) == plain


def test_without_proven_state_the_anchor_stands_and_the_rest_stays_open() -> None:
    found = verdicts(replace(SCENE.bundle, state=None))
    assert found[3:] == [
        (PASSED, "passed"),
        (OPEN, "chain.offline"),
        (PASSED, "passed"),
        (OPEN, "chain.offline"),
    ]


def test_a_trust_without_validators_leaves_the_anchor_open() -> None:
    for trust in (replace(SCENE.trust, validators=None), replace(SCENE.trust, code_hashes=None)):
        assert verdicts(SCENE.bundle, trust)[3:] == [(OPEN, "anchor.offline"), PREMISE, PREMISE, PREMISE]


def test_a_development_chain_s_bundle_never_passes_whatever_the_trust_file_says() -> None:
    scene = build_scene()
    trust = replace(scene.trust, validators=SCENE.trust.validators, code_hashes=SCENE.trust.code_hashes)
    report = verify_bundle(scene.bundle, trust)
    assert (report.steps[3].outcome, report.steps[3].code) == (OPEN, "anchor.not_sealed")
    assert report.outcome is OPEN
    assert "development chain" in report.steps[3].message_en
    assert "开发链" in report.steps[3].message_zh


@pytest.mark.parametrize("missing", ["header", "account_proof", "storage_proofs"])
def test_an_anchor_without_its_proof_could_not_be_checked(missing: str) -> None:
    anchor = replace(SCENE.bundle.anchor, **{missing: None})  # type: ignore[arg-type]
    assert fourth(SCENE, anchor=anchor) == (OPEN, "anchor.no_proof")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sealers": (0, 1)}, "qbft.seals_few"),
        ({"sealers": ()}, "qbft.seals_few"),
        ({"sealers": (0, 1, 1)}, "qbft.seal_twice"),
        ({"sealers": (0, 1, 9)}, "qbft.seal_stranger"),
        ({"sealers": (0, 1, 2, 9)}, "qbft.seal_stranger"),
        ({"listed": (0, 1, 2, 9)}, "validators.mismatch"),
        ({"listed": (0, 1, 2)}, "validators.mismatch"),
        ({"listed": (5, 6, 7, 8), "sealers": (5, 6, 7)}, "validators.mismatch"),
    ],
)
def test_a_block_that_its_validators_did_not_seal_fails(changes: dict[str, Any], code: str) -> None:
    scene = build_sealed_scene(**changes)
    assert verdicts(scene.bundle)[3:] == [(FAILED, code), PREMISE, PREMISE, PREMISE]


def test_the_state_s_block_must_be_sealed_as_well() -> None:
    few = build_sealed_scene(sealers=(0, 1)).bundle.state
    assert fourth(SCENE, state=few) == (FAILED, "qbft.seals_few")


def test_a_change_of_validators_holds_from_its_block_on() -> None:
    former, current = ValidatorSet(1, addresses_of(range(5))), addresses_of(range(4))
    assert verify_bundle(SCENE.bundle, with_sets(former, ValidatorSet(BLOCK, current))).outcome is PASSED
    too_late = with_sets(former, ValidatorSet(BLOCK + 1, current))
    assert verdicts(SCENE.bundle, too_late)[3] == (FAILED, "validators.mismatch")


def test_validators_changed_after_the_trust_file_was_written_could_not_be_checked() -> None:
    trust = with_sets(ValidatorSet(1, addresses_of(range(5))), as_of_block=BLOCK - 1)
    assert verdicts(SCENE.bundle, trust)[3:] == [
        (OPEN, "validators.trust_outdated"),
        PREMISE,
        PREMISE,
        PREMISE,
    ]
    same = with_sets(ValidatorSet(1, addresses_of(range(4))), as_of_block=BLOCK - 1)
    assert verify_bundle(SCENE.bundle, same).outcome is PASSED


@pytest.mark.parametrize("name", ["directory", "checkpoint_log", "claim_register"])
def test_a_contract_of_other_code_fails_the_step_that_asks_it(name: str) -> None:
    scene = build_sealed_scene()
    scene.states.code[name] = seeded_bytes("other code")
    step = {"checkpoint_log": 4, "directory": 5, "claim_register": 7}[name]
    found = verdicts(scene.rebuilt().bundle)
    assert found[step - 1] == (FAILED, "state.code")
    assert [outcome for outcome, _ in found[: step - 1] if outcome is not PASSED] == []


def test_another_checkpoint_than_stated_in_the_storage_fails() -> None:
    scene = build_sealed_scene()
    slot = next(iter(scene.states.storage["checkpoint_log"]))
    scene.states.storage["checkpoint_log"][slot] ^= 1
    other = scene.rebuilt().bundle
    assert verdicts(other)[3] == (FAILED, "anchor.storage_proofs")
    lying = tuple(
        replace(each, value=stated.value)
        for each, stated in zip(
            other.anchor.storage_proofs or (), SCENE.bundle.anchor.storage_proofs or (), strict=True
        )
    )
    anchor = replace(other.anchor, storage_proofs=lying)
    assert verdicts(replace(other, anchor=anchor))[3] == (FAILED, "state.value")


def test_a_checkpoint_cut_off_by_a_closing_fails() -> None:
    scene = build_sealed_scene()
    log, size = scene.bundle.checkpoint.log, scene.bundle.checkpoint.size
    for closed_at, expected in ((size - 1, (FAILED, "anchor.barred")), (size, (PASSED, "passed"))):
        scene.states.storage["checkpoint_log"][closing_slot(log)] = closed_at | ANCHORED_AT << 64
        assert verdicts(scene.rebuilt().bundle)[3] == expected


def test_another_header_of_the_state_fails() -> None:
    def fails(code: str, **changes: Any) -> None:
        assert fourth(SCENE, **changes) == (FAILED, code)

    fails("state.header", claims=replace(SCENE.bundle.claims, as_of_block=STATE_BLOCK + 1))
    older = build_sealed_scene(state_block=BLOCK - 1).bundle
    fails("state.older", state=older.state, claims=older.claims)
    same = build_sealed_scene(state_block=BLOCK).bundle
    fails("state.header", state=same.state, claims=same.claims)
    state = SCENE.bundle.state
    assert state is not None
    fails("state.accounts", state=replace(state, accounts=state.accounts * 2))
    stranger = replace(state.accounts[0], address=Address(bytes(20)))
    fails("state.accounts", state=replace(state, accounts=(stranger, *state.accounts[1:])))


def test_a_state_of_an_unsealed_header_could_not_be_checked() -> None:
    state = SCENE.bundle.state
    header = build_scene().bundle.anchor.header
    assert state is not None
    assert header is not None
    assert fourth(SCENE, state=replace(state, header=header)) == (OPEN, "anchor.not_sealed")


@pytest.mark.parametrize(("name", "step"), [("checkpoint_log", 4), ("directory", 5), ("claim_register", 7)])
def test_a_contract_or_word_that_is_not_proven_leaves_its_step_open(name: str, step: int) -> None:
    state = SCENE.bundle.state
    assert state is not None
    address = getattr(SCENE.trust, name)
    absent = replace(state, accounts=tuple(each for each in state.accounts if each.address != address))
    bare = replace(
        state,
        accounts=tuple(
            replace(each, storage=each.storage[1:]) if each.address == address else each
            for each in state.accounts
        ),
    )
    for changed, code in ((absent, "state.account_missing"), (bare, "state.slot_missing")):
        found = verdicts(replace(SCENE.bundle, state=changed))
        assert found[step - 1] == (OPEN, code)
        assert FAILED not in [outcome for outcome, _ in found]


def test_no_contract_at_the_address_fails() -> None:
    scene = build_sealed_scene()
    trust = replace(SCENE.trust, claim_register=Address(seeded_bytes("nobody", 20)))
    anchor = replace(scene.bundle.anchor, claim_register=trust.claim_register)
    state = scene.bundle.state
    assert state is not None
    absence = secure(scene.states.accounts(SCENE.trust)).prove(keccak(trust.claim_register))
    absent = AccountProof(trust.claim_register, absence, ())
    bundle = replace(
        scene.bundle, anchor=anchor, state=replace(state, accounts=(*state.accounts[:2], absent))
    )
    # Who signed for this register signed something else for another: the author's step fails too.
    assert verdicts(bundle, trust)[6] == (FAILED, "state.no_account")


TERMS = terms_slot(HOSPITAL, 1, SCENE.bundle.authorship.signer)
STATES = states_slot(HOSPITAL)
NEVER = 2**64 - 1


@pytest.mark.parametrize(
    ("slot", "word", "code"),
    [
        (element_slot(TERMS, 0), (SIGNED_AT + 1) | NEVER << 64 | NEVER << 128, "author.not_entitled"),
        (element_slot(TERMS, 0), 1 | (ANCHORED_AT - 1) << 64 | NEVER << 128, "author.not_entitled"),
        (element_slot(TERMS, 0), 1 | NEVER << 64 | ANCHORED_AT << 128, "author.not_entitled"),
        (TERMS, 0, "author.not_entitled"),
        (element_slot(STATES, 0), 1 | 1 << 64 | 2 << 128 | 1 << 136, "author.inactive"),
        (element_slot(STATES, 0), 1 | 1 << 64 | 1 << 128 | 2 << 136, "author.wrong_role"),
        (element_slot(STATES, 0), (ANCHORED_AT + 1) | 1 << 64 | 1 << 128 | 1 << 136, "author.inactive"),
        (STATES, 0, "author.inactive"),
        (element_slot(STATES, 0), 1 | 1 << 64 | 9 << 128 | 1 << 136, "state.word"),
    ],
)
def test_an_author_who_was_not_entitled_fails(slot: bytes, word: int, code: str) -> None:
    scene = build_sealed_scene()
    scene.states.storage["directory"][slot] = word
    assert verdicts(scene.rebuilt().bundle)[4] == (FAILED, code)


def test_an_institution_barred_by_the_state_s_block_fails() -> None:
    scene = build_sealed_scene()
    directory = scene.states.storage["directory"]
    directory[STATES] = 2
    directory[element_slot(STATES, 1)] = (ANCHORED_AT + 10) | 1 << 64 | 3 << 128 | 1 << 136
    asked = {**scene.asked, "directory": [*scene.asked["directory"], element_slot(STATES, 1)]}
    barred = replace(scene, asked=asked).rebuilt().bundle
    assert verdicts(barred)[4] == (FAILED, "author.institution_barred")
    # Leaving the later state out is no way around: the list's length is proven too.
    assert verdicts(scene.rebuilt().bundle)[4] == (OPEN, "state.slot_missing")


def test_a_list_longer_than_can_be_proven_leaves_its_step_open() -> None:
    scene = build_sealed_scene()
    scene.states.storage["directory"][TERMS] = 2**255
    assert verdicts(scene.rebuilt().bundle)[4] == (OPEN, "state.slot_missing")


def test_lateness_is_judged_by_the_outages_that_are_proven() -> None:
    late_at = SIGNED_AT + 2 * 86_400
    scene = build_sealed_scene(build_scene(anchored_at=late_at))
    assert verdicts(scene.bundle)[5] == (OPEN, "state.slot_missing")
    listed = [*scene.asked["directory"], outages_slot()]
    scene = replace(scene, asked={**scene.asked, "directory": listed}).rebuilt()
    assert verdicts(scene.bundle)[5] == (LATE, "time.late")
    scene.states.storage["directory"][outages_slot()] = 1
    outage = element_slot(outages_slot(), 0, 2)
    scene.states.storage["directory"][outage] = SIGNED_AT | late_at << 64 | late_at << 128 | HOSPITAL << 192
    assert verdicts(scene.rebuilt().bundle)[5] == (OPEN, "state.slot_missing")
    asked = {**scene.asked, "directory": [*scene.asked["directory"], outage]}
    excused = replace(scene, asked=asked).rebuilt()
    assert verdicts(excused.bundle)[5] == (PASSED, "passed")
    scene.states.storage["directory"][outage] += 1 << 192
    assert verdicts(replace(scene, asked=asked).rebuilt().bundle)[5] == (LATE, "time.late")


def test_a_claim_that_stands_otherwise_fails() -> None:
    scene = build_sealed_scene()
    claim = scene.bundle.claims.words[1].claim
    scene.states.storage["claim_register"][claim_slot(claim)] = 1 << 254
    found = verdicts(scene.rebuilt().bundle)
    assert found[:6] == [(PASSED, "passed")] * 6
    assert found[6] == (FAILED, "claims.word")


def document() -> Any:
    return json.loads(json.dumps(bundle_as_json(SCENE.bundle)))


def blobs(node: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [found for key, each in node.items() for found in blobs(each, (*place, key))]
    if isinstance(node, list):
        return [found for key, each in enumerate(node) for found in blobs(each, (*place, key))]
    return [place] if isinstance(node, str) and node.startswith("0x") else []


PLACES = [
    (part, *place)
    for part in ("anchor", "state", "claims")
    for place in blobs(document()[part])
    if place != ("transaction_hash",)
]


def step_of(place: tuple[Any, ...]) -> set[int]:
    if place[0] == "anchor" or place[:2] == ("state", "header"):
        return {4}
    if place[0] == "claims":
        return {7}
    if place[3] == "address":
        return {4}
    return {1: {4}, 0: {5}, 2: {7}}[place[2]]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.data())
def test_each_flipped_bit_fails_at_its_step_and_never_passes(
    place: tuple[Any, ...], data: st.DataObject
) -> None:
    changed = document()
    node = changed
    for key in place[:-1]:
        node = node[key]
    content = bytearray.fromhex(node[place[-1]][2:])
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    node[place[-1]] = "0x" + content.hex()
    report = verify_bundle(parse_bundle(json.dumps(changed).encode()), SCENE.trust)
    wrong = {step.number for step in report.steps if step.outcome is not PASSED}
    assert min(wrong) in step_of(place) | ({5} if place[-1] == "claim_register" else set())
    first = report.steps[min(wrong) - 1]
    # Another slot than the one asked for is no false statement, but the asked one is then missing.
    assert first.outcome is FAILED or (place[-1] == "slot" and first.outcome is OPEN)
    assert first.message_zh
    assert report.outcome is not PASSED


def test_parts_of_another_size_are_refused() -> None:
    for number in (4, 300):
        changed = document()
        if number == 4:
            changed["state"]["accounts"] = changed["state"]["accounts"] + [changed["state"]["accounts"][0]]
        else:
            storage = changed["state"]["accounts"][0]["storage"]
            changed["state"]["accounts"][0]["storage"] = storage * 65
        with pytest.raises(LedgerProofError) as caught:
            parse_bundle(json.dumps(changed).encode())
        assert caught.value.code == "bundle.too_many"


def test_a_state_is_strict_json() -> None:
    for edit in ({"header": None}, {"accounts": None}, {"more": 1}):
        changed = document()
        changed["state"].update(edit)
        with pytest.raises(LedgerProofError) as caught:
            parse_bundle(json.dumps(changed).encode())
        assert caught.value.code.startswith("bundle.")
