"""Code mapping files: CSV (RFC 4180, UTF-8, with a header line) or JSON, one row a code.

Both are read wholly or refused with the rows and columns at fault. A blank CSV cell is a member left out.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from ledger_api.codes.mapping_rows import DiagnosisMapping, DrugMapping, MappingRow
from ledger_proofs.types import JsonValue
from ledger_web.errors import FieldProblem, Unprocessable
from ledger_web.faults import MAX_FAULTS, explain_faults

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_CELL_CHARACTERS: Final = 1_000
COLUMNS: Final = tuple(DrugMapping.model_fields)
_WHOLE_NUMBERS: Final = frozenset({"pack_size", "usual_days"})
_REQUIRED_COLUMNS: Final = frozenset(DiagnosisMapping.model_fields)

Row: TypeAlias = DrugMapping | DiagnosisMapping
_ROW: Final[TypeAdapter[Row]] = TypeAdapter(MappingRow)


class MappingInvalid(Unprocessable):
    """The mapping can't be taken: `faults` name rows (from 0, header not counted) and columns."""

    code = "mapping-invalid"
    title = "The code mapping is not valid"
    title_zh = "编码对照表无效"


def parse_mapping_csv(content: bytes) -> tuple[Row, ...]:
    """Parse a CSV file of mapping rows. Raises MappingInvalid naming every row and column at fault."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(
            "", "not_utf8", "is not UTF-8: save the file as UTF-8", "不是 UTF-8 编码，请另存为 UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        _verify_header(header)
        rows = _read_rows(reader, header or [])
    except csv.Error:
        raise _invalid(
            "", "not_csv", f"is not CSV at line {reader.line_num}", f"第 {reader.line_num} 行不是有效的 CSV"
        ) from None
    return parse_mapping_rows(rows)


def parse_mapping_rows(rows: Sequence[JsonValue]) -> tuple[Row, ...]:
    """Parse rows given as JSON objects. Raises MappingInvalid naming every row and member at fault."""
    if not 1 <= len(rows) <= MAX_ROWS:
        raise _invalid("/rows", "row_count", f"must have 1 to {MAX_ROWS} rows", f"须有 1 至 {MAX_ROWS} 行")
    parsed: list[Row] = []
    faults: list[FieldProblem] = []
    seen: set[tuple[str, str, str]] = set()
    for index, row in enumerate(rows):
        try:
            mapping = _ROW.validate_python(row)
        except ValidationError as error:
            faults.extend(_row_faults(index, error))
        else:
            faults.extend(_find_repeat(index, mapping, seen))
            parsed.append(mapping)
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise MappingInvalid(
            "Correct the rows named in `errors`; nothing was taken over.",
            "请更正 errors 中列出的行；未导入任何内容。",
            faults=faults[:MAX_FAULTS],
        )
    return tuple(parsed)


def _verify_header(header: list[str] | None) -> None:
    names = header or []
    unknown = [column for column in names if column not in COLUMNS]
    missing = [column for column in COLUMNS if column in _REQUIRED_COLUMNS and column not in names]
    if unknown or missing or len(set(names)) != len(names):
        raise _invalid(
            "",
            "header",
            f"the first line must name each column once; known columns are {', '.join(COLUMNS)}",
            f"首行须列出各列名且不得重复；可用的列为 {'、'.join(COLUMNS)}",
        )


def _read_rows(lines: Iterator[list[str]], header: list[str]) -> list[JsonValue]:
    rows: list[JsonValue] = []
    for cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(header) or any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
            raise _invalid(
                f"/rows/{len(rows)}",
                "cells",
                f"needs {len(header)} cells of at most {MAX_CELL_CHARACTERS} characters",
                f"须有 {len(header)} 个单元格，每个最多 {MAX_CELL_CHARACTERS} 个字符",
            )
        if len(rows) == MAX_ROWS:
            raise _invalid("/rows", "row_count", f"has more than {MAX_ROWS} rows", f"超过 {MAX_ROWS} 行")
        rows.append(_build_row(dict(zip(header, cells, strict=True))))
    return rows


def _build_row(cells: Mapping[str, str]) -> JsonValue:
    row: dict[str, JsonValue] = {column: cell for column, cell in cells.items() if cell}
    for column in _WHOLE_NUMBERS & row.keys():
        digits = cells[column]
        if digits.isascii() and digits.isdigit() and len(digits) <= 6:
            row[column] = int(digits)
    return row


def _row_faults(index: int, error: ValidationError) -> list[FieldProblem]:
    explained = explain_faults(error.errors(include_url=False, include_input=False)).faults
    return [
        # The first token of a discriminated union's pointer is the variant, not a member.
        FieldProblem(
            f"/rows/{index}" + fault.pointer.removeprefix("/drug").removeprefix("/diagnosis"),
            fault.message,
            fault.message_zh,
            fault.code,
        )
        for fault in explained
    ]


def _find_repeat(index: int, row: Row, seen: set[tuple[str, str, str]]) -> list[FieldProblem]:
    key = (row.kind, row.source_system, row.source_code)
    if key not in seen:
        seen.add(key)
        return []
    return [
        FieldProblem(
            f"/rows/{index}/source_code",
            "is mapped by an earlier row already",
            "已在前面的行中对照",
            "mapped_twice",
        )
    ]


def _invalid(pointer: str, code: str, message: str, message_zh: str) -> MappingInvalid:
    return MappingInvalid(
        "Correct the file as `errors` says; nothing was taken over.",
        "请按 errors 更正文件；未导入任何内容。",
        faults=[FieldProblem(pointer, message, message_zh, code)],
    )
