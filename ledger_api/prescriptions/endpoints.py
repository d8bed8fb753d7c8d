"""Prescriptions: prepare, sign (on the doctor's own machine), submit, follow, read."""

from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Response

from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.sealing import DraftSeal
from ledger_api.drafts.service import DraftService
from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.prescriptions.draft_body import PrescriptionDraft, parse_draft
from ledger_api.prescriptions.schemas import PrepareRequest
from ledger_api.prescriptions.service import PRESCRIPTIONS, IssuingService
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, signing_of
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_api.signing.service import Author, Issued, Prepared
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix=PRESCRIPTIONS.path, route_class=StrictRoute, tags=["prescriptions"])

SigningDep = Annotated[Signing, Depends(signing_of(PRESCRIPTIONS), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a prescription for signing · 准备待签处方",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: PrepareRequest, once: Once, signing: SigningDep) -> Response:
    """Complete the draft, give it an id and a time, commit to it, and say what to sign for each window.

    Show the doctor the record's fields, recompute the commitment from them and the record key, and sign
    only then.
    """

    def prepare_draft(doctor: Author) -> Prepared:
        draft = _get_draft(signing, request)
        issuing = IssuingService(signing.service, ZoneInfo(signing.parts.settings.zone))
        return issuing.prepare(doctor, draft, request.draft_id, request.holders)

    return signing.prepare_once(once, prepare_draft)


@router.post(
    "",
    status_code=201,
    summary="Submit a signed prescription · 提交已签处方",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the doctor's signatures. After 201 the prescription can't be lost and reaches the chain once.

    The same signatures sent again, under whatever key, give the same prescription.
    """

    def close_draft(issued: Issued) -> None:
        if issued.draft_id is not None:  # a draft that was deleted meanwhile stands against it
            _drafts(signing).mark_signed(signing.principal, issued.draft_id, issued.record.id)

    return signing.submit_once(once, request, close_draft)


add_reading_routes(router, PRESCRIPTIONS)
add_bundle_route(router, PRESCRIPTIONS)


def _get_draft(signing: Signing, request: PrepareRequest) -> PrescriptionDraft:
    if request.draft_id is None:
        return parse_draft(cast("Any", request.body))
    drafts = _drafts(signing)
    draft = drafts.open_content(drafts.get_open(signing.principal, request.draft_id))
    if draft is None:
        raise LookupError("an open draft has no content")
    return draft


def _drafts(signing: Signing) -> DraftService:
    return DraftService(
        DraftRepository(signing.session),
        DraftSeal(signing.parts.key_wrapper),
        signing.parts.clock,
        signing.audit,
    )
