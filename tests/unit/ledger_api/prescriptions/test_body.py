from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.prescriptions.body import Prescriber, PrescriptionInvalid, parse_body
from ledger_api.prescriptions.body_schema import build_body_schema, build_draft_schema
from ledger_api.prescriptions.draft_body import build_body, parse_draft
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.records import parse_utc_time
from ledger_web.errors import Unprocessable
from scripts.export_schemas import SCHEMAS, find_stale
from tests.factories import prescription_record
from tests.support.drafts import draft_value, line_value

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE_IN_SHANGHAI = parse_utc_time("2026-11-22T01:00:00Z")
AN_HOUR = {"not_before": "2026-11-22T01:00:00Z", "not_after": "2026-11-22T02:00:00Z"}
LI_JING = Prescriber(name="李静", code="D110100000001", department_code="A03", department_name="内科")


def build(**changes: Any) -> dict[str, Any]:
    return dict(
        build_body(parse_draft(draft_value(**changes)), LI_JING, NINE_IN_SHANGHAI, SHANGHAI).as_json()
    )


def codes_of(refusal: pytest.ExceptionInfo[Unprocessable]) -> set[str]:
    return {fault.code for fault in refusal.value.faults}


def test_a_draft_is_completed_with_signer_claims_window_and_no_holders() -> None:
    body = build()
    assert body["prescriber"] == LI_JING.model_dump()
    assert body["claims"] == [{"ordinal": 0, "line": 1, "part": 1, "quantity": {"value": "1", "unit": "盒"}}]
    assert body["windows"] == [{"not_before": "2026-11-22T01:00:00Z", "not_after": "2026-11-24T15:59:59Z"}]
    assert body["holders"] == []
    assert "validity_days" not in body


def test_without_a_stated_validity_it_is_the_day_of_issue_in_the_zone() -> None:
    draft = draft_value()
    del draft["validity_days"]
    late = parse_utc_time("2026-11-22T16:30:00Z")
    body = build_body(parse_draft(draft), LI_JING, late, SHANGHAI).as_json()
    assert body["windows"] == [{"not_before": "2026-11-22T16:30:00Z", "not_after": "2026-11-23T15:59:59Z"}]


def test_repeats_become_windows_of_their_own() -> None:
    body = build(repeats={"count": 3, "interval_days": 7}, lines=[line_value(1, days=2)])
    assert [window["not_before"] for window in body["windows"]] == [
        "2026-11-22T01:00:00Z",
        "2026-11-28T16:00:00Z",
        "2026-12-05T16:00:00Z",
    ]


def test_what_the_draft_states_is_kept() -> None:
    whole = build(note="饭后服用")
    again = build_body(parse_draft(whole), Prescriber(name="x", code="y"), NINE_IN_SHANGHAI, SHANGHAI)
    assert again.as_json() == whole
    assert parse_body(whole).as_json() == whole


def test_the_factory_of_the_verification_core_makes_bodies_of_this_schema() -> None:
    record = prescription_record(lines=2)
    body = record["body"]
    assert isinstance(body, dict)
    assert parse_body(body).as_json() == body
    jsonschema.validate(body, build_body_schema())


def _claim(ordinal: int, **changes: Any) -> dict[str, Any]:
    return {
        "ordinal": ordinal,
        "line": 1,
        "part": ordinal + 1,
        "quantity": {"value": "0.5", "unit": "盒"},
        **changes,
    }


def test_a_line_can_be_dispensed_in_parts_that_add_up() -> None:
    assert len(build(claims=[_claim(0), _claim(1)])["claims"]) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"claims": [_claim(0)]}, "claim_quantities"),
        ({"claims": [_claim(0), _claim(1, quantity={"value": "0.5", "unit": "片"})]}, "claim_quantities"),
        ({"claims": [_claim(0), _claim(1, line=2)]}, "claim_line_unknown"),
        ({"claims": [_claim(0), _claim(1, part=3)]}, "claim_parts"),
        ({"claims": [_claim(0), _claim(2, part=2)]}, "claim_ordinals"),
        ({"claims": []}, "too_short"),
        ({"claims": [_claim(0), _claim(64)]}, "less_than"),
        ({"holders": ["0x" + "1" * 40, "0x" + "2" * 40]}, "holder_count"),
        ({"holders": ["0x" + "0" * 40]}, "address_malformed"),
        ({"holders": ["0x" + "A" * 40]}, "address_malformed"),
        ({"lines": [line_value(1), line_value(2)], "holders": ["0x" + "1" * 40] * 2}, "holder_repeated"),
        ({"repeats": {"count": 2, "interval_days": 2}}, "windows_overlap"),
        ({"repeats": {"count": 13, "interval_days": 9}}, "less_than_equal"),
        ({"validity_days": None}, "null_member"),
        ({"windows": [AN_HOUR]}, "windows_given_twice"),
        ({"patient": {**draft_value()["patient"], "id_number": "123"}}, "id_number_shape"),
        ({"patient": {**draft_value()["patient"], "birth_date": "1990-02-30"}}, "day_malformed"),
        ({"patient": {**draft_value()["patient"], "name": "王\u200b小明"}}, "text_not_visible"),
        ({"patient": {**draft_value()["patient"], "name": "王小明 "}}, "text_padded"),
        ({"patient": {**draft_value()["patient"], "name": ""}}, "string_too_short"),
        ({"patient": {**draft_value()["patient"], "name": "王" * 51}}, "string_too_long"),
        ({"patient": {**draft_value()["patient"], "sex": "m"}}, "literal_error"),
        ({"lines": [line_value(1, dose={"value": "5.0", "unit": "mg"})]}, "decimal_malformed"),
        ({"lines": [line_value(1, dose={"value": 2.5, "unit": "mg"})]}, "decimal_not_text"),
        ({"lines": [line_value(1, frequency="qd")]}, "string_pattern_mismatch"),
        ({"lines": [line_value(1)] * 61}, "too_long"),
    ],
)  # fmt: skip
def test_a_draft_that_contradicts_itself_or_the_schema_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(PrescriptionInvalid) as refusal:
        parse_draft(draft_value(**changes))
    assert code in codes_of(refusal)


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "王\u034f", "\uffa0", "王\ufffe", "\u115f"])
def test_a_name_that_shows_as_nothing_is_refused(blank: str) -> None:
    with pytest.raises(PrescriptionInvalid) as refusal:
        parse_draft(draft_value(patient={**draft_value()["patient"], "name": blank}))
    assert codes_of(refusal) == {"text_not_visible"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**build(), "lines": [line_value(1, name=blank)]}, build_body_schema())


@pytest.mark.parametrize("name", ["买买提·阿不都", "O’Brien-Ñandú", "𠮷野家", "欧阳 娜娜"])
def test_names_of_many_scripts_are_taken(name: str) -> None:
    parse_draft(draft_value(patient={**draft_value()["patient"], "name": name}))


def test_windows_follow_each_other() -> None:
    body = build()
    window = body["windows"][0]
    with pytest.raises(PrescriptionInvalid) as refusal:
        parse_body({**body, "windows": [window, window]})
    assert codes_of(refusal) == {"windows_overlap"}
    backwards = {"not_before": window["not_after"], "not_after": window["not_before"]}
    with pytest.raises(PrescriptionInvalid) as refusal:
        parse_body({**body, "windows": [backwards]})
    assert "window_reversed" in codes_of(refusal)


def test_no_message_repeats_what_was_sent() -> None:
    canary = "CANARY73519"
    wrong = draft_value(
        patient={
            "name": canary + "\n",
            "id_type": canary,
            "birth_date": canary,
            "sex": canary,
            canary: canary,
        },
        lines=[line_value(1, days=canary, dose={"value": canary, "unit": ""}, item_type=canary)],
        holders=[canary],
    )
    with pytest.raises(PrescriptionInvalid) as refusal:
        parse_draft(wrong)
    told = [(fault.message, fault.message_zh) for fault in refusal.value.faults]
    assert len(told) > 6
    assert canary not in repr(told) + refusal.value.detail


def test_the_exported_schemas_are_in_step_with_the_models() -> None:
    assert find_stale(SCHEMAS) == []


def test_the_schemas_are_schemas_and_take_what_the_models_take() -> None:
    body_schema, draft_schema = build_body_schema(), build_draft_schema()
    for schema in (body_schema, draft_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(build(), body_schema)
    jsonschema.validate(draft_value(), draft_schema)
    for wrong in (
        {**build(), "surprise": 1},
        {**build(), "supply_reason": None},
        {**build(), "holders": ["0x1"]},
        {**build(), "lines": [line_value(1, dose={"value": "0", "unit": "mg"})]},
        {**build(), "lines": [line_value(1, dose={"value": 5, "unit": "mg"})]},
        {**build(), "lines": [line_value(1, name="药\u202e")]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, body_schema)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
places = st.sampled_from(
    [
        "type",
        "patient",
        "diagnoses",
        "lines",
        "claims",
        "windows",
        "holders",
        "repeats",
        "supply_reason",
        "note",
    ]
)


@given(json_values)
def test_any_value_is_a_draft_or_refused(value: Any) -> None:
    try:
        parse_draft(value)
    except PrescriptionInvalid as refusal:
        assert refusal.faults


@given(st.dictionaries(places, json_values, max_size=3))
def test_a_draft_with_any_member_replaced_is_built_or_refused(changes: dict[str, Any]) -> None:
    try:
        build(**changes)
    except Unprocessable as refusal:
        assert refusal.faults


@given(st.text(min_size=1, max_size=20))
def test_text_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        body = build(note=text)
    except PrescriptionInvalid:
        return
    assert body["note"] == text
    canonical_bytes(body)
