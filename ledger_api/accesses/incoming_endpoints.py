"""The demands that reached an institution, as its clerk and administrator see them."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import Session

from ledger_api.accesses.schemas import (
    IncomingDemandAnswer,
    IncomingDemandPage,
    IncomingDemandSummary,
)
from ledger_api.deliveries.models import Delivery, DeliveryState
from ledger_api.deliveries.repository import DeliveryRepository
from ledger_api.demands.errors import DemandNotFound
from ledger_api.demands.incoming import open_demand
from ledger_api.demands.models import AnswerState, IncomingDemand
from ledger_api.demands.repository import DemandRepository
from ledger_api.demands.schemas import RecordName
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.signing.endpoints import RecordId, note_reading
from ledger_proofs.bundles import bundle_as_json
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import get_kind
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

router = APIRouter(prefix="/v1/incoming-demands", route_class=StrictRoute, tags=["demands"])

FollowerDep = Annotated[Principal, Depends(require(Role.CLERK, Role.INTEGRATION, Role.ADMIN))]
ReaderDep = Annotated[Principal, Depends(require(Role.CLERK, Role.INTEGRATION))]


@router.get(
    "",
    summary="List demands that reached you · 列出收到的调阅要求",
    responses=problem_responses(401, 403, 422),
)
def list_incoming(
    principal: FollowerDep,
    page: PageDep,
    parts: PartsDep,
    session: ReadSession,
    state: Annotated[AnswerState | None, Query(description="open, granted or refused")] = None,
) -> IncomingDemandPage:
    """List the demands for records of your institution, the newest first, without their grounds."""
    repository = DemandRepository(session)
    rows, more = page.cut(repository.list_incoming(principal.institution, state, page.cursor, page.fetch))
    return IncomingDemandPage(
        items=_summarise(session, principal.institution, rows, parts.clock()),
        next_cursor=str(rows[-1].sequence) if more else None,
    )


@router.get(
    "/{demand_id}",
    summary="Read a demand that reached you · 读取收到的调阅要求",
    responses=problem_responses(401, 403, 404),
)
def read_incoming(
    demand_id: RecordId,
    principal: ReaderDep,
    parts: PartsDep,
    request: Request,
    regulator: Annotated[int | None, Query(ge=1, description="Where two sent the same id")] = None,
) -> IncomingDemandAnswer:
    """Say who demands which record's content, for what, on which grounds. That it was read is noted."""
    with parts.database.reading() as session:
        row = DemandRepository(session).find_incoming(principal.institution, demand_id, regulator)
        if row is None:
            raise DemandNotFound
        summary = _summarise(session, principal.institution, [row], parts.clock())[0]
        subject = RecordRepository(session).find(principal.institution, row.subject_id)
    if subject is None:
        raise DemandNotFound
    bundle, body = open_demand(parts.key_wrapper, row)
    note_reading(parts, principal, request, "demand.read", subject, {"demand": row.id})
    return IncomingDemandAnswer(
        summary=summary,
        grounds=body.grounds,
        officer=body.officer.model_dump(),
        commitment=to_hex(row.commitment),
        bundle=cast("dict[str, Any]", bundle_as_json(bundle)),
    )


def _summarise(
    session: Session, institution: int, rows: Sequence[IncomingDemand], now: int
) -> list[IncomingDemandSummary]:
    records = {
        each.id: each
        for each in RecordRepository(session).list_of(institution, [row.subject_id for row in rows])
    }
    answered = [row.access_id for row in rows if row.access_id is not None]
    deliveries = DeliveryRepository(session).list_of_records(answered)
    return [_summary(row, records[row.subject_id], deliveries.get(row.access_id or ""), now) for row in rows]


def _summary(
    row: IncomingDemand, subject: StoredRecord, delivery: Delivery | None, now: int
) -> IncomingDemandSummary:
    return IncomingDemandSummary(
        id=row.id,
        regulator=row.regulator,
        subject=RecordName(
            institution=row.institution, id=row.subject_id, commitment=to_hex(row.subject_commitment)
        ),
        subject_kind=get_kind(subject.kind).name,
        purpose=cast("Any", row.purpose),
        answer_by=row.answer_by,
        received_at=row.received_at,
        state=AnswerState(row.state),
        is_overdue=row.state == AnswerState.OPEN and now > row.answer_by,
        access_id=row.access_id,
        delivery=None if delivery is None else DeliveryState(delivery.state),
    )
