"""The verifier's fourth and fifth step: the anchor on the trusted chain, and the author's right to sign."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.reports import Outcome, Report, StepResult
from ledger_proofs.types import Address, Hash
from ledger_proofs.verifier import InstitutionState, verify_bundle
from tests.factories import ANCHORED_AT, BLOCK, HOSPITAL, SIGNED_AT, LedgerScene, build_scene, seeded_bytes

PASSED, FAILED, OPEN = Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_CHECK


def verified(scene: LedgerScene) -> Report:
    return verify_bundle(scene.bundle, scene.trust, scene.chain)


def step(report: Report, number: int) -> StepResult:
    return report.steps[number - 1]


def verdicts(report: Report) -> list[tuple[Outcome, str]]:
    return [(result.outcome, result.code) for result in report.steps]


def test_offline_the_anchor_stays_open_and_what_rests_on_it() -> None:
    scene = build_scene()
    report = verify_bundle(scene.bundle, scene.trust)
    premise = (OPEN, "premise.not_established")
    assert verdicts(report) == [
        *[(PASSED, "passed")] * 3,
        (OPEN, "anchor.offline"),
        *[premise] * 3,
    ]
    assert [result.where for result in report.steps[4:]] == ["4"] * 3
    assert report.outcome is OPEN
    assert report.as_of_block is None


def test_without_a_trust_no_chain_proves_anything() -> None:
    scene = build_scene()
    for chain in (None, scene.chain):
        report = verify_bundle(scene.bundle, None, chain)
        assert verdicts(report)[3] == (OPEN, "anchor.no_trust")
        assert report.outcome is OPEN


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"block_number": BLOCK - 1}, "block_hash"),
        ({"block_hash": Hash(bytes(32))}, "block_hash"),
        (
            {"block_number": BLOCK - 1, "block_hash": Hash(seeded_bytes(f"block {BLOCK - 1}"))},
            "block_number",
        ),
    ],
)
def test_a_block_that_the_chain_has_not_got_fails_without_a_header_too(
    change: dict[str, Any], where: str
) -> None:
    scene = build_scene()
    anchor = replace(scene.bundle.anchor, header=None, account_proof=None, storage_proofs=None, **change)
    result = step(verify_bundle(replace(scene.bundle, anchor=anchor), scene.trust, scene.chain), 4)
    assert (result.outcome, result.code, result.where) == (FAILED, "anchor.other_block", where)


def test_an_anchor_in_a_block_to_come_could_not_be_checked() -> None:
    scene = build_scene()
    anchor = replace(scene.bundle.anchor, header=None, block_number=scene.chain.head + 1)
    result = step(verify_bundle(replace(scene.bundle, anchor=anchor), scene.trust, scene.chain), 4)
    assert (result.outcome, result.code) == (OPEN, "anchor.node_behind")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain_id": 1}, "anchor.other_chain"),
        ({"genesis_hash": Hash(bytes(32))}, "anchor.other_chain"),
        ({"directory": Address(bytes(20))}, "anchor.other_contracts"),
        ({"checkpoint_log": Address(bytes(20))}, "anchor.other_contracts"),
        ({"claim_register": Address(bytes(20))}, "anchor.other_contracts"),
    ],
)
def test_a_bundle_of_another_chain_or_contract_fails_online_and_offline(
    change: dict[str, Any], code: str
) -> None:
    scene = build_scene()
    trust = replace(scene.trust, **change)
    for chain in (None, scene.chain):
        result = step(verify_bundle(scene.bundle, trust, chain), 4)
        assert (result.outcome, result.code, result.where) == (FAILED, code, next(iter(change)))


def test_a_node_of_another_chain_is_not_the_bundle_s_fault() -> None:
    scene = build_scene()
    chain = replace(scene.chain, trust=replace(scene.trust, chain_id=1))
    result = step(verify_bundle(scene.bundle, scene.trust, chain), 4)
    assert (result.outcome, result.code) == (OPEN, "anchor.node_on_other_chain")


def test_a_checkpoint_that_the_chain_has_not_got_fails() -> None:
    scene = build_scene()
    scene.chain.checkpoints.clear()
    assert verdicts(verified(scene))[3] == (FAILED, "anchor.not_recorded")


def test_a_node_that_lags_behind_leaves_it_open() -> None:
    scene = build_scene()
    scene.chain.checkpoints.clear()
    scene.chain.head = scene.bundle.anchor.block_number - 1
    assert verdicts(verified(scene))[3] == (OPEN, "anchor.node_behind")


@pytest.mark.parametrize("name", ["root", "previous_size", "anchored_at"])
def test_a_checkpoint_that_the_chain_has_otherwise_fails(name: str) -> None:
    scene = build_scene()
    key, checkpoint = next(iter(scene.chain.checkpoints.items()))
    other: dict[str, Any] = {"root": Hash(bytes(32)), "previous_size": 5, "anchored_at": ANCHORED_AT + 1}
    scene.chain.checkpoints[key] = replace(checkpoint, **{name: other[name]})
    result = step(verified(scene), 4)
    assert (result.outcome, result.code, result.where) == (FAILED, "anchor.mismatch", name)
    last = result.compared[-1]
    assert last.expected != last.observed


def test_a_barred_checkpoint_fails() -> None:
    scene = build_scene()
    scene.chain.barred.update(scene.chain.checkpoints)
    assert verdicts(verified(scene))[3] == (FAILED, "anchor.barred")


def test_a_signer_without_a_credential_fails() -> None:
    scene = build_scene()
    scene.chain.credentials.clear()
    result = step(verified(scene), 5)
    assert (result.outcome, result.code, result.where) == (FAILED, "author.not_entitled", "signed")


@pytest.mark.parametrize(
    ("revoked_from", "where"),
    [(SIGNED_AT, "signed"), (SIGNED_AT + 1, "anchoring"), (ANCHORED_AT, "anchoring")],
)
def test_a_credential_must_hold_at_both_times(revoked_from: int, where: str) -> None:
    scene = build_scene()
    scene.chain.revoked_from = revoked_from
    result = step(verified(scene), 5)
    assert (result.outcome, result.where) == (FAILED, where)


def test_a_credential_revoked_afterwards_still_counts() -> None:
    scene = build_scene()
    scene.chain.revoked_from = ANCHORED_AT + 1
    assert verified(scene).outcome is PASSED


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, "author.inactive"),
        (
            InstitutionState(HOSPITAL, InstitutionRole.HOSPITAL, InstitutionStatus.SUSPENDED),
            "author.inactive",
        ),
        (
            InstitutionState(HOSPITAL, InstitutionRole.PHARMACY, InstitutionStatus.ACTIVE),
            "author.wrong_role",
        ),
    ],
)
def test_the_institution_must_have_been_active_and_one_that_issues(
    state: InstitutionState | None, code: str
) -> None:
    scene = build_scene()
    scene.chain.institutions.clear()
    if state is not None:
        scene.chain.institutions[HOSPITAL] = state
    assert verdicts(verified(scene))[4] == (FAILED, code)


def test_an_institution_barred_since_fails() -> None:
    scene = build_scene()
    scene.chain.barred_institutions.add(HOSPITAL)
    assert verdicts(verified(scene))[4] == (FAILED, "author.institution_barred")


def test_a_forged_signature_fails_offline_too() -> None:
    scene = build_scene()
    authorship = replace(scene.bundle.authorship, signer=Address(seeded_bytes("somebody", 20)))
    report = verify_bundle(replace(scene.bundle, authorship=authorship))
    assert verdicts(report)[4] == (FAILED, "author.signer")
    assert report.outcome is FAILED
