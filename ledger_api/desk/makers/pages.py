"""Lots that were signed, the newest first, and the forms to release a lot or to recall one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.visitor import PagesDep, ReleaserVisitorDep
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.lots.body import LotBody
from ledger_api.lots.service import LOTS
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordFilter, RecordRepository, RecordSummary
from ledger_api.signing.nouns import get_record_of
from ledger_web.bodies import StrictRoute
from ledger_web.errors import ServiceError
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/lots", route_class=StrictRoute, include_in_schema=False)

MAX_ID = 36


@dataclass(frozen=True)
class LotsPage:
    """A page of lot records; `bodies` by id, where they open."""

    rows: Sequence[RecordSummary]
    bodies: Mapping[str, LotBody]
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class LotFormPage:
    """The form of a lot record. `lot` is the commissioning that is to be recalled, None to release one."""

    lot: LotBody | None
    words: object = wording


@router.get("")
def show_lots(
    request: Request,
    visitor: ReleaserVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
) -> Response:
    """List the institution's lot records. They hold no personal data but the releaser's own name."""
    records = RecordRepository(session)
    wanted = RecordFilter(visitor.institution.number, LOTS.kind.number)
    rows, more = page.cut(records.list_page(wanted, page.cursor, page.fetch))
    stored = records.list_of(visitor.institution.number, [row.id for row in rows])
    shown = LotsPage(
        rows,
        {each.id: body for each in stored if (body := _find_body(parts.key_wrapper, each)) is not None},
        build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/makers/lots.html", shown)


@router.get("/new")
def show_form(
    request: Request,
    visitor: ReleaserVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    recalls: Annotated[str, Query(max_length=MAX_ID)] = "",
) -> Response:
    """Show the form; `recalls` is the id of the lot record whose lot is to be recalled."""
    lot = None
    if recalls:
        record = get_record_of(LOTS, session, visitor.principal, recalls)
        lot = _find_body(parts.key_wrapper, record)
    return pages.render(request, "desk/makers/lot_form.html", LotFormPage(lot))


def _find_body(key_wrapper: KeyWrapper, record: StoredRecord) -> LotBody | None:
    try:
        return LotBody.model_validate(open_record(key_wrapper, record).record.body)
    except ServiceError:
        return None
