"""The officer's pages: demands with their answers, what was handed over, and the form for a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ledger_api.demands import endpoints
from ledger_api.demands.errors import DemandNotAnswered, DemandNotFound
from ledger_api.demands.models import AnswerState, SentDemand
from ledger_api.demands.repository import DemandRepository
from ledger_api.demands.schemas import DemandProgress
from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.visitor import OfficerVisitorDep, PagesDep
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.peers.addresses import InstitutionName
from ledger_api.peers.names import InstitutionNames
from ledger_api.signing.endpoints import RecordId
from ledger_proofs.json_members import to_hex
from ledger_proofs.records import format_utc_time
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/demands", route_class=StrictRoute, include_in_schema=False)

DAYS_TO_ANSWER = (1, 3, 7, 15)
DAY_SECONDS = 86_400
Text = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True)
class DemandsPage:
    """The regulator's demands, the newest first."""

    rows: Sequence[DemandProgress]
    names: InstitutionNames
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class Deadline:
    """A choice of by when to answer: in how many days, and the time as the record states it."""

    days: int
    at: str


@dataclass(frozen=True)
class NewDemandPage:
    """The form of a demand; the portal fills in which record it is about. `offered` are chosen by name."""

    offered: Sequence[InstitutionName]
    institution: str
    record_id: str
    commitment: str
    deadlines: Sequence[Deadline]
    words: object = wording


@dataclass(frozen=True)
class AnswerPage:
    """What an institution answered: the reason why it refused, or where the content is read."""

    demand: SentDemand
    commitment: str
    reason: str | None
    names: InstitutionNames
    words: object = wording


@router.get("")
def show_demands(
    request: Request,
    visitor: OfficerVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
) -> Response:
    """List demands with how they were answered."""
    found = endpoints.list_progress(visitor.principal, page, parts, session, None)
    shown = DemandsPage(
        found.items,
        parts.institution_names,
        None if found.next_cursor is None else build_url(request, cursor=found.next_cursor),
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/oversight/demands.html", shown)


@router.get("/new")
def show_form(
    request: Request,
    visitor: OfficerVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    institution: Text = "",
    record: Text = "",
    commitment: Text = "",
) -> Response:
    """Show the form; what the portal named stands in it already."""
    now = parts.clock()
    own = visitor.institution.number
    offered = [each for each in parts.institution_names.list_all() if each.number != own]
    deadlines = [Deadline(days, format_utc_time(now + days * DAY_SECONDS)) for days in DAYS_TO_ANSWER]
    page = NewDemandPage(offered, institution, record, commitment, deadlines)
    return pages.render(request, "desk/oversight/new_demand.html", page)


@router.get("/{demand_id}/content")
def show_answer(
    demand_id: RecordId,
    request: Request,
    visitor: OfficerVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show an answer. A granted content is fetched by the page, and that it was read is noted there."""
    demand = DemandRepository(session).find_sent(visitor.institution.number, demand_id)
    if demand is None:
        raise DemandNotFound
    if demand.state == AnswerState.OPEN:
        raise DemandNotAnswered
    reason = None
    if demand.state == AnswerState.REFUSED:
        reason = endpoints.read_content(demand_id, visitor.principal, parts, request).reason
    page = AnswerPage(demand, to_hex(demand.subject_commitment), reason, parts.institution_names)
    return pages.render(request, "desk/oversight/answer.html", page, import_map=True)
