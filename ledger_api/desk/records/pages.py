"""Signed records of one's institution: a list for each kind, and a page for each record, live until final.

The list shows what the API's list shows, and exports it. A record's content is fetched and drawn by the page
in the words in which its author saw it; that it was read is noted in the audit trail.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.demands.repository import DemandRepository
from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.progress import Progress, read_progress
from ledger_api.desk.records.known_nouns import NOUNS, KnownNoun
from ledger_api.desk.visitor import DeskRoleMissing, PagesDep, Visitor, VisitorDep
from ledger_api.dispenses.body import parse_body
from ledger_api.dispenses.service import DISPENSING
from ledger_api.log.progress import PROGRESS, EntryStatus
from ledger_api.log.repository import LogRepository
from ledger_api.parts import Parts, PartsDep, ReadSession
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import ContentErased, open_record
from ledger_api.records.repository import RecordFilter, RecordRepository, RecordSummary
from ledger_api.signing.endpoints import RecordId
from ledger_api.signing.nouns import get_record_of
from ledger_api.spends.answers import ActAnswer, build_act_answer
from ledger_api.spends.repository import SpendRepository
from ledger_proofs.json_members import to_hex
from ledger_proofs.records import format_utc_time
from ledger_web.bodies import StrictRoute
from ledger_web.errors import NotFound
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/records", route_class=StrictRoute, include_in_schema=False)

MOST_EXPORTED = 5_000
"""Rows of a CSV, the newest."""
NounName = Annotated[str, Path(pattern=r"^[a-z]{1,20}$")]
StatusQuery = Annotated[str, Query(max_length=10)]


class NounUnknown(NotFound):
    """No kind of record has this name."""

    code = "noun-unknown"
    title = "No such kind of record"
    title_zh = "没有此类记录"

    def __init__(self) -> None:
        super().__init__("Go back to the desk and choose from its menu.", "请返回工作台，从菜单中选择。")


@dataclass(frozen=True)
class RecordListPage:
    """A page of an institution's records of one kind, the newest first. `acts` by a record's id."""

    known: KnownNoun
    rows: Sequence[RecordSummary]
    acts: Mapping[str, ActAnswer]
    statuses: Sequence[EntryStatus]
    chosen: str
    next_url: str | None
    first_url: str | None
    csv_url: str
    words: object = wording


@dataclass(frozen=True)
class RecordProgressPart:
    """How far a record has come, and what the chain said of its act: the part that asks for itself anew."""

    known: KnownNoun
    progress: Progress
    act: ActAnswer | None
    words: object = wording

    @property
    def is_settled(self) -> bool:
        """Whether nothing will change any more."""
        return self.progress.is_final and (self.act is None or self.act.outcome != "unknown")


@dataclass(frozen=True)
class RecordPage(RecordProgressPart):
    """One signed record."""

    record_id: str = ""
    commitment: str = ""
    issued_at: int = 0
    institution: int = 0
    may_read: bool = False
    is_patient_paying: bool = False
    """Whether nobody can be asked to settle it: a dispensing that the patient paid."""
    demand_state: str = ""
    """How a demand of one's own was answered; of other records empty."""


@router.get("/{noun}")
def show_list(
    noun: NounName,
    request: Request,
    visitor: VisitorDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
    status: StatusQuery = "",
) -> Response:
    """List the records of one kind."""
    known = get_known(noun, visitor)
    chosen = status if status in PROGRESS else ""
    rows, more = page.cut(_list(session, known, visitor, chosen, page.cursor, page.fetch))
    shown = RecordListPage(
        known,
        rows,
        _find_acts(session, known, rows),
        PROGRESS,
        chosen,
        build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        build_url(request, cursor=None) if page.cursor is not None else None,
        f"/desk/records/{noun}/all.csv" + (f"?status={chosen}" if chosen else ""),
    )
    return pages.render(request, "desk/records/list.html", shown)


@router.get("/{noun}/all.csv")
def export_list(
    noun: NounName, visitor: VisitorDep, session: ReadSession, status: StatusQuery = ""
) -> Response:
    """Write what the filter shows as CSV (RFC 4180), at most `MOST_EXPORTED` rows, the newest."""
    known = get_known(noun, visitor)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "kind", "signed_at", "outcome", "refusal", "status", "commitment"])
    rows = _list(session, known, visitor, status if status in PROGRESS else "", None, MOST_EXPORTED)
    acts = _find_acts(session, known, rows)
    for row in rows:
        said = _say_outcome(acts.get(row.id))
        signed_at = format_utc_time(row.issued_at)
        writer.writerow([row.id, known.noun.kind.name, signed_at, *said, row.status, to_hex(row.commitment)])
    headers = {"Content-Disposition": f'attachment; filename="{noun}.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{noun}/{record_id}")
def show_record(
    noun: NounName,
    record_id: RecordId,
    request: Request,
    visitor: VisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show one record: how far it has come, what the chain said, and its content."""
    known = get_known(noun, visitor)
    record = get_record_of(known.noun, session, visitor.principal, record_id)
    progress, act = _read_way(session, record)
    page = RecordPage(
        known,
        progress,
        act,
        record_id=record.id,
        commitment=to_hex(record.commitment),
        issued_at=record.issued_at,
        institution=record.institution,
        may_read=visitor.principal.has_any(known.noun.readers),
        is_patient_paying=_is_patient_paying(parts, record),
        demand_state=_find_demand_state(session, record),
    )
    return pages.render(request, "desk/records/record.html", page, import_map=True)


@router.get("/{noun}/{record_id}/progress")
def show_record_progress(
    noun: NounName,
    record_id: RecordId,
    request: Request,
    visitor: VisitorDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show that part alone: the page asks for it until nothing will change any more."""
    known = get_known(noun, visitor)
    record = get_record_of(known.noun, session, visitor.principal, record_id)
    part = RecordProgressPart(known, *_read_way(session, record))
    response = pages.render(request, "desk/records/_progress.html", part)
    if part.progress.is_final and part.act is not None and part.act.outcome == "done":
        # The page that asks was made before, without the forms for what can follow.
        response.headers["HX-Refresh"] = "true"
    return response


def get_known(noun: str, visitor: Visitor) -> KnownNoun:
    """Return a noun that this visitor may follow. Raises NounUnknown or DeskRoleMissing."""
    known = NOUNS.get(noun)
    if known is None:
        raise NounUnknown
    if not visitor.principal.has_any(known.noun.followers):
        raise DeskRoleMissing([known.noun.author])
    return known


def _find_acts(session: Session, known: KnownNoun, rows: Sequence[RecordSummary]) -> Mapping[str, ActAnswer]:
    if not known.acts:
        return {}
    intents = SpendRepository(session).list_of_records([row.id for row in rows])
    return {intent.record_id: build_act_answer(intent) for intent in intents}


def _say_outcome(act: ActAnswer | None) -> tuple[str, str]:
    if act is None:
        return "", ""
    return act.outcome, "" if act.reason is None else act.reason.code


def _read_way(session: Session, record: StoredRecord) -> tuple[Progress, ActAnswer | None]:
    progress = read_progress(record, LogRepository(session), AnchoringRepository(session))
    intent = SpendRepository(session).find_of_record(record.id)
    return progress, None if intent is None else build_act_answer(intent)


def _find_demand_state(session: Session, record: StoredRecord) -> str:
    demand = DemandRepository(session).find_sent(record.institution, record.id)
    return "" if demand is None else demand.state


def _is_patient_paying(parts: Parts, record: StoredRecord) -> bool:
    if record.kind != DISPENSING.number:
        return False
    try:
        body = parse_body(dict(open_record(parts.key_wrapper, record).record.body))
    except ContentErased:
        return False
    return body.use.payer == 0


def _list(
    session: Session, known: KnownNoun, visitor: Visitor, status: str, before: int | None, limit: int
) -> Sequence[RecordSummary]:
    bound = known.noun.find_author_bound(visitor.principal)
    wanted = RecordFilter(
        visitor.institution.number, known.noun.kind.number, bound, EntryStatus(status) if status else None
    )
    return RecordRepository(session).list_page(wanted, before, limit)
