"""Settlements over HTTP: prepare, sign (on the adjudicator's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.network import NetworkMissing
from ledger_api.settlements.claim_standing import verify_standing
from ledger_api.settlements.incoming import OpenedRequest, open_request
from ledger_api.settlements.models import SettlementRequest
from ledger_api.settlements.schemas import SettlementPrepare
from ledger_api.settlements.service import SETTLEMENTS, get_open_request, prepare_settlement, settle
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, ask_before, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_api.signing.service import Author, Prepared
from ledger_proofs.claims import ClaimStatus
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=SETTLEMENTS.path, route_class=StrictRoute, tags=["settlements"])

SigningDep = Annotated[Signing, Depends(signing_of(SETTLEMENTS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a settlement for signing · 准备待签结算",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: SettlementPrepare, once: Once, signing: SigningDep) -> Response:
    """Divide each charge of a request into the shares of fund, account and cash, and what is reduced.

    That the claims still stand as dispensed by that use is asked of the chain before anything is prepared.
    """
    get_request = ask_before(lambda: _open_settleable(signing, request.request_id))

    def prepare_body(adjudicator: Author) -> Prepared:
        row, opened = get_request()
        return prepare_settlement(signing.service, adjudicator, row, opened, request.lines, request.note)

    return signing.prepare_once(once, prepare_body)


@router.post(
    "",
    status_code=201,
    summary="Submit a signed settlement · 提交已签结算",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the adjudicator's signature, and settle the claims on the chain: `act` says what became of it.

    A settlement that refuses every charge has no act: its claims stay dispensed.
    """
    parts = signing.parts
    return signing.submit_once(
        once, request, lambda issued: settle(signing.session, parts.key_wrapper, parts.clock, issued)
    )


add_reading_routes(router, SETTLEMENTS)
add_bundle_route(router, SETTLEMENTS)


def _open_settleable(signing: Signing, request_id: str) -> tuple[SettlementRequest, OpenedRequest]:
    parts = signing.parts
    if parts.network is None:
        raise NetworkMissing
    with parts.database.reading() as session:
        row = get_open_request(session, signing.principal.institution, request_id)
    opened = open_request(parts.key_wrapper, row)
    verify_standing(parts.network.look(), opened.use.spend, ClaimStatus.DISPENSED)
    return row, opened
