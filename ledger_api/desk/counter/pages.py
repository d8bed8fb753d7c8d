"""The counter's pages: where a code is scanned, and one fetched prescription with all that is done with it.

A hand-over code never comes here. The page's script reads it, signs with its keys that this institution may
read, and asks the API for the prescription; what the API kept is shown by the second page, verified anew.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from ledger_api.desk import wording
from ledger_api.desk.addresses import build_url
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.visitor import PagesDep, PharmacistVisitorDep, Visitor
from ledger_api.parts import PartsDep, ReadSession
from ledger_api.peers.addresses import InstitutionName
from ledger_api.peers.names import InstitutionNames
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.received.answers import build_received_answer, build_summary
from ledger_api.received.evidence import ReceivedPlace
from ledger_api.received.repository import ReceivedRepository
from ledger_api.received.schemas import ClaimSeen, ReceivedAnswer, ReceivedSummary
from ledger_api.received.service import get_received, verify
from ledger_api.reviews.service import ReviewDecision, find_decision
from ledger_api.signing.endpoints import RecordId
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep

router = APIRouter(prefix="/desk/counter", route_class=StrictRoute, include_in_schema=False)


@dataclass(frozen=True)
class CounterPage:
    """Where a code is scanned, and what was fetched before, the newest first."""

    visitor: Visitor
    rows: Sequence[ReceivedSummary]
    names: InstitutionNames
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class LineAtCounter:
    """One line of the prescription with its claims as they stand."""

    line: Mapping[str, Any]
    claims: Sequence[ClaimSeen]

    @property
    def is_open(self) -> bool:
        """Whether anything of it can still be dispensed."""
        return any(claim.status == "unused" for claim in self.claims)


@dataclass(frozen=True)
class FetchedPage:
    """One fetched prescription. `decision` is the latest review by the visitor's own institution.

    `insurers` can be chosen by name to pay.
    """

    visitor: Visitor
    seen: ReceivedAnswer
    lines: Sequence[LineAtCounter]
    decision: ReviewDecision | None
    insurers: Sequence[InstitutionName]
    names: InstitutionNames
    back: str
    words: object = wording


@router.get("")
def show_counter(
    request: Request,
    visitor: PharmacistVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    page: PageDep,
) -> Response:
    """Show where a code is scanned, and what was fetched, without content."""
    found = ReceivedRepository(session).list_page(visitor.institution.number, page.cursor, page.fetch)
    rows, more = page.cut(found)
    shown = CounterPage(
        visitor,
        [build_summary(row) for row in rows],
        parts.institution_names,
        build_url(request, cursor=str(rows[-1].sequence)) if more else None,
        build_url(request, cursor=None) if page.cursor is not None else None,
    )
    return pages.render(request, "desk/counter/counter.html", shown, import_map=True)


@router.get("/{institution}/{record_id}")
def show_fetched(
    institution: Annotated[int, Path(ge=1, le=MAX_INSTITUTION)],
    record_id: RecordId,
    request: Request,
    visitor: PharmacistVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    window: Annotated[int, Query(ge=0, lt=MAX_WINDOWS)] = 0,
) -> Response:
    """Verify what was fetched once more, and show it. Raises ReceivedNotFound and verification's errors."""
    started = time.monotonic()
    tenant = visitor.institution.number
    place = ReceivedPlace(institution, record_id, window)
    row, evidence = get_received(parts, tenant, place)
    fetched = verify(parts, place, evidence)
    seen = build_received_answer(row, fetched, time.monotonic() - started)
    with parts.database.reading() as session:
        decision = find_decision(session, parts.key_wrapper, tenant, institution, record_id)
    details: dict[str, str | int] = {"institution": institution, "window": window}
    note_reading(parts, visitor, request, "prescription.read", f"prescription:{record_id}", details)
    lines = [
        LineAtCounter(line, [claim for claim in seen.claims if claim.line == line["number"]])
        for line in seen.record["body"]["lines"]
    ]
    back = f"/desk/counter/{institution}/{record_id}?window={window}"
    insurers = parts.institution_names.list_with(InstitutionRole.INSURER)
    page = FetchedPage(visitor, seen, lines, decision, insurers, parts.institution_names, back)
    return pages.render(request, "desk/counter/fetched.html", page, import_map=True)
