"""The audit trail, for the portal's admin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ledger_web.languages import language_of
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.audit.models import AuditEntry
from regulator_portal.audit.service import AuditTrail
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import build_url, read_number
from regulator_portal.pages.people import say_actor
from regulator_portal.pages.site import ROWS_A_PAGE, Both, PageAdminDep, PagesDep
from regulator_portal.parts import Parts

EXPORTED_A_QUERY = 500
router = APIRouter()


@dataclass(frozen=True)
class AuditRow:
    """One change of state."""

    id: int
    at: int
    who: Both
    action: str
    subject: str
    details: str
    request_id: str


@dataclass(frozen=True)
class AuditPage:
    """A page of the trail, newest first."""

    rows: tuple[AuditRow, ...]
    next_url: str | None
    first_url: str | None


@router.get("/audit")
def show_audit(
    request: Request,
    admin: PageAdminDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    before: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the trail."""
    cursor = read_number("before", before)
    found = AuditTrail(session, parts.clock, "").list_page(cursor, ROWS_A_PAGE + 1)
    rows = tuple(_build_row(row, say_actor(session, row.actor)) for row in found[:ROWS_A_PAGE])
    page = AuditPage(
        rows=rows,
        next_url=build_url("/audit", {"before": rows[-1].id}) if len(found) > ROWS_A_PAGE else None,
        first_url="/audit" if cursor is not None else None,
    )
    return pages.render(request, "audit.html", page)


@router.get("/audit.csv")
def export_audit(request: Request, admin: PageAdminDep, parts: PartsDep) -> Response:
    """Export the whole trail."""
    is_chinese = language_of(request) == "zh"
    return answer_csv("audit", _HEADINGS_ZH if is_chinese else _HEADINGS, _list_cells(parts, is_chinese))


def _build_row(row: AuditEntry, who: Both) -> AuditRow:
    details = ", ".join(f"{name}={value}" for name, value in row.details.items())
    return AuditRow(row.id or 0, row.at, who, row.action, row.subject, details, row.request_id)


def _list_cells(parts: Parts, is_chinese: bool) -> Iterator[Sequence[Cell]]:
    before: int | None = None
    while True:
        with parts.database.reading() as session:
            found = AuditTrail(session, parts.clock, "").list_page(before, EXPORTED_A_QUERY)
            rows = [_build_row(row, say_actor(session, row.actor)) for row in found]
        for row in rows:
            yield (
                format_time(row.at),
                row.who[is_chinese],
                row.action,
                row.subject,
                row.details,
                row.request_id,
            )
        if len(found) < EXPORTED_A_QUERY:
            return
        before = found[-1].id


_HEADINGS = ("when", "who", "what", "on what", "details", "request")
_HEADINGS_ZH = ("时间", "何人", "操作", "对象", "详情", "请求")
