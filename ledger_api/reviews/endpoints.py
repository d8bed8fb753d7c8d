"""Reviews over HTTP: prepare, sign (on the pharmacist's own machine), submit, follow, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import ReadSession
from ledger_api.prescriptions.service import PRESCRIPTIONS
from ledger_api.reviews.schemas import ReviewRequest
from ledger_api.reviews.service import REVIEWS, Reviewing, list_unreviewed
from ledger_api.signing.answers import list_summaries
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, signing_of
from ledger_api.signing.schemas import IssuedAnswer, IssuedPage, PrepareAnswer, SubmitRequest
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

router = APIRouter(prefix=REVIEWS.path, route_class=StrictRoute, tags=["reviews"])

SigningDep = Annotated[Signing, Depends(signing_of(REVIEWS), scope="function")]
PharmacistDep = Annotated[Principal, Depends(require(Role.PHARMACIST, Role.INTEGRATION))]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a review for signing · 准备待签审方",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: ReviewRequest, once: Once, signing: SigningDep) -> Response:
    """Make the record of what the pharmacist found, and say what to sign.

    The latest review of an institution counts: a rejection can be followed by an approval, and the other way
    round.
    """
    reviewing = Reviewing(signing.service, signing.session)
    return signing.prepare_once(once, lambda pharmacist: reviewing.prepare(pharmacist, request))


@router.post(
    "",
    status_code=201,
    summary="Submit a signed review · 提交已签审方",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the pharmacist's signature. The same signature again gives the same review."""
    reviewing = Reviewing(signing.service, signing.session)
    return signing.submit_once(
        once, request, lambda issued: reviewing.keep(signing.parts.key_wrapper, issued)
    )


@router.get(
    "/awaiting",
    summary="List prescriptions that await a review · 列出待审处方",
    responses=problem_responses(401, 403, 422),
)
def list_awaiting(principal: PharmacistDep, page: PageDep, session: ReadSession) -> IssuedPage:
    """List your institution's own prescriptions that none of its pharmacists has reviewed, the newest first,
    without their content.
    """
    found = list_unreviewed(session, principal.institution, page.cursor, page.fetch)
    rows, more = page.cut(found)
    return IssuedPage(
        items=list_summaries(PRESCRIPTIONS, rows, session),
        next_cursor=str(rows[-1].sequence) if more else None,
    )


add_reading_routes(router, REVIEWS)
add_bundle_route(router, REVIEWS)
