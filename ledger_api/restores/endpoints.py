"""Restores over HTTP: prepare, sign (on the pharmacist's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.restores.schemas import RestoreRequest
from ledger_api.restores.service import RESTORES, DoneDispensing, Restoring, get_restorable
from ledger_api.signing.endpoints import (
    WRITING_REFUSALS,
    Signing,
    add_reading_routes,
    ask_before,
    signing_of,
)
from ledger_api.signing.errors import PreparationNotFound
from ledger_api.signing.looking_ahead import find_unsubmitted
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=RESTORES.path, route_class=StrictRoute, tags=["restores"])

SigningDep = Annotated[Signing, Depends(signing_of(RESTORES), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a restore for signing · 准备待签恢复",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: RestoreRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record that undoes a dispensing of your institution, all of it, and say what to sign.

    It can be undone for ten days, while the payer has settled none of its claims. What a patient brings back
    is never dispensed again: its units count as returned, unless the scan is undone within the hour.
    """
    parts, tenant = signing.parts, signing.principal.institution
    get_target = ask_before(lambda: get_restorable(parts, tenant, request.dispensing_id))
    restoring = Restoring(signing.service, signing.session)
    return signing.prepare_once(once, lambda pharmacist: restoring.prepare(pharmacist, request, get_target()))


@router.post(
    "",
    status_code=201,
    summary="Submit a signed restore · 提交已签恢复",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the pharmacist's signature, and free the claims on the chain: `act` says what became of it."""
    restoring = Restoring(signing.service, signing.session)
    get_target = ask_before(lambda: _look_again(signing, request.preparation_id))
    return signing.submit_once(
        once, request, lambda issued: restoring.enqueue(signing.parts, issued, get_target())
    )


def _look_again(signing: Signing, preparation_id: str) -> DoneDispensing:
    """Return the dispensing of a prepared restore, if it can still be undone."""
    prepared = find_unsubmitted(signing, preparation_id)
    if prepared is None:
        raise PreparationNotFound
    dispensing_id = str(prepared.context["dispensing_id"])
    return get_restorable(signing.parts, signing.principal.institution, dispensing_id)


add_reading_routes(router, RESTORES)
add_bundle_route(router, RESTORES)
