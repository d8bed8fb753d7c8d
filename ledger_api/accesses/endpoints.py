"""Accesses: a clerk answers a demand, and signs for what is handed over."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ledger_api.accesses.body import AccessBody
from ledger_api.accesses.schemas import AccessRequest
from ledger_api.accesses.service import DEMAND, HANDED_KEY, Answer, mark_answered, prepare_access
from ledger_api.deliveries.models import Delivery
from ledger_api.deliveries.repository import DeliveryRepository
from ledger_api.demands.errors import DemandNotFound
from ledger_api.demands.incoming import open_demand
from ledger_api.demands.models import IncomingDemand
from ledger_api.demands.repository import DemandRepository
from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.signing.endpoints import WRITING_REFUSALS, Signing, add_reading_routes, signing_of
from ledger_api.signing.nouns import Noun
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_api.signing.service import Author, Issued, Prepared
from ledger_proofs.kinds import KINDS
from ledger_web.bodies import StrictRoute

ACCESSES = Noun(KINDS[12], "accesses", "调阅答复")
router = APIRouter(prefix=ACCESSES.path, route_class=StrictRoute, tags=["demands"])

SigningDep = Annotated[Signing, Depends(signing_of(ACCESSES), scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare the answer to a demand · 准备待签调阅答复",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: AccessRequest, once: Once, signing: SigningDep) -> Response:
    """Make the answer that the clerk may sign. Granted: the record's key is wrapped to the regulator's key
    now, and leaves the gateway once the signed answer is final on the chain.
    """

    def answer_demand(clerk: Author) -> Prepared:
        row = DemandRepository(signing.session).find_incoming(
            clerk.institution.number, request.demand.id, request.demand.institution
        )
        if row is None:
            raise DemandNotFound
        _bundle, demand = open_demand(signing.parts.key_wrapper, row)
        subject = RecordRepository(signing.session).find(row.institution, row.subject_id)
        if subject is None:
            raise DemandNotFound
        is_granted = request.decision == "granted"
        opened = open_record(signing.parts.key_wrapper, subject) if is_granted else None
        answer = Answer(request.decision, request.reason)
        return prepare_access(signing.service, clerk, row, demand, answer, opened)

    return signing.prepare_once(once, answer_demand)


@router.post(
    "",
    status_code=201,
    summary="Submit the signed answer to a demand · 提交已签调阅答复",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the clerk's signature. The answer is delivered as soon as it is final on the chain."""

    def deliver(issued: Issued) -> None:
        row = _get_demand(signing, issued)
        opened = open_record(signing.parts.key_wrapper, issued.record)
        body = AccessBody.model_validate(opened.record.body)
        handed = issued.context.get(HANDED_KEY)
        key = bytes.fromhex(handed[2:]) if isinstance(handed, str) else None
        mark_answered(row, issued.record.id, body, key)
        DemandRepository(signing.session).add(row)
        DeliveryRepository(signing.session).add(
            Delivery(
                record_id=issued.record.id,
                institution=issued.record.institution,
                recipient=row.regulator,
                next_at=issued.record.accepted_at,
            )
        )
        _note_disclosure(signing, row, body)

    return signing.submit_once(once, request, deliver)


add_reading_routes(router, ACCESSES)
add_bundle_route(router, ACCESSES)


def _get_demand(signing: Signing, issued: Issued) -> IncomingDemand:
    commitment = bytes.fromhex(str(issued.context[DEMAND])[2:])
    row = DemandRepository(signing.session).find_incoming_by_commitment(
        issued.record.institution, commitment, is_locked=True
    )
    if row is None:
        raise DemandNotFound
    return row


def _note_disclosure(signing: Signing, row: IncomingDemand, body: AccessBody) -> None:
    """Note on the record's own history that its content was demanded and what was answered."""
    signing.audit.note(
        row.institution,
        signing.principal.scope,
        f"demand.{body.decision}",
        f"demand:{row.id}",
        {"regulator": row.regulator, "subject": row.subject_id},
    )
