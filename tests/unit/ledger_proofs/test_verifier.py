"""The verifier: every step's ways to fail, to be late and to stay open, online and offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger_proofs.bounded_time import Outage
from ledger_proofs.claims import ClaimStatus, ClaimWord
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.reports import Outcome, Report, StepResult, overall_outcome
from ledger_proofs.types import Hash, JsonValue
from ledger_proofs.verifier import verify_bundle
from ledger_proofs.wording import STEP_NAMES_ZH
from tests.factories import (
    HOSPITAL,
    SIGNED_AT,
    LedgerScene,
    build_scene,
    prescription_record,
)

PASSED, FAILED, LATE, OPEN = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.LATE,
    Outcome.COULD_NOT_CHECK,
)
DAY = 86_400


def verified(scene: LedgerScene) -> Report:
    return verify_bundle(scene.bundle, scene.trust, scene.chain)


def step(report: Report, number: int) -> StepResult:
    return report.steps[number - 1]


def verdicts(report: Report) -> list[tuple[Outcome, str]]:
    return [(result.outcome, result.code) for result in report.steps]


def test_a_true_record_passes_every_step() -> None:
    report = verified(build_scene())
    assert [result.number for result in report.steps] == list(range(1, 8))
    assert {result.outcome for result in report.steps} == {PASSED}
    assert report.outcome is PASSED
    assert report.as_of_block == 15
    assert "15" in step(report, 7).message_en


def test_each_step_says_what_it_compared() -> None:
    for result in verified(build_scene()).steps:
        assert result.compared
        assert all(each.expected == each.observed for each in result.compared if result.number != 6)


def test_progress_is_told_step_by_step() -> None:
    scene, seen = build_scene(), list[StepResult]()
    report = verify_bundle(scene.bundle, scene.trust, scene.chain, seen.append)
    assert tuple(seen) == report.steps


def test_a_record_of_two_windows_has_an_entry_for_each() -> None:
    record: Any = prescription_record()
    record["body"]["windows"].append(
        {"not_before": "2026-11-29T01:00:00Z", "not_after": "2026-12-01T15:59:59Z"}
    )
    second = {"not_before": 1_795_914_000, "not_after": 1_796_140_799}
    assert verified(build_scene(record)).outcome is PASSED
    assert verified(build_scene(record, entry_changes=second)).outcome is PASSED
    crossed = {"not_before": 1_795_914_000, "not_after": 1_795_914_001}
    assert step(verified(build_scene(record, entry_changes=crossed)), 2).code == "entry.mismatch"


def test_a_record_without_holders_has_terms_of_zero() -> None:
    scene = build_scene(prescription_record(holders=False))
    assert scene.bundle.entry.terms == bytes(32)
    assert verified(scene).outcome is PASSED


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"claim_count": 1}, "claim_count"),
        ({"not_after": 1_795_536_000}, "not_before"),
        ({"terms": Hash(bytes(32))}, "terms"),
    ],
)
def test_a_signed_entry_that_says_more_than_its_record_fails(changes: dict[str, Any], where: str) -> None:
    report = verified(build_scene(entry_changes=changes))
    assert (step(report, 2).outcome, step(report, 2).where) == (FAILED, where)
    assert step(report, 5).outcome is PASSED


def test_only_what_is_needed_has_to_be_disclosed() -> None:
    needed = ("/schema", "/issuer", "/issued_at", "/body/windows/0/not_before", "/body/windows/0/not_after")
    pointers = build_scene().bundle.disclosure.pointers
    disclosed = [
        number
        for number, pointer in enumerate(pointers, 1)
        if pointer in needed or pointer.startswith("/body/holders/")
    ]
    scene = build_scene(disclosed=disclosed)
    assert verified(scene).outcome is PASSED
    for left_out in disclosed:
        fewer = [number for number in disclosed if number != left_out]
        result = step(verified(build_scene(disclosed=fewer)), 2)
        assert (result.outcome, result.code) == (OPEN, "entry.withheld")


def test_a_contradiction_counts_for_more_than_a_withheld_field() -> None:
    pointers = build_scene().bundle.disclosure.pointers
    disclosed = [number for number, pointer in enumerate(pointers, 1) if pointer != "/schema"]
    scene = build_scene(disclosed=disclosed, signed_at=SIGNED_AT + 1)
    result = step(verified(scene), 2)
    assert (result.outcome, result.code) == (FAILED, "entry.signed_at")


def with_schema(schema: str) -> dict[str, JsonValue]:
    return {**prescription_record(), "schema": schema}


@pytest.mark.parametrize(
    ("record", "code", "where"),
    [
        ({**prescription_record(), "note": "not dispensed twice"}, "record.member_unknown", ""),
        (
            {name: value for name, value in prescription_record().items() if name != "id"},
            "record.member_missing",
            "/id",
        ),
    ],
)
def test_what_has_other_members_than_a_record_fails(
    record: dict[str, JsonValue], code: str, where: str
) -> None:
    result = step(verified(build_scene(record)), 2)
    assert (result.outcome, result.code, result.where) == (FAILED, code, where)


def test_a_schema_version_that_is_not_known_could_not_be_checked() -> None:
    result = step(verified(build_scene(with_schema("rx.prescription/2"))), 2)
    assert (result.outcome, result.code) == (OPEN, "kind.schema_version")


@pytest.mark.parametrize(
    ("record", "kind"),
    [({**prescription_record(), "schema": "rx.review/1", "body": {"opinion": "approved"}}, "review")],
)
def test_a_record_without_claims_has_nothing_to_state(record: dict[str, JsonValue], kind: str) -> None:
    scene = build_scene(record)
    assert verdicts(verified(scene)) == [(PASSED, "passed")] * 7
    # A review is a pharmacist's: the same signer, enrolled as a doctor, isn't entitled.
    scene.chain.credentials = {
        (signer, n, PractitionerRole.DOCTOR) for signer, n, _ in scene.chain.credentials
    }
    report = verified(scene)
    assert verdicts(report)[1] == (PASSED, "passed")
    assert verdicts(report)[4] == (FAILED, "author.not_entitled")
    assert step(report, 7).message_en == "the entry has no claims: nothing to state"
    assert kind == "review"


def test_a_late_record_is_late_and_not_failed() -> None:
    scene = build_scene(anchored_at=SIGNED_AT + DAY + 1)
    report = verified(scene)
    assert verdicts(report)[5] == (LATE, "time.late")
    assert report.outcome is LATE


@pytest.mark.parametrize("institution", [0, HOSPITAL])
def test_a_recorded_outage_excuses_a_late_record(institution: int) -> None:
    scene = build_scene(anchored_at=SIGNED_AT + DAY + 1)
    scene.chain.outages.append(Outage(institution, SIGNED_AT + 10, SIGNED_AT + 20))
    report = verified(scene)
    assert report.outcome is PASSED
    assert step(report, 6).compared[-1].what == "excused by the outage"


def test_another_s_outage_excuses_nothing() -> None:
    scene = build_scene(anchored_at=SIGNED_AT + DAY + 1)
    scene.chain.outages.append(Outage(HOSPITAL + 1, SIGNED_AT + 10, SIGNED_AT + 20))
    assert verified(scene).outcome is LATE


def test_a_record_from_the_future_fails() -> None:
    scene = build_scene(anchored_at=SIGNED_AT - 301)
    assert verdicts(verified(scene))[5] == (FAILED, "time.from_the_future")


def test_offline_a_record_is_from_the_future_by_its_own_statement() -> None:
    report = verify_bundle(build_scene(anchored_at=SIGNED_AT - 301).bundle)
    assert verdicts(report)[5] == (FAILED, "time.from_the_future")


def test_a_late_record_stays_open_where_no_outage_can_be_asked_for() -> None:
    scene = build_scene(anchored_at=SIGNED_AT + DAY + 1)
    report = verify_bundle(scene.bundle, scene.trust)
    assert verdicts(report)[5] == (OPEN, "time.outages_unknown")
    assert report.outcome is OPEN


def dispensed(scene: LedgerScene, block: int, ordinal: int = 0) -> int:
    word = ClaimWord(ClaimStatus.DISPENSED, 0, 12345).to_int()
    scene.chain.words[scene.bundle.claims.words[ordinal].claim] = {block: word}
    return word


def test_a_claim_used_since_stands_as_stated_as_of_the_stated_block() -> None:
    scene = build_scene()
    dispensed(scene, scene.bundle.claims.as_of_block + 1)
    report = verified(scene)
    result = step(report, 7)
    assert result.outcome is PASSED
    assert [(each.expected, each.observed) for each in result.compared[1:2]] == [("unused", "dispensed")]
    assert report.as_of_block == scene.chain.head
    head, stated = scene.chain.head, scene.bundle.claims.as_of_block
    assert result.message_en == (
        f"the claims stood as stated as of block {stated}; as of block {head} 1 of 2 stand otherwise"
    )
    assert f"截至区块 {head}，2 项中有 1 项已有变化" in result.message_zh


def test_a_claim_stated_unused_that_was_used_fails() -> None:
    scene = build_scene()
    dispensed(scene, scene.bundle.claims.as_of_block, ordinal=1)
    result = step(verified(scene), 7)
    assert (result.outcome, result.code, result.where) == (FAILED, "claims.word", "1")


def test_claims_that_are_wrong_fail_offline_too() -> None:
    scene = build_scene()
    claims = replace(scene.bundle.claims, words=scene.bundle.claims.words[::-1])
    report = verify_bundle(replace(scene.bundle, claims=claims))
    assert verdicts(report)[6] == (FAILED, "claims.key")


@pytest.mark.parametrize(
    ("method", "open_steps"),
    [
        ("chain_id", {4, 5, 6, 7}),
        ("genesis_hash", {4, 5, 6, 7}),
        ("find_checkpoint", {4, 5, 6, 7}),
        ("block_hash", {4, 5, 6, 7}),
        ("is_barred", {4, 5, 6, 7}),
        ("is_entitled", {5}),
        ("institution_at", {5}),
        ("is_institution_barred", {5}),
        ("block_number", {4, 5, 6, 7}),
        ("claim_word", {7}),
    ],
)
def test_a_chain_that_does_not_answer_leaves_steps_open_and_fails_none(
    method: str, open_steps: set[int]
) -> None:
    scene = build_scene()
    scene.chain.unreachable.add(method)
    report = verified(scene)
    assert {result.number for result in report.steps if result.outcome is OPEN} == open_steps
    assert report.outcome is OPEN


def test_an_excuse_that_cannot_be_asked_for_leaves_a_late_record_open() -> None:
    scene = build_scene(anchored_at=SIGNED_AT + DAY + 1)
    scene.chain.unreachable.add("find_outages")
    assert verdicts(verified(scene))[5] == (OPEN, "check.unavailable")


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([PASSED, PASSED], PASSED),
        ([PASSED, OPEN], OPEN),
        ([OPEN, LATE], LATE),
        ([LATE, OPEN, FAILED], FAILED),
        ([], PASSED),
    ],
)
def test_the_whole_is_the_worst_that_is_known(outcomes: list[Outcome], expected: Outcome) -> None:
    assert overall_outcome(outcomes) is expected


def test_a_report_is_json() -> None:
    document: Any = verified(build_scene()).as_json()
    assert document["outcome"] == "passed"
    assert [each["name"] for each in document["steps"]] == list(STEP_NAMES_ZH)


SCENES: list[Callable[[], LedgerScene]] = [
    build_scene,
    lambda: build_scene(anchored_at=SIGNED_AT + DAY + 1),
    lambda: build_scene(entry_changes={"claim_count": 1}),
    lambda: build_scene(disclosed=[1]),
]


@pytest.mark.parametrize("build", SCENES)
def test_messages_are_in_both_languages_and_carry_nothing_personal(build: Callable[[], LedgerScene]) -> None:
    scene = build()
    for report in (verified(scene), verify_bundle(scene.bundle)):
        for result in report.steps:
            assert result.message_en and re.search("[\u4e00-\u9fff]", result.message_zh)
            shown = repr(result)
            for personal in ("王小明", "110101199003070017", "原发性高血压", "李静"):
                assert personal not in shown
