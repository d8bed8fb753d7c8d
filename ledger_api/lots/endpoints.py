"""Lots over HTTP: prepare, sign (on the releaser's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.lots.schemas import LotRequest
from ledger_api.lots.service import LOTS, Releasing
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_web.bodies import StrictRoute, takes_body

router = APIRouter(prefix=LOTS.path, route_class=StrictRoute, tags=["lots"])

SigningDep = Annotated[Signing, Depends(signing_of(LOTS), scope="function")]
MAX_LOT_BYTES = 1024 * 1024  # as many codes as a lot record holds packs, however long they are written


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a lot for signing · 准备待签批次",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
@takes_body(max_bytes=MAX_LOT_BYTES)
def prepare(request: LotRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record of which packs were made, or are recalled, and say what to sign.

    The codes become tokens; they themselves aren't kept.
    """
    releasing = _releasing(signing)
    return signing.prepare_once(once, lambda releaser: releasing.prepare(releaser, request))


@router.post(
    "",
    status_code=201,
    summary="Submit a signed lot · 提交已签批次",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the releaser's signature. Once the record is final, counters are told of the lot."""
    releasing = _releasing(signing)
    return signing.submit_once(once, request, releasing.keep)


def _releasing(signing: Signing) -> Releasing:
    parts = signing.parts
    return Releasing(signing.service, signing.session, parts.key_wrapper, parts.packs.key)


add_reading_routes(router, LOTS)
add_bundle_route(router, LOTS)
