import csv
import io
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.codes.mapping_files import (
    COLUMNS,
    MAX_ROWS,
    MappingInvalid,
    parse_mapping_csv,
    parse_mapping_rows,
)
from ledger_api.codes.schemas import EXAMPLE_ROW
from ledger_proofs.types import JsonValue
from tests.support.drafts import EXAMPLE_MAPPING


def _csv(*rows: Mapping[str, object]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _faults(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(MappingInvalid) as refusal:
        parse_mapping_csv(content)
    return [(fault.pointer, fault.code) for fault in refusal.value.faults]


def test_the_example_file_is_valid_and_says_that_its_drugs_are_examples() -> None:
    rows = parse_mapping_csv(EXAMPLE_MAPPING.read_bytes())
    drugs = [row for row in rows if row.kind == "drug"]
    assert len(drugs) >= 22
    assert {row.code_system for row in drugs} == {"rxledger-example-drug"}
    assert all(any("\u4e00" <= character <= "\u9fff" for character in row.name_zh) for row in rows)
    assert all(row.name_en.isascii() for row in rows)


def test_a_byte_order_mark_and_blank_lines_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + _csv(EXAMPLE_ROW).replace(b"\r\n", b"\r\n\r\n")
    assert len(parse_mapping_csv(content)) == 1


def test_the_same_rows_as_json_and_as_csv_are_the_same() -> None:
    assert parse_mapping_rows([cast("Mapping[str, JsonValue]", EXAMPLE_ROW)]) == parse_mapping_csv(
        _csv(EXAMPLE_ROW)
    )


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"kind": "food"}, "", "union_tag_invalid"),
        ({"source_code": ""}, "/source_code", "missing"),
        ({"strength_value": "5.0"}, "/strength_value", "decimal_malformed"),
        ({"strength_value": "0"}, "/strength_value", "not_positive"),
        ({"pack_size": "many"}, "/pack_size", "int_type"),
        ({"usual_days": "85"}, "/usual_days", "less_than_equal"),
        ({"item_type": "7"}, "/item_type", "literal_error"),
        ({"name_zh": "药\u202e品"}, "/name_zh", "text_not_visible"),
        ({"control_class": "weak"}, "/control_class", "literal_error"),
        ({"kind": "diagnosis"}, "/item_type", "extra_forbidden"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(change: dict[str, str], column: str, code: str) -> None:
    good = {**EXAMPLE_ROW, "source_code": "1"}
    assert (f"/rows/1{column}", code) in _faults(_csv(good, {**EXAMPLE_ROW, **change}))


def test_a_code_mapped_twice_is_refused() -> None:
    assert _faults(_csv(EXAMPLE_ROW, EXAMPLE_ROW)) == [("/rows/1/source_code", "mapped_twice")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "header"),
        (b"kind,unknown\n", "header"),
        (b"kind,kind\n", "header"),
        (_csv(), "row_count"),
        (b"\xff\xfe", "not_utf8"),
        (_csv(EXAMPLE_ROW) + b"drug,only,three\r\n", "cells"),
        (_csv(EXAMPLE_ROW) + b'"drug', "not_csv"),
        (_csv({**EXAMPLE_ROW, "name_zh": "x" * 1_001}), "cells"),
        (_csv({**EXAMPLE_ROW, "name_zh": "x" * 140_000}), "not_csv"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(content: bytes, code: str) -> None:
    assert code in [found for _, found in _faults(content)]


def test_the_number_of_rows_is_bounded() -> None:
    rows = [{**EXAMPLE_ROW, "source_code": str(number)} for number in range(MAX_ROWS + 1)]
    assert _faults(_csv(*rows)) == [("/rows", "row_count")]


def test_no_more_than_fifty_faults_are_listed() -> None:
    assert len(_faults(_csv(*[{"kind": "food"}] * 200))) == 50


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_refused(content: bytes) -> None:
    try:
        parse_mapping_csv(content)
    except MappingInvalid as refusal:
        assert refusal.faults


@given(st.lists(st.lists(st.text(max_size=12), min_size=20, max_size=20), max_size=4))
def test_any_cells_are_parsed_or_refused(cells: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([list(COLUMNS), *cells])
    try:
        parse_mapping_csv(out.getvalue().encode("utf-8", "surrogatepass"))
    except MappingInvalid as refusal:
        assert refusal.faults
