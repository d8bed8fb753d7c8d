"""The doctor's first page: what waits for her, what became of her latest prescriptions; and her browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from ledger_api.desk import wording
from ledger_api.desk.addresses import is_draft_id
from ledger_api.desk.development import has_key
from ledger_api.desk.glances import Glance, glance_at_drafts, glance_at_records
from ledger_api.desk.places import HOME, find_home
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.visitor import PagesDep, Visitor, VisitorDep
from ledger_api.drafts.endpoints import DraftReaderDep
from ledger_api.drafts.models import Draft
from ledger_api.drafts.service import OPEN
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.repository import RecordFilter, RecordRepository, RecordSummary
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix="/desk", route_class=StrictRoute, include_in_schema=False)

DRAFTS_SHOWN = 6
PRESCRIPTIONS_SHOWN = 8


@dataclass(frozen=True)
class HomePage:
    """What the first page shows; `glances` by the id of a draft or record, where its content opens."""

    visitor: Visitor
    drafts: Sequence[Draft]
    prescriptions: Sequence[RecordSummary]
    glances: Mapping[str, Glance]
    words: object = wording


@dataclass(frozen=True)
class BrowserPage:
    """The page that sets this browser up to sign."""

    visitor: Visitor
    next_path: str
    has_development_key: bool


@router.get("")
def show_home(
    request: Request,
    visitor: VisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    reader: DraftReaderDep,
) -> Response:
    """Show the doctor's first page; lead everybody else to theirs."""
    home = find_home(visitor.principal.roles, visitor.institution.roles)
    if home != HOME:
        return RedirectResponse(home, status_code=303)
    drafts = reader.list_page(visitor.principal, OPEN, 0, DRAFTS_SHOWN)
    records = RecordRepository(session)
    own = RecordFilter(visitor.institution.number, PRESCRIPTION.number, visitor.principal.id)
    latest = records.list_page(own, None, PRESCRIPTIONS_SHOWN)
    contents = records.list_of(visitor.institution.number, [row.id for row in latest])
    glances = glance_at_drafts(reader, drafts) | glance_at_records(parts.key_wrapper, contents)
    if glances:
        subject = f"person:{visitor.person.id}"
        note_reading(parts, visitor, request, "desk.listed", subject, {"contents": len(glances)})
    page = HomePage(visitor, drafts, latest, glances)
    return pages.render(request, "desk/home.html", page, import_map=True)


@router.get("/browser")
def show_browser(
    request: Request, visitor: VisitorDep, parts: PartsDep, pages: PagesDep, draft: str = ""
) -> Response:
    """Show what this browser keeps to sign with; everything on it happens in the browser alone.

    `draft` is the draft that she came from, to go back to.
    """
    known = draft if is_draft_id(draft) else ""
    next_path = f"/desk/drafts/{known}/sign" if known else "/desk"
    page = BrowserPage(visitor, next_path, has_key(parts, visitor.person.username))
    return pages.render(request, "desk/browser.html", page, import_map=True)
