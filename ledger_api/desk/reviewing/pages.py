"""What waits for a review, the newest first, and one prescription with the form to approve or reject it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.glances import Glance, glance_at_records
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.visitor import PagesDep, PharmacistVisitorDep, Visitor
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.prescriptions.service import PRESCRIPTIONS
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import ContentErased, open_record
from ledger_api.reviews.service import ReviewDecision, find_decision, list_unreviewed
from ledger_api.signing.endpoints import RecordId
from ledger_api.signing.nouns import get_record_of
from ledger_proofs.json_members import to_hex
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/reviews", route_class=StrictRoute, include_in_schema=False)


@dataclass(frozen=True)
class AwaitingPage:
    """The hospital's own prescriptions that nobody has reviewed."""

    rows: Sequence[StoredRecord]
    glances: Mapping[str, Glance]
    next_url: str | None
    first_url: str | None
    words: object = wording


@dataclass(frozen=True)
class ReviewPage:
    """One prescription with the latest review, if there is one. `body` is None where it was erased."""

    visitor: Visitor
    record_id: str
    institution: int
    commitment: str
    issued_at: int
    body: Mapping[str, Any] | None
    decision: ReviewDecision | None
    is_own: bool
    words: object = wording


@router.get("")
def show_awaiting(
    request: Request,
    visitor: PharmacistVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
) -> Response:
    """List what waits for a review. That contents were shown is noted."""
    found = list_unreviewed(session, visitor.institution.number, page.cursor, page.fetch)
    rows, more = page.cut(found)
    glances = glance_at_records(parts.key_wrapper, rows)
    if glances:
        subject = f"person:{visitor.person.id}"
        note_reading(parts, visitor, request, "prescription.listed", subject, {"contents": len(glances)})
    shown = AwaitingPage(
        rows,
        glances,
        build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/reviewing/awaiting.html", shown)


@router.get("/{record_id}")
def show_review(
    record_id: RecordId,
    request: Request,
    visitor: PharmacistVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show a prescription of the house, to be approved or rejected. That it was read is noted."""
    record = get_record_of(PRESCRIPTIONS, session, visitor.principal, record_id)
    try:
        body = open_record(parts.key_wrapper, record).record.body
    except ContentErased:
        body = None
    if body is not None:
        note_reading(parts, visitor, request, "prescription.read", f"prescription:{record.id}")
    number = visitor.institution.number
    page = ReviewPage(
        visitor,
        record.id,
        record.institution,
        to_hex(record.commitment),
        record.issued_at,
        body,
        find_decision(session, parts.key_wrapper, number, record.institution, record.id),
        record.author_id == visitor.person.id,
    )
    return pages.render(request, "desk/reviewing/review.html", page)
