"""The institution's audit trail, for its admin."""

from fastapi import APIRouter

from ledger_api.audit.repository import AuditRepository
from ledger_api.audit.schemas import AuditPage, build_entry_answer
from ledger_api.identity.dependencies import AdminDep
from ledger_api.parts import ReadSession
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

router = APIRouter(prefix="/v1/audit", route_class=StrictRoute, tags=["audit"])


@router.get(
    "",
    summary="List the audit trail, newest first · 列出操作审计，新者在前",
    responses=problem_responses(401, 403, 422),
)
def list_audit_entries(admin: AdminDep, page: PageDep, session: ReadSession) -> AuditPage:
    """List what was changed at the admin's own institution, by whom and when."""
    rows, more = page.cut(AuditRepository(session).list_page(admin.institution, page.cursor, page.fetch))
    return AuditPage(
        items=[build_entry_answer(row) for row in rows], next_cursor=str(rows[-1].id) if more else None
    )
