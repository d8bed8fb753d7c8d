"""Drafts that wait for the doctor: their list, discarding one, and the page that she signs on.

The page that she signs on gets nothing of the draft from here: its script asks the API to prepare the draft,
recomputes what came back in the browser, and shows that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.glances import Glance, glance_at_drafts
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.refusals import DraftGone
from ledger_api.desk.visitor import DoctorVisitorDep, PagesDep, Visitor
from ledger_api.drafts.endpoints import DraftReaderDep, DraftServiceDep
from ledger_api.drafts.models import Draft
from ledger_api.drafts.schemas import DraftId, DraftStatus
from ledger_api.drafts.service import OPEN, DraftNotFound, DraftSigned
from ledger_api.network import NetworkMissing
from ledger_api.parts import PartsDep, WorkSession
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/drafts", route_class=StrictRoute, include_in_schema=False)

DraftPath = Annotated[DraftId, Path()]


@dataclass(frozen=True)
class DraftListPage:
    """A page of drafts, oldest first: they have waited longest."""

    rows: Sequence[Draft]
    glances: Mapping[str, Glance]
    status: str
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class SigningPage:
    """The page that a draft is signed on. `draft` says when and whence it came, nothing of the patient."""

    visitor: Visitor
    draft: Draft
    noun: str = "prescriptions"
    words: object = wording


@dataclass(frozen=True)
class SignedDraftPage:
    """A draft that was signed already: where its prescription is."""

    draft: Draft


@router.get("")
def list_drafts(
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    reader: DraftReaderDep,
    page: PageDep,
    status: Annotated[DraftStatus, Query()] = "draft",
) -> Response:
    """List the drafts that she may sign, or has signed."""
    rows, more = page.cut(reader.list_page(visitor.principal, status, page.cursor or 0, page.fetch))
    glances = glance_at_drafts(reader, rows)
    if glances:
        subject = f"person:{visitor.person.id}"
        note_reading(parts, visitor, request, "draft.listed", subject, {"contents": len(glances)})
    shown = DraftListPage(
        rows=rows,
        glances=glances,
        status=status,
        next_url=build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        first_url=build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/drafts.html", shown)


@router.get("/{draft_id}/sign")
def show_signing(
    draft_id: DraftPath,
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    reader: DraftReaderDep,
) -> Response:
    """Show the page to sign a draft on. Raises DraftGone, or NetworkMissing."""
    draft = reader.find(visitor.principal, draft_id)
    if draft is None:
        raise DraftGone
    if draft.status != OPEN:
        return pages.render(request, "desk/draft_signed.html", SignedDraftPage(draft), status=409)
    if parts.deployment is None:
        raise NetworkMissing
    return pages.render(request, "desk/sign.html", SigningPage(visitor, draft), import_map=True)


@router.post("/{draft_id}/discard")
def discard(
    draft_id: DraftPath,
    request: Request,
    visitor: DoctorVisitorDep,
    pages: PagesDep,
    session: WorkSession,
    drafts: DraftServiceDep,
) -> Response:
    """Delete a draft with its key. One that is gone already is no fault: that is what was wanted."""
    try:
        drafts.delete(visitor.principal, draft_id)
        session.commit()
    except DraftNotFound:
        pass
    except DraftSigned:
        signed = SignedDraftPage(drafts.get(visitor.principal, draft_id))
        return pages.render(request, "desk/draft_signed.html", signed, status=409)
    return RedirectResponse("/desk/drafts", status_code=303)
