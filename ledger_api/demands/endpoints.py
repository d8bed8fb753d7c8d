"""Demands at the regulator: prepare, sign, follow, and read what was handed over."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from ledger_api.deliveries.models import Delivery, DeliveryState
from ledger_api.deliveries.repository import DeliveryRepository
from ledger_api.demands.answers import open_answer
from ledger_api.demands.body import DemandBody, Subject
from ledger_api.demands.errors import DemandNotAnswered, DemandNotFound
from ledger_api.demands.models import AnswerState, SentDemand
from ledger_api.demands.repository import DemandRepository
from ledger_api.demands.schemas import (
    ContentAnswer,
    DemandProgress,
    DemandProgressPage,
    DemandRequest,
    RecordName,
    SubjectAnswer,
)
from ledger_api.demands.service import Demanded, prepare_demand
from ledger_api.evidence.bundle_endpoint import add_bundle_route
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.signing.endpoints import (
    WRITING_REFUSALS,
    RecordId,
    Signing,
    add_reading_routes,
    note_reading,
    signing_of,
)
from ledger_api.signing.nouns import Noun
from ledger_api.signing.schemas import IssuedAnswer, PrepareAnswer, SubmitRequest
from ledger_api.signing.service import Issued
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import parse_utc_time
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

DEMANDS = Noun(KINDS[11], "demands", "调阅要求", more_readers=(Role.REGULATOR,))
router = APIRouter(prefix=DEMANDS.path, route_class=StrictRoute, tags=["demands"])
progress_router = APIRouter(route_class=StrictRoute, tags=["demands"])

SigningDep = Annotated[Signing, Depends(signing_of(DEMANDS), scope="function")]
FollowerDep = Annotated[Principal, Depends(require(*DEMANDS.followers))]
ReaderDep = Annotated[Principal, Depends(require(Role.OFFICER, Role.REGULATOR))]
"""Who reads content that was handed over: officers, and the regulator's own machine."""


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a demand for a record's content · 准备待签调阅要求",
    response_model=PrepareAnswer,
    responses=WRITING_REFUSALS,
)
def prepare(request: DemandRequest, once: Once, signing: SigningDep) -> Response:
    """Make the demand that the officer may sign, with the key to which the answer is to be wrapped."""
    subject = Subject.model_validate(request.subject.model_dump(exclude_none=True))
    demanded = Demanded(subject, request.purpose, request.grounds, request.answer_by)
    return signing.prepare_once(
        once,
        lambda officer: prepare_demand(signing.service, officer, demanded, signing.parts.content_keys),
    )


@router.post(
    "",
    status_code=201,
    summary="Submit a signed demand · 提交已签调阅要求",
    response_model=IssuedAnswer,
    responses=WRITING_REFUSALS,
)
def submit(request: SubmitRequest, once: Once, signing: SigningDep) -> Response:
    """Accept the officer's signature. The demand is delivered as soon as it is final on the chain."""

    def deliver(issued: Issued) -> None:
        opened = open_record(signing.parts.key_wrapper, issued.record)
        body = DemandBody.model_validate(opened.record.body)
        DemandRepository(signing.session).add(
            SentDemand(
                id=issued.record.id,
                institution=issued.record.institution,
                recipient=body.subject.institution,
                subject_commitment=bytes.fromhex(body.subject.commitment[2:]),
                purpose=body.purpose,
                answer_by=parse_utc_time(body.answer_by),
            )
        )
        DeliveryRepository(signing.session).add(
            Delivery(
                record_id=issued.record.id,
                institution=issued.record.institution,
                recipient=body.subject.institution,
                next_at=issued.record.accepted_at,
            )
        )

    return signing.submit_once(once, request, deliver)


add_reading_routes(router, DEMANDS)
add_bundle_route(router, DEMANDS)


@router.get(
    "/{record_id}/content",
    summary="Read the content that was handed over · 读取所交付的内容",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
def read_content(
    record_id: RecordId, principal: ReaderDep, parts: PartsDep, request: Request
) -> ContentAnswer:
    """Open what the institution handed over for a demand. That it was read is noted in the audit trail."""
    with parts.database.reading() as session:
        demand = DemandRepository(session).find_sent(principal.institution, record_id)
        record = RecordRepository(session).find(principal.institution, record_id)
    if demand is None or record is None:
        raise DemandNotFound
    if demand.state == AnswerState.OPEN:
        raise DemandNotAnswered
    answer = open_answer(parts, demand, record)
    note_reading(parts, principal, request, "demand.content-read", record)
    return answer


@progress_router.get(
    "/v1/demand-progress",
    summary="List demands with their answers · 列出调阅要求及其答复",
    responses=problem_responses(401, 403, 422),
)
def list_progress(
    principal: FollowerDep,
    page: PageDep,
    parts: PartsDep,
    session: ReadSession,
    subject: Annotated[
        str | None, Query(pattern=r"^0x[0-9a-f]{64}$", description="Only demands of this commitment")
    ] = None,
) -> DemandProgressPage:
    """List the institution's demands, the newest first: whether delivered, and how answered."""
    wanted = None if subject is None else bytes.fromhex(subject[2:])
    rows, more = page.cut(
        DemandRepository(session).list_sent(principal.institution, wanted, page.cursor, page.fetch)
    )
    deliveries = DeliveryRepository(session).list_of_records([row.id for row in rows])
    now = parts.clock()
    return DemandProgressPage(
        items=[_build_progress(row, deliveries.get(row.id), now) for row in rows],
        next_cursor=str(rows[-1].sequence) if more else None,
    )


def _build_progress(row: SentDemand, delivery: Delivery | None, now: int) -> DemandProgress:
    access = None
    if row.access_id is not None and row.access_commitment is not None:
        access = RecordName(
            institution=row.recipient, id=row.access_id, commitment=to_hex(row.access_commitment)
        )
    return DemandProgress(
        id=row.id,
        subject=SubjectAnswer(institution=row.recipient, commitment=to_hex(row.subject_commitment)),
        purpose=cast("Any", row.purpose),
        answer_by=row.answer_by,
        delivery=DeliveryState.WAITING if delivery is None else DeliveryState(delivery.state),
        delivery_code=None if delivery is None else delivery.last_code,
        state=AnswerState(row.state),
        answered_at=row.answered_at,
        is_overdue=row.state == AnswerState.OPEN and now > row.answer_by,
        access=access,
    )
