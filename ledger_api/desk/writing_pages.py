"""Writing a prescription: the form, its faults at their fields, and the draft that it saves.

Before a draft is saved it is tried as if it were to be signed now, by the same schema and rules that prepare
it: what would be refused there is said here, at the field. The form carries the id of the draft that it
writes, so that sending it twice writes one draft.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session
from starlette.responses import RedirectResponse

from ledger_api.desk import wording
from ledger_api.desk.catalogue import Catalogue, read_catalogue
from ledger_api.desk.prescription_form import (
    FieldFault,
    PrescriptionForm,
    build_faults,
    empty_form,
    form_of_draft,
    read_form,
)
from ledger_api.desk.reading_notes import note_reading
from ledger_api.desk.refusals import AnothersForm, DraftGone, NotRegisteredYet
from ledger_api.desk.visitor import DoctorVisitorDep, PagesDep, Visitor
from ledger_api.drafts.endpoints import DraftReaderDep, DraftServiceDep
from ledger_api.drafts.schemas import DraftId
from ledger_api.drafts.service import OPEN, DraftNotFound, DraftReader
from ledger_api.parts import Parts, PartsDep, ReadSession, WorkSession
from ledger_api.prescriptions.draft_body import PrescriptionDraft, build_body, parse_draft
from ledger_api.prescriptions.service import PRESCRIPTION, prescriber_of
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordFilter, RecordRepository
from ledger_proofs.types import JsonValue
from ledger_web.bodies import RawBody, StrictRoute, takes_body
from ledger_web.errors import ServiceError, Unprocessable
from ledger_web.forms import FORM_MEDIA_TYPE

router = APIRouter(prefix="/desk", route_class=StrictRoute, include_in_schema=False)

RECENT_PRESCRIPTIONS = 20
"""How many of her own are looked through for drugs to offer."""


@dataclass(frozen=True)
class WritingPage:
    """The form with what stands in it. `action` is where it is sent; `words` name codes and members."""

    form: PrescriptionForm
    faults: Sequence[FieldFault]
    action: str
    is_new: bool
    has_own_windows: bool
    catalogue: Catalogue
    words: Any

    def faults_at(self, path: str) -> list[FieldFault]:
        """Return the faults that are shown at a field."""
        return [fault for fault in self.faults if fault.path == path]


@router.get("/prescriptions/new")
def show_new(
    request: Request, visitor: DoctorVisitorDep, parts: PartsDep, pages: PagesDep, session: ReadSession
) -> Response:
    """Show an empty form. Raises NotRegisteredYet."""
    _verify_can_prescribe(visitor)
    page = _build_page(parts, session, visitor, empty_form(str(uuid.uuid4())), {}, is_new=True)
    return pages.render(request, "desk/write.html", {"page": page})


@router.get("/drafts/{draft_id}/edit")
def show_draft(
    draft_id: Annotated[DraftId, Path()],
    request: Request,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    reader: DraftReaderDep,
) -> Response:
    """Show a draft in the form. Raises DraftGone or DraftSigned."""
    _verify_can_prescribe(visitor)
    value = _read_draft(reader, visitor, draft_id)
    note_reading(parts, visitor, request, "draft.read", f"draft:{draft_id}")
    page = _build_page(parts, session, visitor, form_of_draft(draft_id, value), value, is_new=False)
    return pages.render(request, "desk/write.html", {"page": page})


@router.post("/prescriptions/new")
@takes_body(media_types=(FORM_MEDIA_TYPE,), strict_json=False)
def save(
    request: Request,
    body: RawBody,
    visitor: DoctorVisitorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: WorkSession,
    drafts: DraftServiceDep,
) -> Response:
    """Save what was written as a draft, or show it again with what is wrong.

    Raises AnothersForm, DraftGone or DraftSigned.
    """
    _verify_can_prescribe(visitor)
    sent = read_form(body)
    if sent.writer not in ("", visitor.person.id):
        raise AnothersForm
    form = sent.form
    row = drafts.find(visitor.principal, form.draft_id)
    earlier = {} if row is None or row.status != OPEN else _content(drafts, visitor, form.draft_id)
    try:
        drafts.write(visitor.principal, form.draft_id, _try_to_prepare(parts, visitor, form, earlier))
    except Unprocessable as refusal:
        faults = build_faults(refusal.faults)
        page = _build_page(parts, session, visitor, form, earlier, is_new=row is None, faults=faults)
        return pages.render(request, "desk/write.html", {"page": page}, status=422)
    except DraftNotFound:
        raise DraftGone from None
    session.commit()
    where = f"/desk/drafts/{form.draft_id}/sign" if sent.goes_on_to_sign else "/desk/drafts"
    return RedirectResponse(where, status_code=303)


def _try_to_prepare(
    parts: Parts, visitor: Visitor, form: PrescriptionForm, earlier: Mapping[str, JsonValue]
) -> PrescriptionDraft:
    """Return the draft if it could be signed now. Raises PrescriptionInvalid or PrescribingRuleBroken."""
    draft = parse_draft(form.build_draft_value(earlier))
    build_body(draft, prescriber_of(visitor.person), parts.clock(), ZoneInfo(parts.settings.zone))
    return draft


def _read_draft(reader: DraftReader, visitor: Visitor, draft_id: str) -> dict[str, JsonValue]:
    try:
        reader.get_open(visitor.principal, draft_id)
    except DraftNotFound:
        raise DraftGone from None
    return _content(reader, visitor, draft_id)


def _content(reader: DraftReader, visitor: Visitor, draft_id: str) -> dict[str, JsonValue]:
    content = reader.open_content(reader.get_open(visitor.principal, draft_id))
    return {} if content is None else content.as_json()


def _build_page(
    parts: Parts,
    session: Session,
    visitor: Visitor,
    form: PrescriptionForm,
    earlier: Mapping[str, JsonValue],
    *,
    is_new: bool,
    faults: Sequence[FieldFault] = (),
) -> WritingPage:
    return WritingPage(
        form=form,
        faults=faults,
        action="/desk/prescriptions/new",
        is_new=is_new,
        has_own_windows="windows" in earlier,
        catalogue=read_catalogue(
            session, visitor.institution.number, _list_recent_bodies(parts, session, visitor)
        ),
        words=wording,
    )


def _list_recent_bodies(parts: Parts, session: Session, visitor: Visitor) -> list[Mapping[str, Any]]:
    records = RecordRepository(session)
    own = RecordFilter(visitor.institution.number, PRESCRIPTION.number, visitor.principal.id)
    recent = [row.id for row in records.list_page(own, None, RECENT_PRESCRIPTIONS)]
    bodies: list[Mapping[str, Any]] = []
    for record in records.list_of(visitor.institution.number, recent):
        try:
            bodies.append(open_record(parts.key_wrapper, record).record.body)
        except ServiceError:
            continue  # erased, or unreadable: nothing to offer from it
    return bodies


def _verify_can_prescribe(visitor: Visitor) -> None:
    if not visitor.can_sign:
        raise NotRegisteredYet
