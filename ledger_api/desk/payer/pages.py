"""Settlement requests, the newest first, and one of them: its evidence, its bill, and the adjudication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.visitor import PagesDep, Visitor, visitor_with
from ledger_api.identity.principal import Role
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.peers.names import InstitutionNames
from ledger_api.settlements import request_endpoints
from ledger_api.settlements.models import Direction, RequestState
from ledger_api.settlements.schemas import RequestAnswer, RequestSummary
from ledger_api.spends.answers import ActReason, build_act_answer
from ledger_api.spends.repository import SpendRepository
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/settlement-requests", route_class=StrictRoute, include_in_schema=False)

MOST_SHOWN_OPEN = 8
"""Pieces of evidence; of more each is opened by itself."""
PartyDep = Annotated[Visitor, Depends(visitor_with(Role.ADJUDICATOR, Role.PHARMACIST))]
"""Who asked, or who is asked."""


@dataclass(frozen=True)
class RequestsPage:
    """Settlement requests of this institution; `is_payer` where it is asked, else where it asks.

    `reasons`, by a request's id: why the chain refused the act that was signed last.
    """

    rows: Sequence[RequestSummary]
    reasons: Mapping[str, ActReason]
    names: InstitutionNames
    is_payer: bool
    states: Sequence[RequestState]
    chosen: str
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class BillLine:
    """One charge as the adjudicator sees it, with the shares that are suggested. Money in minor units."""

    line: int
    name: str
    quantity: str
    unit_price_minor: int
    amount_minor: int
    claim_count: int
    fund_minor: int
    account_minor: int
    cash_minor: int


@dataclass(frozen=True)
class RequestPage:
    """One request in full."""

    found: RequestAnswer
    lines: Sequence[BillLine]
    is_payer: bool
    names: InstitutionNames
    most_open: int = MOST_SHOWN_OPEN
    words: object = wording


@router.get("")
def show_requests(
    request: Request,
    visitor: PartyDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
    state: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """List the requests; an adjudicator sees those that came in, a pharmacist those that went out."""
    is_payer = visitor.principal.has_any((Role.ADJUDICATOR,))
    chosen = RequestState(state) if state in set(RequestState) else None
    direction = Direction.IN if is_payer else Direction.OUT
    found = request_endpoints.list_requests(visitor.principal, page, session, direction, chosen)
    shown = RequestsPage(
        found.items,
        _find_reasons(found.items, session),
        parts.institution_names,
        is_payer,
        tuple(RequestState),
        chosen or "",
        None if found.next_cursor is None else build_url(request, cursor=found.next_cursor),
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/payer/requests.html", shown)


@router.get("/{request_id}")
def show_request(
    request_id: request_endpoints.RequestId,
    request: Request,
    visitor: PartyDep,
    parts: PartsDep,
    pages: PagesDep,
) -> Response:
    """Show one request. That its content was read is noted."""
    found = request_endpoints.read_request(request_id, visitor.principal, parts, request)
    page = RequestPage(
        found, _build_lines(found), found.summary.direction == Direction.IN, parts.institution_names
    )
    return pages.render(request, "desk/payer/request.html", page)


def _find_reasons(requests: Sequence[RequestSummary], session: Session) -> Mapping[str, ActReason]:
    """Of what was signed here; of an outgoing request only the payer knows."""
    acts = {act.id: each.id for each in requests if (act := each.reversal or each.settlement) is not None}
    found = SpendRepository(session).list_of_records(acts)
    reasons = {acts[intent.record_id]: build_act_answer(intent).reason for intent in found}
    return {request_id: reason for request_id, reason in reasons.items() if reason is not None}


def _build_lines(found: RequestAnswer) -> Sequence[BillLine]:
    charges: Sequence[Mapping[str, Any]] = ()
    for each in found.evidence:
        if each.role == "dispensing":
            charges = each.record["body"]["charges"]["lines"]
    return [
        BillLine(
            billed.line,
            str(charge["name"]),
            f"{charge['quantity']['value']} {charge['quantity']['unit']}",
            int(charge["unit_price_minor"]),
            billed.amount_minor,
            len(billed.claims),
            shares.fund_minor,
            shares.account_minor,
            shares.cash_minor,
        )
        for billed, charge, shares in zip(found.bill, charges, found.suggestion, strict=True)
    ]
