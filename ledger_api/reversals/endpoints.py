"""Reversals over HTTP: prepare, sign (on the adjudicator's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.network import NetworkMissing
from ledger_api.reversals.schemas import ReversalPrepare
from ledger_api.reversals.service import (
    REVERSALS,
    ReversibleSettlement,
    get_reversible,
    prepare_reversal,
    reverse,
)
from ledger_api.settlements.claim_standing import verify_standing
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, ask_before, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_proofs.claims import ClaimStatus
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=REVERSALS.path, route_class=StrictRoute, tags=["settlements"])

SigningDep = Annotated[Signing, Depends(signing_of(REVERSALS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a reversal for signing · 准备待签冲正",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: ReversalPrepare, once: Once, signing: SigningDep) -> Response:
    """Make the record that takes a settlement back. That its claims stand settled is asked of the chain."""
    get_found = ask_before(lambda: _get_settled(signing, request.settlement_id))
    return signing.prepare_once(
        once, lambda adjudicator: prepare_reversal(signing.service, adjudicator, get_found(), request)
    )


@router.post(
    "",
    status_code=201,
    summary="Submit a signed reversal · 提交已签冲正",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the adjudicator's signature, and turn the claims back: `act` says what became of it."""
    parts = signing.parts
    return signing.submit_once(
        once, request, lambda issued: reverse(signing.session, parts.key_wrapper, parts.clock, issued)
    )


add_reading_routes(router, REVERSALS)
add_bundle_route(router, REVERSALS)


def _get_settled(signing: Signing, settlement_id: str) -> ReversibleSettlement:
    parts = signing.parts
    if parts.network is None:
        raise NetworkMissing
    with parts.database.reading() as session:
        found = get_reversible(session, parts.key_wrapper, signing.principal.institution, settlement_id)
    verify_standing(parts.network.look(), found.spend, ClaimStatus.SETTLED, found.claims)
    return found
