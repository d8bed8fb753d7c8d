"""Settlement requests on both sides: sent by who dispensed, worked on by the payer's adjudicator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ledger_api.audit.service import AuditTrail
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import AuditDep, Parts, PartsDep, ReadSession, WorkSession
from ledger_api.settlements.adjudication import suggest_shares
from ledger_api.settlements.answers import build_bill_answer, build_summary, build_verified
from ledger_api.settlements.errors import SettlementRequestNotFound
from ledger_api.settlements.incoming import open_request
from ledger_api.settlements.models import Direction, RequestState, SettlementRequest
from ledger_api.settlements.outgoing import find_settlement, keep_sent, refresh, send_request
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.schemas import (
    RequestAnswer,
    RequestPage,
    RequestSummary,
    SettlementRequestRequest,
)
from ledger_api.signing.endpoints import ask_before
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/settlement-requests", route_class=StrictRoute, tags=["settlements"])

AskerDep = Annotated[Principal, Depends(require(Role.PHARMACIST, Role.INTEGRATION))]
ReaderDep = Annotated[Principal, Depends(require(Role.PHARMACIST, Role.ADJUDICATOR, Role.INTEGRATION))]
FollowerDep = Annotated[
    Principal, Depends(require(Role.PHARMACIST, Role.ADJUDICATOR, Role.INTEGRATION, Role.ADMIN))
]
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The request's id")]


@router.post(
    "",
    status_code=201,
    summary="Ask the payer to settle a dispensing · 向付款方申请结算",
    response_model=RequestSummary,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def ask_to_settle(
    request: SettlementRequestRequest,
    once: Once,
    principal: AskerDep,
    parts: PartsDep,
    session: WorkSession,
    audit: AuditDep,
) -> Response:
    """Send a dispensing that is done, with the evidence for it, to the payer that its use names.

    The payer verifies all of it before it takes it. A dispensing is asked for once.
    """
    get_sent = ask_before(lambda: send_request(parts, principal.institution, request.dispensing_id))

    def act() -> RequestSummary:
        row = keep_sent(session, audit, get_sent(), principal.scope, parts.clock())
        return build_summary(row, session)

    return once.answer(201, act)


@router.get("", summary="List settlement requests · 列出结算申请", responses=problem_responses(401, 403, 422))
def list_requests(
    principal: FollowerDep,
    page: PageDep,
    session: ReadSession,
    direction: Annotated[Direction | None, Query(description="in: you pay; out: you ask")] = None,
    state: Annotated[RequestState | None, Query(description="What was signed of it last")] = None,
) -> RequestPage:
    """List your institution's requests, the newest first, without their content.

    How an outgoing one stands is what the payer said when it was last read.
    """
    repository = SettlementRequestRepository(session)
    found = repository.list_page(principal.institution, direction, state, page.cursor, page.fetch)
    rows, more = page.cut(found)
    return RequestPage(
        items=[build_summary(row, session) for row in rows],
        next_cursor=str(rows[-1].sequence) if more else None,
    )


@router.get(
    "/{request_id}",
    summary="Read a settlement request · 读取结算申请",
    responses=problem_responses(401, 403, 404, 422, 503),
)
def read_request(
    request_id: RequestId, principal: ReaderDep, parts: PartsDep, request: Request
) -> RequestAnswer:
    """Read a request: at the payer its evidence, bill and a suggestion; at who asked, how it stands now.

    Reading content is noted in the audit trail. An outgoing request's payer is asked each time; where it
    doesn't answer, `is_fresh` is false and its last word stands.
    """
    with parts.database.reading() as session:
        row = SettlementRequestRepository(session).find(principal.institution, request_id)
    if row is None:
        raise SettlementRequestNotFound
    if row.direction == Direction.IN:
        if not principal.has_any((Role.ADJUDICATOR, Role.INTEGRATION)):
            raise SettlementRequestNotFound
        return _answer_payer(parts, principal, request, row)
    return _answer_asker(parts, principal, request, row)


def _answer_payer(
    parts: Parts, principal: Principal, request: Request, row: SettlementRequest
) -> RequestAnswer:
    opened = open_request(parts.key_wrapper, row)
    _note_reading(parts, principal, request, row)
    with parts.database.reading() as session:
        summary = build_summary(row, session)
    return RequestAnswer(
        summary=summary,
        as_of_block=opened.as_of_block,
        evidence=list(opened.verified),
        bill=build_bill_answer(opened.use.bill),
        suggestion=list(suggest_shares(opened.use.bill)),
        settlement=None,
        is_fresh=True,
    )


def _answer_asker(
    parts: Parts, principal: Principal, request: Request, row: SettlementRequest
) -> RequestAnswer:
    row, is_fresh = refresh(parts, row)
    found = find_settlement(parts, row)
    if found is not None:
        _note_reading(parts, principal, request, row)
    with parts.database.reading() as session:
        summary = build_summary(row, session)
    return RequestAnswer(
        summary=summary,
        as_of_block=None,
        evidence=[],
        bill=[],
        suggestion=[],
        settlement=None if found is None else build_verified("settlement", found),
        is_fresh=is_fresh,
    )


def _note_reading(parts: Parts, principal: Principal, request: Request, row: SettlementRequest) -> None:
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id_of(request)).note(
            row.institution, principal.scope, "settlement-request.read", f"settlement-request:{row.id}"
        )
