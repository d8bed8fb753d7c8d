"""The portal's audit trail, for its admin."""

from fastapi import APIRouter
from pydantic import Field

from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import AdminDep, PartsDep, ReadSession
from regulator_portal.audit.models import AuditEntry
from regulator_portal.audit.service import AuditTrail

router = APIRouter(prefix="/v1/audit", route_class=StrictRoute, tags=["audit"])


class AuditEntryAnswer(ApiModel):
    """One change of state."""

    id: int = Field(examples=[17])
    at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    actor: str = Field(examples=["auditor:3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    action: str = Field(examples=["job.started"])
    subject: str = Field(examples=["job:9a3d7d1e-9f0e-4ad2-8f0a-6a5b4c3d2e1f"])
    request_id: str = Field(examples=["4f9d1c0e6b5a4d0f8f6d2a7c1b3e5d7a"])
    details: dict[str, str | int] = Field(examples=[{}])


class AuditPage(ApiModel):
    """A page of the trail, newest first."""

    items: list[AuditEntryAnswer]
    next_cursor: str | None = Field(examples=[None])


@router.get(
    "",
    summary="List the audit trail, newest first · 列出操作审计，新者在前",
    responses=problem_responses(401, 403, 422),
)
def list_audit_entries(admin: AdminDep, parts: PartsDep, page: PageDep, session: ReadSession) -> AuditPage:
    """List what was changed in this portal, by whom and when."""
    rows, more = page.cut(AuditTrail(session, parts.clock, "").list_page(page.cursor, page.fetch))
    return AuditPage(
        items=[_build_answer(row) for row in rows], next_cursor=str(rows[-1].id) if more else None
    )


def _build_answer(row: AuditEntry) -> AuditEntryAnswer:
    if row.id is None:
        raise ValueError("the entry isn't stored yet")
    return AuditEntryAnswer(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        request_id=row.request_id,
        details=row.details,
    )
