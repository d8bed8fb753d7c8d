"""Tables as CSV (RFC 4180), for spreadsheets: in UTF-8 with a byte order mark, and safe against formulas.

Names are from gateways that a portal doesn't trust, so no cell can be a formula. Rows are made and sent piece
by piece: a long table doesn't fill the memory.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from starlette.responses import StreamingResponse

from ledger_web.csv_cells import disarm

Cell = str | int | None
BYTE_ORDER_MARK = "\ufeff"
MEDIA_TYPE = "text/csv; charset=utf-8"
_ROWS_A_PIECE = 200


def build_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a table's CSV in pieces, headings first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([disarm(heading) for heading in headings])
    for number, row in enumerate(rows, start=1):
        writer.writerow([disarm(cell) if isinstance(cell, str) else cell for cell in row])
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
