"""The lists of settlements and dispensings: filters in the URL, paging, CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from ledger_web.languages import language_of
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.linking.repository import RecordFilter
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import Option, build_url
from regulator_portal.pages.record_rows import (
    DISPENSINGS,
    LINK_VERDICTS,
    SETTLEMENT_DECISIONS,
    SETTLEMENTS,
    Cursor,
    ListOf,
    RecordFilters,
    RecordRow,
    list_rows,
    read_cursor,
    read_record_filter,
    write_cursor,
)
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, PagesDep
from regulator_portal.parts import Parts
from regulator_portal.register.repository import RegisterRepository

EXPORTED_A_QUERY = 500
router = APIRouter()
Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class RecordsPage:
    """A page of one of the lists. `as_of_block`: up to where the register's events are mirrored."""

    listed: ListOf
    rows: tuple[RecordRow, ...]
    filters: RecordFilters
    institutions: Sequence[Option]
    decisions: Sequence[Option]
    verdicts: Sequence[Option]
    as_of_block: int | None
    next_url: str | None
    first_url: str | None
    csv_url: str
    json_url: str


def get_filters(
    institution: Text = "",
    counterpart: Text = "",
    decision: Text = "",
    verdict: Text = "",
    first: Annotated[str, Query(alias="from", max_length=100)] = "",
    last: Annotated[str, Query(alias="to", max_length=100)] = "",
) -> RecordFilters:
    """Read the filters as they stand in the URL."""
    return RecordFilters(institution, counterpart, decision, verdict, first, last)


FiltersDep = Annotated[RecordFilters, Depends(get_filters)]


@router.get("/settlements")
def show_settlements(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    filters: FiltersDep,
    cursor: Text = "",
) -> Response:
    """Show settlements, the latest first."""
    page = _build_page(session, parts, SETTLEMENTS, filters, cursor)
    return pages.render(request, "record_list.html", page)


@router.get("/dispensings")
def show_dispensings(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    filters: FiltersDep,
    cursor: Text = "",
) -> Response:
    """Show dispensings, the latest first."""
    page = _build_page(session, parts, DISPENSINGS, filters, cursor)
    return pages.render(request, "record_list.html", page)


@router.get("/settlements.csv")
def export_settlements(
    request: Request, auditor: AuditorDep, parts: PartsDep, filters: FiltersDep
) -> Response:
    """Export every settlement that the filters let through."""
    return _export(request, parts, SETTLEMENTS, filters)


@router.get("/dispensings.csv")
def export_dispensings(
    request: Request, auditor: AuditorDep, parts: PartsDep, filters: FiltersDep
) -> Response:
    """Export every dispensing that the filters let through."""
    return _export(request, parts, DISPENSINGS, filters)


def _build_page(
    session: ReadSession, parts: Parts, listed: ListOf, filters: RecordFilters, given: str
) -> RecordsPage:
    wanted = read_record_filter(listed, filters, parts)
    found = list_rows(session, parts, listed, wanted, read_cursor(given), ROWS_A_PAGE + 1)
    rows = tuple(found[:ROWS_A_PAGE])
    path, query = f"/{listed.path}", filters.as_query()
    mirror = RegisterRepository(session).find_mirror()
    more = len(found) > ROWS_A_PAGE
    return RecordsPage(
        listed=listed,
        rows=rows,
        filters=filters,
        institutions=list_institution_options(session, parts),
        decisions=SETTLEMENT_DECISIONS,
        verdicts=LINK_VERDICTS,
        as_of_block=None if mirror is None else mirror.as_of_block,
        next_url=build_url(path, {**query, "cursor": write_cursor(rows[-1])}) if more else None,
        first_url=build_url(path, query) if given else None,
        csv_url=build_url(f"{path}.csv", query),
        json_url=build_url(f"/v1{path}", query),
    )


def list_institution_options(session: ReadSession, parts: Parts) -> list[Option]:
    """List the institutions of the mirrored logs, for a filter."""
    numbers = sorted({log.institution for log in MirrorRepository(session).list_logs()})
    names = [parts.sources.name_of(number) for number in numbers]
    return [
        (str(name.number), f"{name.name_en} ({name.number})", f"{name.name_zh}（{name.number}）")
        for name in names
    ]


def _export(request: Request, parts: Parts, listed: ListOf, filters: RecordFilters) -> Response:
    wanted = read_record_filter(listed, filters, parts)
    is_chinese = language_of(request) == "zh"
    headings = _HEADINGS_ZH if is_chinese else _HEADINGS
    return answer_csv(listed.path, headings, _list_cells(parts, listed, wanted, is_chinese))


def _list_cells(
    parts: Parts, listed: ListOf, wanted: RecordFilter, is_chinese: bool
) -> Iterator[Sequence[Cell]]:
    before: Cursor | None = None
    while True:
        with parts.database.reading() as session:
            rows = list_rows(session, parts, listed, wanted, before, EXPORTED_A_QUERY)
        for row in rows:
            yield (
                row.institution,
                row.name[is_chinese],
                row.counterpart_number,
                row.counterpart[is_chinese] if row.counterpart else "",
                row.decision,
                row.amount_minor,
                row.fund_minor,
                row.currency,
                format_time(row.seen_at),
                row.evidence,
                row.verdict,
                row.as_of_block,
                row.commitment,
                row.record_id,
            )
        if len(rows) < EXPORTED_A_QUERY:
            return
        before = read_cursor(write_cursor(rows[-1]))


_HEADINGS = (
    "institution", "name", "counterpart", "counterpart's name", "decision", "amount (minor units)",
    "fund (minor units)", "currency", "anchored or done", "evidence", "links", "as of block", "commitment",
    "record id",
)  # fmt: skip
_HEADINGS_ZH = (
    "机构", "名称", "对方机构", "对方名称", "结论", "金额（分）",
    "统筹基金（分）", "币种", "锚定或实施时间", "证据", "关联", "截至区块", "承诺",
    "记录编号",
)  # fmt: skip
