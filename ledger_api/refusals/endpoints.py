"""Refusals over HTTP: prepare, sign (on the pharmacist's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.refusals.schemas import RefusalRequest
from ledger_api.refusals.service import REFUSALS, Refusing
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=REFUSALS.path, route_class=StrictRoute, tags=["refusals"])

SigningDep = Annotated[Signing, Depends(signing_of(REFUSALS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a refusal for signing · 准备待签拒绝发药",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: RefusalRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record that nothing was handed over, with the reason, and say what to sign.

    Where the chain refused a dispensing, its error goes into the record.
    """
    refusing = Refusing(signing.service, signing.session, signing.parts.key_wrapper)
    return signing.prepare_once(once, lambda pharmacist: refusing.prepare(pharmacist, request))


@router.post(
    "",
    status_code=201,
    summary="Submit a signed refusal · 提交已签拒绝发药",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the pharmacist's signature. The same signature again gives the same refusal."""
    refusing = Refusing(signing.service, signing.session, signing.parts.key_wrapper)
    return signing.submit_once(once, request, refusing.keep)


add_reading_routes(router, REFUSALS)
add_bundle_route(router, REFUSALS)
