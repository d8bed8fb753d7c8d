"""Voids over HTTP: prepare, sign (on the doctor's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, ask_before, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_api.voids.schemas import VoidRequest
from ledger_api.voids.service import VOIDS, Voiding, VoidTarget, choose_ordinals, get_target
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=VOIDS.path, route_class=StrictRoute, tags=["voids"])

SigningDep = Annotated[Signing, Depends(signing_of(VOIDS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a void for signing · 准备待签作废",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: VoidRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record that takes unused claims of a prescription back for ever, and say what to sign.

    Any doctor of the hospital can; the record says who did.
    """
    get_choice = ask_before(lambda: _choose(signing, request))
    voiding = Voiding(signing.service, signing.session)
    return signing.prepare_once(once, lambda doctor: voiding.prepare(doctor, request, *get_choice()))


@router.post(
    "",
    status_code=201,
    summary="Submit a signed void · 提交已签作废",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the doctor's signature, and take the claims back on the chain: `act` says what became of it."""
    voiding, parts = Voiding(signing.service, signing.session), signing.parts
    return signing.submit_once(
        once, request, lambda issued: voiding.enqueue(parts.key_wrapper, parts.clock, issued)
    )


def _choose(signing: Signing, request: VoidRequest) -> tuple[VoidTarget, tuple[int, ...]]:
    parts, hospital = signing.parts, signing.principal.institution
    with parts.database.reading() as session:
        target = get_target(session, hospital, request.prescription_id, request.window)
    return target, choose_ordinals(target, request.ordinals, parts.network)


add_reading_routes(router, VOIDS)
add_bundle_route(router, VOIDS)
