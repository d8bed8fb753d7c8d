"""Tables as CSV (RFC 4180), for spreadsheets: in UTF-8 with a byte order mark, and safe against formulas.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line's end is run as a formula by spreadsheets; where
their language is Chinese, one that begins with the full-width `＝`, `＋`, `－` or `＠` may be, too. Names are
from gateways that a portal doesn't trust, so such a cell gets an apostrophe before it. Rows are made and sent
piece by piece: a long table doesn't fill the memory.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from starlette.responses import StreamingResponse

Cell = str | int | None
BYTE_ORDER_MARK = "\ufeff"
MEDIA_TYPE = "text/csv; charset=utf-8"
_FORMULA_STARTS = (*"=+-@＝＋－＠", "\t", "\r", "\n")
_ROWS_A_PIECE = 200


def disarm(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula. Numbers stay numbers."""
    if isinstance(cell, str) and (
        cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS)
    ):
        return f"'{cell}"
    return cell


def build_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a table's CSV in pieces, headings first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([disarm(heading) for heading in headings])
    for number, row in enumerate(rows, start=1):
        writer.writerow([disarm(cell) for cell in row])
        if number % _ROWS_A_PIECE == 0:
            yield _take(buffer)
    yield _take(buffer)


def format_time(at: int | None) -> str:
    """Return a time (Unix seconds) as RFC 3339 in UTC; empty where there is none."""
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def answer_csv(name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """Build the answer that a browser saves as `name`.csv. `name` is ours: ASCII letters, digits, dashes."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(build_csv(headings, rows), media_type=MEDIA_TYPE, headers=headers)


def _take(buffer: io.StringIO) -> str:
    piece = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return piece
