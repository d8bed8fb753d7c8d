"""The clerk's pages: demands that reached the institution, and one of them with the form to answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ledger_api.accesses import incoming_endpoints
from ledger_api.accesses.schemas import IncomingDemandAnswer, IncomingDemandSummary
from ledger_api.demands.models import AnswerState
from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.visitor import ClerkVisitorDep, PagesDep
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.peers.names import InstitutionNames
from ledger_api.signing.endpoints import RecordId
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/incoming-demands", route_class=StrictRoute, include_in_schema=False)


@dataclass(frozen=True)
class IncomingPage:
    """Demands for records of this institution, the newest first."""

    rows: Sequence[IncomingDemandSummary]
    names: InstitutionNames
    states: Sequence[AnswerState]
    chosen: str
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class IncomingDemandPage:
    """One demand: who asks, for what, on which grounds."""

    demand: IncomingDemandAnswer
    names: InstitutionNames
    words: object = wording


@router.get("")
def show_incoming(
    request: Request,
    visitor: ClerkVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
    state: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """List the demands that reached this institution."""
    chosen = AnswerState(state) if state in set(AnswerState) else None
    found = incoming_endpoints.list_incoming(visitor.principal, page, parts, session, chosen)
    shown = IncomingPage(
        found.items,
        parts.institution_names,
        tuple(AnswerState),
        chosen or "",
        None if found.next_cursor is None else build_url(request, cursor=found.next_cursor),
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/oversight/incoming.html", shown)


@router.get("/{demand_id}")
def show_demand(
    demand_id: RecordId,
    request: Request,
    visitor: ClerkVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    regulator: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show one demand with the form to answer it. That it was read is noted."""
    found = incoming_endpoints.read_incoming(demand_id, visitor.principal, parts, request, regulator)
    page = IncomingDemandPage(found, parts.institution_names)
    return pages.render(request, "desk/oversight/incoming_demand.html", page)
