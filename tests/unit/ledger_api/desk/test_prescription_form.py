"""The prescription form: what was typed becomes a draft, a draft fills the fields, faults find theirs."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.desk.prescription_form import build_faults, empty_form, form_of_draft, read_form
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT, parse_draft
from ledger_web.errors import FieldProblem, ServiceError
from tests.desk_support import form_fields, line_fields

DRAFT_ID = "3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"


def _read(fields: dict[str, str]) -> dict[str, Any]:
    return read_form(urlencode(fields).encode()).form.build_draft_value({})


def test_what_was_typed_is_a_draft() -> None:
    draft = parse_draft(_read(form_fields(note=" by mouth ")))
    assert draft.patient.name == "王小明（示例）"
    assert draft.lines[0].dose.value == "5"
    assert draft.note == "by mouth"
    assert draft.repeats is None
    assert draft.supply_reason is None


def test_a_draft_shown_and_sent_back_is_the_same_draft() -> None:
    given_draft = parse_draft(EXAMPLE_DRAFT).as_json()
    form = form_of_draft(DRAFT_ID, given_draft)
    assert parse_draft(form.build_draft_value(given_draft)).as_json() == given_draft


def test_rows_with_gaps_are_numbered_anew_and_empty_ones_left_out() -> None:
    fields = form_fields() | line_fields(3, name="third") | line_fields(7)
    fields |= dict.fromkeys(line_fields(5), "")
    fields["lines/5/item_type"] = "11"
    lines = _read(fields)["lines"]
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert lines[1]["name"] == "third"


def test_one_empty_row_stays_so_that_its_faults_have_a_place() -> None:
    fields = {name: text for name, text in form_fields().items() if not name.startswith("lines/")}
    lines = _read(fields | {"lines/4/name": "", "lines/4/item_type": "11"})["lines"]
    assert lines == [{"number": 1, "item_type": "11", "dose": {}, "quantity": {}}]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        *(("0.50", "0.5"), ("１２", "12"), ("１．５", "1.5"), ("2.0", "2"), ("1e3", "1e3"), ("-1", "-1")),
        *(("一", "一"), ("1 5", "1 5"), ("1 .5", "1 .5"), ("2²", "2²"), ("①", "①"), ("1\u00a05", "1\u00a05")),
    ],
)
def test_a_quantity_is_spelled_as_the_record_wants_it_or_stays_as_typed(typed: str, kept: str) -> None:
    lines = _read(form_fields(lines__0__quantity__value=typed))["lines"]
    assert lines[0]["quantity"]["value"] == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("7", 7), ("７", 7), ("7.5", "7.5"), ("seven", "seven"), ("-1", "-1")]
)
def test_days_are_a_whole_number_or_stay_text_for_the_schema_to_refuse(typed: str, kept: object) -> None:
    lines = _read(form_fields(lines__0__days=typed))["lines"]
    assert lines[0]["days"] == kept


def test_claims_and_holders_of_a_draft_stay_while_the_quantities_do() -> None:
    earlier: dict[str, Any] = {
        **EXAMPLE_DRAFT,
        "claims": [{"ordinal": 0, "line": 1, "part": 1, "quantity": {"value": "1", "unit": "盒"}}],
        "holders": ["0x" + "11" * 20],
    }
    fields = form_of_draft(DRAFT_ID, earlier).values
    same = read_form(urlencode({**fields, "draft_id": DRAFT_ID, "note": "x"}).encode()).form
    assert same.build_draft_value(earlier)["claims"] == earlier["claims"]
    assert same.build_draft_value(earlier)["holders"] == earlier["holders"]
    changed = {**fields, "draft_id": DRAFT_ID, "lines/0/quantity/value": "2"}
    value = read_form(urlencode(changed).encode()).form.build_draft_value(earlier)
    assert "claims" not in value
    assert "holders" not in value


def test_windows_of_a_draft_stay_until_the_form_states_its_own() -> None:
    windows = [{"not_before": "2026-11-22T01:00:00Z", "not_after": "2026-11-24T15:59:59Z"}]
    earlier: dict[str, Any] = {**EXAMPLE_DRAFT, "windows": windows}
    del earlier["validity_days"]
    form = form_of_draft(DRAFT_ID, earlier)
    assert form.build_draft_value(earlier)["windows"] == windows
    stated = read_form(urlencode({**form.values, "draft_id": DRAFT_ID, "validity_days": "3"}).encode()).form
    assert "windows" not in stated.build_draft_value(earlier)


def test_an_empty_form_is_no_draft_and_says_what_is_missing() -> None:
    with pytest.raises(ServiceError) as refused:
        parse_draft(empty_form(DRAFT_ID).build_draft_value({}))
    paths = {fault.path for fault in build_faults(refused.value.faults)}
    assert {"patient/name", "patient/id_number", "diagnoses/0/code", "lines/0/dose/value"} <= paths
    assert not {"lines", "diagnoses"} & paths


@pytest.mark.parametrize(
    ("pointer", "code", "path"),
    [
        ("/lines/1/days", "controlled_supply", "lines/1/days"),
        ("/patient", "id_number_shape", "patient/id_number"),
        ("", "windows_overlap", "repeats/interval_days"),
        ("/lines/1", "controlled_form", "lines/1/control/class"),
        ("/lines/1/control", "controlled_long_term", "lines/1/control/class"),
        ("/windows", "controlled_repeat", "repeats/count"),
        ("/lines", "too_many_drugs", "lines"),
    ],
)
def test_each_fault_finds_its_field(pointer: str, code: str, path: str) -> None:
    (fault,) = build_faults([FieldProblem(pointer, "is wrong", "有误", code)])
    assert fault.path == path
    assert "/" not in fault.label[0]
    assert "/" not in fault.label[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"draft_id=1",
        b"draft_id=" + DRAFT_ID.upper().encode(),
        f"draft_id={DRAFT_ID}&a=%ff".encode(),
        "&".join(f"f{number}=" for number in range(3_000)).encode(),
    ],
)
def test_what_the_page_cannot_have_sent_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceError):
        read_form(body)


@given(st.dictionaries(st.sampled_from(sorted(form_fields() | line_fields(1))), st.text(max_size=30)))
def test_whatever_is_typed_is_read_without_failing(typed: dict[str, str]) -> None:
    fields = {name: text.encode("utf-8", "ignore").decode() for name, text in typed.items()}
    value = _read({**fields, "draft_id": DRAFT_ID})
    try:
        parse_draft(value)
    except ServiceError as refused:
        assert build_faults(refused.faults)
