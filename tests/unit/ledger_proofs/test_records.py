"""Records: their members, times and decimal strings."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.errors import MalformedInput
from ledger_proofs.records import format_utc_time, parse_decimal, parse_record, parse_utc_time
from tests.factories import prescription_record


def record_bytes(**changes: Any) -> bytes:
    record = {**prescription_record(), **changes}
    return json.dumps({name: value for name, value in record.items() if value is not ...}).encode()


def test_a_prescription_is_parsed() -> None:
    record = parse_record(record_bytes())
    assert record.schema == "rx.prescription/1"
    assert record.issuer == 1
    assert record.issued_at == parse_utc_time("2026-11-22T01:00:00Z")
    assert record.as_json() == prescription_record()
    assert parse_record(record.canonical) == record


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"schema": "rx.prescription"}, "record.schema", "/schema"),
        ({"schema": "Rx.prescription/1"}, "record.schema", "/schema"),
        ({"schema": "rx.prescription/01"}, "record.schema", "/schema"),
        ({"schema": "rx.prescription/1\n"}, "record.schema", "/schema"),
        ({"schema": 1}, "record.schema", "/schema"),
        ({"id": "6F0B6A52-5C0F-4F0E-9F57-0D2A3C6F1B11"}, "record.id", "/id"),
        ({"id": "6f0b6a525c0f4f0e9f570d2a3c6f1b11"}, "record.id", "/id"),
        ({"issuer": 0}, "record.issuer", "/issuer"),
        ({"issuer": True}, "record.issuer", "/issuer"),
        ({"issuer": "1"}, "record.issuer", "/issuer"),
        ({"issuer": 2**21}, "record.issuer", "/issuer"),
        ({"issued_at": "2026-11-22T01:00:00"}, "record.time", "/issued_at"),
        ({"issued_at": 1795309200}, "record.time", "/issued_at"),
        ({"body": []}, "record.body", "/body"),
        ({"body": None}, "record.body", "/body"),
        ({"body": ...}, "record.member_missing", "/body"),
        ({"note": "x"}, "record.member_unknown", ""),
    ],
)
def test_a_wrong_member_is_named(changes: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_record(record_bytes(**changes))
    assert (caught.value.code, caught.value.path) == (code, path)


def test_only_an_object_is_a_record() -> None:
    for text in (b"[]", b"null", b'"x"', b"1"):
        with pytest.raises(MalformedInput):
            parse_record(text)


def test_a_record_with_too_many_fields_is_refused() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_record(record_bytes(body={"a": [0] * 4096}))
    assert caught.value.code == "record.too_many_fields"


def test_a_record_that_grows_too_large_in_canonical_form_is_impossible() -> None:
    # The canonical form can only be shorter than any accepted spelling of the same document.
    spelled = record_bytes(body={"note": "药" * 40_000})
    assert len(parse_record(spelled).canonical) < len(spelled)


@given(st.integers(0, 253_402_300_799))
def test_times_are_written_and_read_back(seconds: int) -> None:
    assert parse_utc_time(format_utc_time(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T01:00:00+00:00",
        "2026-11-22T01:00:00.0Z",
        "2026-11-22 01:00:00Z",
        "2026-11-22t01:00:00z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "2026-11-22T01:00:0٠Z",
        " 2026-11-22T01:00:00Z",
        "",
        None,
    ],
)
def test_other_times_are_refused(text: Any) -> None:
    with pytest.raises(MalformedInput):
        parse_utc_time(text)


@pytest.mark.parametrize("seconds", [-1, 253_402_300_800, True, 1.0, None])
def test_seconds_outside_the_calendar_are_refused(seconds: Any) -> None:
    with pytest.raises(MalformedInput):
        format_utc_time(seconds)


@pytest.mark.parametrize("text", ["0", "12", "0.5", "0.000001", "9999999999999999.999999"])
def test_decimal_strings_are_accepted(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "00", "01", "-1", "+1", "1.", ".5", "1.0", "0.10", "1e3", "1,5", "1 ", "1\n", "NaN", "٣"),
        *("1" * 17, "0.1234567", 1, 0.5, None),
    ],
)
def test_other_decimals_are_refused(text: Any) -> None:
    with pytest.raises(MalformedInput):
        parse_decimal(text, "/quantity")
