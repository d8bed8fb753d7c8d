from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger_api.prescriptions.body import Prescriber
from ledger_api.prescriptions.draft_body import build_body, parse_draft
from ledger_api.prescriptions.prescribing_rules import PrescribingLimits, PrescribingRuleBroken
from ledger_proofs.records import parse_utc_time
from tests.support.drafts import draft_value, line_value

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = parse_utc_time("2026-11-22T01:00:00Z")
DOCTOR = Prescriber(name="李静", code="D110100000001")
CHRONIC = {"code": "chronic", "text": "高血压病情稳定"}
LONG_TERM = {"code": "long_term", "text": "长期处方，已评估"}


def broken(**changes: Any) -> set[tuple[str, str]]:
    """The rules that stand against a draft with these members: (code, pointer)."""
    try:
        build_body(parse_draft(draft_value(**changes)), DOCTOR, NOW, SHANGHAI)
    except PrescribingRuleBroken as refusal:
        assert all(fault.message and fault.message_zh for fault in refusal.faults)
        return {(fault.code, fault.pointer) for fault in refusal.faults}
    return set()


def days(count: int, **changes: Any) -> dict[str, Any]:
    return {"lines": [line_value(1, days=count)], **changes}


def controlled(control: dict[str, str], form_type: str, count: int = 1, **line: Any) -> dict[str, Any]:
    return {"type": form_type, "lines": [line_value(1, days=count, control=control, **line)]}


def window(not_before: str, not_after: str) -> dict[str, Any]:
    return {"windows": [{"not_before": not_before, "not_after": not_after}]}


SUPPLY = ("supply_needs_reason", "/lines/0/days")
TOO_LONG = ("supply_too_long", "/lines/0/days")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (days(7), set()),
        (days(8), {SUPPLY}),
        (days(8, supply_reason=CHRONIC), set()),
        (days(28, supply_reason=CHRONIC), set()),
        (days(29, supply_reason=CHRONIC), {TOO_LONG}),
        (days(29, supply_reason=LONG_TERM), set()),
        (days(84, supply_reason=LONG_TERM), set()),
        (days(3, type="emergency"), set()),
        (days(4, type="emergency"), {SUPPLY}),
        (days(4, type="emergency", supply_reason=CHRONIC), set()),
        (days(4, repeats={"count": 2, "interval_days": 4}), {SUPPLY}),
        (days(28, repeats={"count": 3, "interval_days": 28}, supply_reason=LONG_TERM), set()),
        (days(28, repeats={"count": 4, "interval_days": 28}, supply_reason=LONG_TERM), {TOO_LONG}),
    ],
)
def test_supply_is_bounded_and_longer_only_with_a_reason(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert broken(**changes) == expected


def test_five_drugs_at_most_and_decoction_pieces_on_their_own() -> None:
    assert broken(lines=[line_value(number) for number in range(1, 6)]) == set()
    assert broken(lines=[line_value(number) for number in range(1, 7)]) == {("too_many_drugs", "/lines")}
    pieces = [line_value(number, item_type="13") for number in range(1, 13)]
    assert broken(lines=pieces) == set()
    assert broken(lines=[line_value(1), line_value(2, item_type="13")]) == {("decoction_not_alone", "/lines")}


@pytest.mark.parametrize(
    ("not_before", "not_after", "code"),
    [
        ("2026-11-22T01:00:00Z", "2026-11-25T01:00:00Z", None),
        ("2026-11-22T01:00:00Z", "2026-11-25T01:00:01Z", "validity_too_long"),
        ("2026-11-21T16:00:00Z", "2026-11-22T15:59:59Z", None),
        ("2026-11-21T15:59:59Z", "2026-11-22T15:59:59Z", "first_window_day"),
        ("2026-11-22T16:00:00Z", "2026-11-23T15:59:59Z", "first_window_day"),
        ("2026-11-21T16:00:00Z", "2026-11-22T00:59:59Z", "window_over"),
    ],
)
def test_a_window_is_at_most_three_days_from_the_day_of_issue(
    not_before: str, not_after: str, code: str | None
) -> None:
    draft = draft_value(**window(not_before, not_after))
    del draft["validity_days"]
    try:
        build_body(parse_draft(draft), DOCTOR, NOW, SHANGHAI)
    except PrescribingRuleBroken as refusal:
        assert [fault.code for fault in refusal.faults] == [code]
    else:
        assert code is None


def test_nobody_is_born_after_the_day_of_issue() -> None:
    patient = {**draft_value()["patient"], "birth_date": "2026-11-23"}
    assert broken(patient=patient) == {("birth_after_issue", "/patient/birth_date")}


NARCOTIC, CLASS_2 = "narcotic_psychotropic_1", "psychotropic_2"
DAYS = ("controlled_supply", "/lines/0/days")


@pytest.mark.parametrize(
    ("control", "form_type", "allowed"),
    [
        ({"class": "narcotic", "form": "sustained_release"}, NARCOTIC, 7),
        ({"class": "narcotic", "form": "other"}, NARCOTIC, 3),
        ({"class": "narcotic", "form": "injection", "indication": "severe_pain"}, NARCOTIC, 3),
        ({"class": "narcotic", "form": "sustained_release", "indication": "severe_pain"}, NARCOTIC, 15),
        ({"class": "psychotropic_1", "form": "other", "indication": "severe_pain"}, NARCOTIC, 7),
        ({"class": "psychotropic_1", "form": "other", "indication": "adhd"}, NARCOTIC, 15),
        ({"class": "psychotropic_2", "form": "other"}, CLASS_2, 7),
    ],
)
def test_controlled_drugs_have_limits_of_their_own(
    control: dict[str, str], form_type: str, allowed: int
) -> None:
    assert broken(**controlled(control, form_type, allowed)) == set()
    assert broken(**controlled(control, form_type, allowed + 1)) == {DAYS}
    reasoned = {**controlled(control, form_type, allowed + 1), "supply_reason": CHRONIC}
    assert broken(**reasoned) == {DAYS}


def test_a_narcotic_injection_is_one_single_dose() -> None:
    injection = {"class": "narcotic", "form": "injection"}
    assert broken(**controlled(injection, NARCOTIC, 1, frequency="ST")) == set()
    assert broken(**controlled(injection, NARCOTIC, 1, frequency="BID")) == {
        ("controlled_single_dose", "/lines/0/frequency")
    }


def test_controlled_drugs_are_on_forms_of_their_own() -> None:
    narcotic = {"class": "narcotic", "form": "other"}
    sleeping = {"class": "psychotropic_2", "form": "other"}
    wrong = ("controlled_form", "/lines/0")
    assert broken(**controlled(narcotic, "ordinary")) == {wrong}
    assert broken(**controlled(narcotic, CLASS_2)) == {wrong}
    assert broken(**controlled(sleeping, NARCOTIC)) == {wrong}
    assert broken(type=NARCOTIC) == {wrong}
    both = [line_value(1, days=1, control=narcotic), line_value(2, days=1)]
    assert broken(type=NARCOTIC, lines=both) == {("controlled_form", "/lines/1")}


@pytest.mark.parametrize(
    "control_class", ["narcotic", "psychotropic_1", "psychotropic_2", "toxic", "radioactive"]
)
def test_controlled_drugs_are_neither_repeated_nor_long_term(control_class: str) -> None:
    form_type = {"psychotropic_2": CLASS_2, "toxic": "ordinary", "radioactive": "ordinary"}.get(
        control_class, NARCOTIC
    )
    one = controlled({"class": control_class, "form": "other"}, form_type)
    assert broken(**one) == set()
    assert broken(**one, repeats={"count": 2, "interval_days": 7}) == {("controlled_repeat", "/windows")}
    assert broken(**one, supply_reason=LONG_TERM) == {("controlled_long_term", "/lines/0/control")}


@pytest.mark.parametrize(
    ("control", "form_type"),
    [
        ({"class": "narcotic", "form": "other", "indication": "adhd"}, NARCOTIC),
        ({"class": "psychotropic_2", "form": "other", "indication": "severe_pain"}, CLASS_2),
        ({"class": "toxic", "form": "other", "indication": "severe_pain"}, "ordinary"),
    ],
)
def test_an_indication_counts_only_for_the_drugs_it_is_meant_for(
    control: dict[str, str], form_type: str
) -> None:
    assert ("indication_unfit", "/lines/0/control/indication") in broken(**controlled(control, form_type))


def test_a_drug_without_a_limit_of_its_own_follows_the_general_one() -> None:
    assert broken(**controlled({"class": "toxic", "form": "other"}, "ordinary", 8)) == {SUPPLY}


def test_every_broken_rule_is_named_at_once() -> None:
    lines = [line_value(number, days=9) for number in range(1, 7)]
    found = broken(type="emergency", lines=lines)
    assert len(found) == 7
    assert ("too_many_drugs", "/lines") in found


def test_a_region_with_other_figures_changes_figures_only() -> None:
    draft = parse_draft(draft_value(**days(10)))
    build_body(draft, DOCTOR, NOW, SHANGHAI, PrescribingLimits(supply=14))
    with pytest.raises(PrescribingRuleBroken):
        build_body(draft, DOCTOR, NOW, SHANGHAI, PrescribingLimits(supply=9))
