"""One prescription: its way to the chain as it goes on, its content, its evidence, and how it is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import segno
from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.desk import wording
from ledger_api.desk.progress import Progress, read_progress
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.visitor import DoctorVisitorDep, PagesDep, Visitor
from ledger_api.evidence.bundle_endpoint import answer_with_bundle
from ledger_api.identity.models import Institution
from ledger_api.log.repository import LogRepository
from ledger_api.parts import Parts, PartsDep, ReadSession
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.prescriptions.reading import get_prescription
from ledger_api.prescriptions.service import PRESCRIPTIONS
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import ContentErased, open_record
from ledger_api.signing.endpoints import RecordId as PrescriptionId
from ledger_proofs.records import parse_utc_time
from ledger_proofs.references import Reference, build_reference_text
from ledger_proofs.types import Commitment, InstitutionNumber
from ledger_web.bodies import StrictRoute

router = APIRouter(prefix="/desk/prescriptions", route_class=StrictRoute, include_in_schema=False)

WAITING_AFTER_SECONDS = 8
"""From when on a prescription that hasn't reached the chain is asked why."""
CODE_MODULE_PIXELS = 3
WindowQuery = Annotated[int, Query(ge=0, lt=MAX_WINDOWS)]


@dataclass(frozen=True)
class ProgressPart:
    """The part of the page that asks for itself anew until all is final."""

    progress: Progress
    waits_for_chain: bool
    words: object = wording


@dataclass(frozen=True)
class PrescriptionPage(ProgressPart):
    """One prescription: `body` is None where it was erased; `is_repeated` after a second submission."""

    commitment: str = ""
    issued_at: int = 0
    body: Mapping[str, Any] | None = None
    references: Sequence[str] = ()
    is_repeated: bool = False


@dataclass(frozen=True)
class PrintedWindow:
    """One window on paper: when it can be used; its reference as text and as a QR code (data: image)."""

    number: int
    not_before: int
    not_after: int
    reference: str
    code: str


@dataclass(frozen=True)
class PrintPage:
    """The prescription form on paper, by the standard of prescription forms (处方标准): head, Rp., foot."""

    institution: Institution
    body: Mapping[str, Any]
    issued_at: int
    commitment: str
    progress: Progress
    windows: Sequence[PrintedWindow]
    age: int
    mark: str
    words: object = wording


@router.get("/{prescription_id}")
def show_prescription(
    prescription_id: PrescriptionId,
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    repeated: Annotated[bool, Query()] = False,
) -> Response:
    """Show a prescription. That its content was shown is noted."""
    record = get_prescription(session, visitor.principal, prescription_id)
    progress = _read_progress(session, record)
    body = _find_body(parts, record)
    if body is not None:
        note_reading(parts, visitor, request, "prescription.read", f"prescription:{record.id}")
    page = PrescriptionPage(
        progress=progress,
        waits_for_chain=_waits_for_chain(parts, progress),
        commitment="0x" + record.commitment.hex(),
        issued_at=record.issued_at,
        body=body,
        references=[_build_reference(record, window.window) for window in progress.windows],
        is_repeated=repeated,
    )
    return pages.render(request, "desk/prescription.html", page)


@router.get("/{prescription_id}/progress")
def show_progress(
    prescription_id: PrescriptionId,
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show how far it has come, alone: the page asks for this until it is final."""
    record = get_prescription(session, visitor.principal, prescription_id)
    progress = _read_progress(session, record)
    part = ProgressPart(progress, _waits_for_chain(parts, progress))
    return pages.render(request, "desk/_progress.html", part)


@router.get("/{prescription_id}/bundle")
def download_bundle(
    prescription_id: PrescriptionId,
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    window: WindowQuery = 0,
) -> Response:
    """Answer with one window's evidence bundle as a file to keep. Raises what the API's endpoint does."""
    answer = answer_with_bundle(PRESCRIPTIONS, parts, visitor.principal, request, prescription_id, window)
    name = f"rxledger-{prescription_id}-{window}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@router.get("/{prescription_id}/print")
def print_prescription(
    prescription_id: PrescriptionId,
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show the prescription as it goes on paper. Raises ContentErased."""
    record = get_prescription(session, visitor.principal, prescription_id)
    body = _find_body(parts, record)
    if body is None:
        raise ContentErased
    note_reading(parts, visitor, request, "prescription.printed", f"prescription:{record.id}")
    page = _build_print_page(parts, session, visitor, record, body)
    return pages.render(request, "desk/print.html", page)


def _build_print_page(
    parts: Parts, session: Session, visitor: Visitor, record: StoredRecord, body: Mapping[str, Any]
) -> PrintPage:
    windows = []
    for number, window in enumerate(body["windows"]):
        reference = _build_reference(record, number)
        bounds = (parse_utc_time(window["not_before"]), parse_utc_time(window["not_after"]))
        windows.append(PrintedWindow(number, *bounds, reference, _draw_code(reference)))
    born, day = str(body["patient"]["birth_date"]), _local_day(record.issued_at, parts)
    return PrintPage(
        institution=visitor.institution,
        body=body,
        issued_at=record.issued_at,
        commitment="0x" + record.commitment.hex(),
        progress=_read_progress(session, record),
        windows=windows,
        age=wording.age_at(born, day),
        mark=wording.TYPE_MARKS.get(str(body["type"]), ""),
    )


def _read_progress(session: Session, record: StoredRecord) -> Progress:
    return read_progress(record, LogRepository(session), AnchoringRepository(session))


def _find_body(parts: Parts, record: StoredRecord) -> Mapping[str, Any] | None:
    try:
        return open_record(parts.key_wrapper, record).record.body
    except ContentErased:
        return None


def _waits_for_chain(parts: Parts, progress: Progress) -> bool:
    """Say whether it hasn't come far because the chain doesn't answer; asked only when it takes long."""
    if progress.is_final or parts.clock() - progress.accepted_at < WAITING_AFTER_SECONDS:
        return False
    return parts.outbox.ask_chain().state != "ok"


def _build_reference(record: StoredRecord, window: int) -> str:
    return build_reference_text(
        Reference(InstitutionNumber(record.institution), record.id, window, Commitment(record.commitment))
    )


def _draw_code(reference: str) -> str:
    """Draw a QR code (ISO/IEC 18004, error correction M) as an SVG image that stands in the page itself."""
    return segno.make(reference, error="m", micro=False).svg_data_uri(scale=CODE_MODULE_PIXELS, border=4)


def _local_day(seconds: int, parts: Parts) -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(parts.settings.zone)).date().isoformat()
