"""Drafting, reading, listing and deleting drafts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.schemas import (
    DraftAnswer,
    DraftId,
    DraftPage,
    DraftStatus,
    DraftSummary,
    build_answer,
    build_summary,
)
from ledger_api.drafts.sealing import DraftSeal
from ledger_api.drafts.service import DraftReader, DraftService
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.parts import AuditDep, Parts, PartsDep, ReadSession, WorkSession
from ledger_api.prescriptions.draft_body import PrescriptionDraft
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/drafts", route_class=StrictRoute, tags=["drafts"])
DrafterDep = Annotated[Principal, Depends(require(Role.DOCTOR, Role.INTEGRATION))]


def build_draft_service(parts: Parts, session: Session, audit: AuditTrail) -> DraftService:
    """Build the service that works in one session."""
    return DraftService(DraftRepository(session), DraftSeal(parts.key_wrapper), parts.clock, audit)


def _get_reader(parts: PartsDep, session: ReadSession) -> DraftReader:
    return DraftReader(DraftRepository(session), DraftSeal(parts.key_wrapper))


def _get_service(parts: PartsDep, session: WorkSession, audit: AuditDep) -> DraftService:
    return build_draft_service(parts, session, audit)


DraftReaderDep = Annotated[DraftReader, Depends(_get_reader, scope="function")]
DraftServiceDep = Annotated[DraftService, Depends(_get_service, scope="function")]
"""Drafts in this request's `WorkSession`."""


@router.post(
    "",
    status_code=201,
    summary="Draft a prescription · 起草处方",
    response_model=DraftSummary,
    responses=problem_responses(400, 401, 403, 409, 413, 415, 422),
)
def create_draft(
    draft: PrescriptionDraft, principal: DrafterDep, once: Once, service: DraftServiceDep
) -> Response:
    """Keep a draft for a doctor to sign. Who signs, windows and claims may be left open."""
    return once.answer(201, lambda: build_summary(service.create(principal, draft)))


@router.get(
    "", summary="List drafts, oldest first · 列出草稿，旧者在前", responses=problem_responses(401, 403, 422)
)
def list_drafts(
    principal: DrafterDep,
    page: PageDep,
    reader: DraftReaderDep,
    status: Annotated[DraftStatus | None, Query(description="Left out: all")] = None,
) -> DraftPage:
    """List the drafts that one may see: a doctor those she may sign, a machine client its own."""
    rows, more = page.cut(reader.list_page(principal, status, page.cursor or 0, page.fetch))
    return DraftPage(
        items=[build_summary(row) for row in rows], next_cursor=str(rows[-1].sequence) if more else None
    )


@router.get("/{draft_id}", summary="Read a draft · 读取草稿", responses=problem_responses(401, 403, 404, 422))
def read_draft(
    draft_id: Annotated[DraftId, Path()],
    principal: DrafterDep,
    parts: PartsDep,
    reader: DraftReaderDep,
    request: Request,
) -> DraftAnswer:
    """Read a draft with its content. That it was given out is noted in the audit trail."""
    row = reader.get(principal, draft_id)
    content = reader.open_content(row)
    if content is not None:
        with parts.database.writing() as session:
            audit = AuditTrail(session, parts.clock, request_id_of(request))
            audit.note(principal.institution, principal.scope, "draft.read", f"draft:{row.id}")
    return build_answer(row, content)


@router.delete(
    "/{draft_id}",
    status_code=204,
    summary="Delete a draft · 删除草稿",
    responses=problem_responses(401, 403, 404, 409, 422),
)
def delete_draft(
    draft_id: Annotated[DraftId, Path()],
    principal: DrafterDep,
    session: WorkSession,
    service: DraftServiceDep,
) -> Response:
    """Delete a draft that wasn't signed, with its key."""
    service.delete(principal, draft_id)
    session.commit()
    return Response(status_code=204)
