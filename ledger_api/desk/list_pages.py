"""The list of a doctor's prescriptions. Its filter is its URL, and its CSV holds what the filter shows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.glances import Glance, glance_at_records
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.visitor import DoctorVisitorDep, PagesDep, Visitor
from ledger_api.log.progress import PROGRESS, EntryStatus
from ledger_api.parts import Parts, PartsDep, ReadSession
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.repository import RecordFilter, RecordRepository, RecordSummary
from ledger_proofs.records import format_utc_time
from ledger_web.bodies import StrictRoute
from ledger_web.csv_cells import disarm
from ledger_web.errors import FieldProblem, Unprocessable
from ledger_web.languages import Language, language_of
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/prescriptions", route_class=StrictRoute, include_in_schema=False)

MOST_EXPORTED = 5_000
"""Rows of a CSV; who wants older ones narrows the dates."""
ROWS_A_BATCH = 200
_HEADER = (
    ("id", "编号"),
    ("signed at (UTC)", "签署时间（UTC）"),
    ("status", "状态"),
    ("patient", "患者"),
    ("type", "处方类别"),
    ("drugs", "药品"),
    ("commitment", "承诺"),
)


@dataclass(frozen=True)
class ListFilter:
    """The filter as it stands in the URL."""

    status: EntryStatus | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets everything through."""
        return self == ListFilter()

    def build(self, visitor: Visitor, zone: ZoneInfo) -> RecordFilter:
        """Build the query's bound: her own, days counted in `zone`."""
        after = None if self.last_day is None else self.last_day + timedelta(days=1)
        return RecordFilter(
            visitor.institution.number,
            PRESCRIPTION.number,
            visitor.principal.id,
            self.status,
            _midnight(self.first_day, zone),
            _midnight(after, zone),
        )


@dataclass(frozen=True)
class ListPage:
    """A page of the list, the newest first."""

    chosen: ListFilter
    rows: Sequence[RecordSummary]
    glances: Mapping[str, Glance]
    statuses: Sequence[EntryStatus]
    next_url: str | None
    first_url: str | None
    csv_url: str
    words: object = wording


def read_filter(
    status: Annotated[str, Query()] = "",
    first_day: Annotated[str, Query(alias="from")] = "",
    last_day: Annotated[str, Query(alias="to")] = "",
) -> ListFilter:
    """Read the filter; what is left empty in its form lets everything through. Raises Unprocessable."""
    faults: list[FieldProblem] = []
    if status and status not in PROGRESS:
        faults.append(FieldProblem("/status", "is no status", "不是已知的状态", place="query"))
    days = []
    for name, text in (("from", first_day), ("to", last_day)):
        try:
            days.append(_read_day(text) if text else None)
        except ValueError:
            faults.append(FieldProblem(f"/{name}", "is no day", "不是日期", place="query"))
    if faults:
        raise Unprocessable("Choose the filter anew.", "请重新选择筛选条件。", faults=faults)
    return ListFilter(EntryStatus(status) if status else None, *days)


FilterDep = Annotated[ListFilter, Depends(read_filter)]


@router.get("")
def list_prescriptions(
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
    chosen: FilterDep,
) -> Response:
    """List her prescriptions, the newest first."""
    records = RecordRepository(session)
    wanted = chosen.build(visitor, ZoneInfo(parts.settings.zone))
    rows, more = page.cut(records.list_page(wanted, page.cursor, page.fetch))
    glances = _open(parts, records, visitor, rows)
    if glances:
        _note(parts, visitor, request, len(glances))
    shown = ListPage(
        chosen=chosen,
        rows=rows,
        glances=glances,
        statuses=PROGRESS,
        next_url=build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        first_url=build_url(request, cursor=None) if page.cursor is not None else None,
        csv_url=build_url(request, cursor=None, limit=None).replace(
            "/prescriptions", "/prescriptions.csv", 1
        ),
    )
    return pages.render(request, "desk/prescriptions.html", shown)


csv_router = APIRouter(prefix="/desk", route_class=StrictRoute, include_in_schema=False)


@csv_router.get("/prescriptions.csv")
def export_prescriptions(
    request: Request, visitor: DoctorVisitorDep, parts: PartsDep, session: ReadSession, chosen: FilterDep
) -> Response:
    """Write what the filter shows as CSV (RFC 4180), at most `MOST_EXPORTED` rows, the newest."""
    records = RecordRepository(session)
    wanted = chosen.build(visitor, ZoneInfo(parts.settings.zone))
    language = language_of(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_pick(words, language) for words in _HEADER])
    count = 0
    for rows in _list_batches(records, wanted):
        glances = _open(parts, records, visitor, rows)
        writer.writerows(_row(row, glances.get(row.id), language) for row in rows)
        count += len(rows)
    _note(parts, visitor, request, count)
    return Response(
        "\ufeff" + text.getvalue(),  # with its byte-order mark, spreadsheets read the Chinese
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="prescriptions.csv"'},
    )


def _list_batches(records: RecordRepository, wanted: RecordFilter) -> Iterator[Sequence[RecordSummary]]:
    before: int | None = None
    for _ in range(MOST_EXPORTED // ROWS_A_BATCH):
        rows = records.list_page(wanted, before, ROWS_A_BATCH)
        if rows:
            yield rows
        if len(rows) < ROWS_A_BATCH:
            return
        before = rows[-1].sequence


def _row(row: RecordSummary, glance: Glance | None, language: Language) -> list[str]:
    seen = ("", "", "")
    if glance is not None:
        drugs = ", ".join(glance.drugs) + (" …" if glance.drug_count > len(glance.drugs) else "")
        seen = (glance.patient, _pick(wording.PRESCRIPTION_TYPES[glance.kind], language), drugs)
    status = _pick(wording.STATUSES[row.status], language)
    cells = (row.id, format_utc_time(row.issued_at), status, *seen, "0x" + row.commitment.hex())
    return [disarm(cell) for cell in cells]


def _pick(words: wording.Words, language: Language) -> str:
    return words[1] if language == "zh" else words[0]


def _open(
    parts: Parts, records: RecordRepository, visitor: Visitor, rows: Sequence[RecordSummary]
) -> dict[str, Glance]:
    contents = records.list_of(visitor.institution.number, [row.id for row in rows])
    return glance_at_records(parts.key_wrapper, contents)


def _note(parts: Parts, visitor: Visitor, request: Request, count: int) -> None:
    subject = f"person:{visitor.person.id}"
    note_reading(parts, visitor, request, "prescription.listed", subject, {"contents": count})


def _read_day(text: str) -> date:
    """Read a day, YYYY-MM-DD; the calendar's very last has no midnight after it. Raises ValueError."""
    day = date.fromisoformat(text)
    if day == date.max:
        raise ValueError("the last day of the calendar")
    return day


def _midnight(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else int(datetime.combine(day, time.min, zone).timestamp())
