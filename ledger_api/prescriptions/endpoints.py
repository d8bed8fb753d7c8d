"""Prescriptions: prepare, sign (on the doctor's own machine), submit, follow, read."""

from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.audit.service import AuditTrail
from ledger_api.drafts.repository import DraftRepository
from ledger_api.drafts.sealing import DraftSeal
from ledger_api.drafts.service import DraftService
from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import DoctorDep, require
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.log.progress import EntryStatus
from ledger_api.log.repository import LogRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import AuditDep, Parts, PartsDep, ReadSession, WorkSession
from ledger_api.prescriptions.answers import (
    build_prepare_answer,
    build_prescription_answer,
    build_summary,
)
from ledger_api.prescriptions.draft_body import PrescriptionDraft, parse_draft
from ledger_api.prescriptions.reading import get_prescription, open_prescription
from ledger_api.prescriptions.repository import PreparationRepository
from ledger_api.prescriptions.schemas import (
    PrepareAnswer,
    PrepareRequest,
    PrescriptionAnswer,
    PrescriptionPage,
    RecordAnswer,
    SubmitRequest,
)
from ledger_api.prescriptions.service import PRESCRIPTION, Doctor, IssuingService, get_doctor
from ledger_api.records.repository import RecordFilter, RecordRepository
from ledger_api.records.sealing import RecordVault
from ledger_proofs.eip712 import Domain
from ledger_proofs.types import Signature
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1/prescriptions", route_class=StrictRoute, tags=["prescriptions"])

ReaderDep = Annotated[Principal, Depends(require(Role.DOCTOR, Role.INTEGRATION))]
"""Who may follow prescriptions: a doctor her own, a machine client its institution's."""
PrescriptionId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The record's id")]


class Issuing:
    """The issuing of prescriptions within one request's unit of work."""

    def __init__(self, parts: PartsDep, session: WorkSession, audit: AuditDep, principal: DoctorDep) -> None:
        self._parts = parts
        self._session = session
        self._audit = audit
        self._principal = principal

    @property
    def domain(self) -> Domain:
        """Where signatures for this gateway count. Raises NetworkMissing."""
        if self._parts.deployment is None:
            raise NetworkMissing
        return self._parts.deployment.domain()

    @property
    def service(self) -> IssuingService:
        """The service, working in this request's session."""
        return IssuingService(
            PreparationRepository(self._session),
            RecordRepository(self._session),
            LogRepository(self._session),
            RecordVault(self._parts.key_wrapper),
            self._audit,
            self._parts.clock,
            self.domain,
            ZoneInfo(self._parts.settings.zone),
        )

    @property
    def drafts(self) -> DraftService:
        """The drafts of this request's institution."""
        return DraftService(
            DraftRepository(self._session),
            DraftSeal(self._parts.key_wrapper),
            self._parts.clock,
            self._audit,
        )

    def get_doctor(self) -> Doctor:
        """The doctor who asks. Raises KeyNotRegistered."""
        identity = IdentityRepository(self._session)
        principal = self._principal
        return get_doctor(
            principal,
            identity.find_person(principal.id),
            identity.find_institution(principal.institution),
        )

    def get_draft(self, request: PrepareRequest) -> PrescriptionDraft:
        """The draft that shall be prepared. Raises what `DraftService` and `parse_draft` do."""
        if request.draft_id is None:
            return parse_draft(cast("Any", request.body))
        row = self.drafts.get_open(self._principal, request.draft_id)
        draft = self.drafts.open_content(row)
        if draft is None:
            raise LookupError("an open draft has no content")
        return draft

    def mark_draft_signed(self, draft_id: str | None, record_id: str) -> None:
        """Close the draft that a prescription came from; a draft deleted meanwhile stands against it."""
        if draft_id is not None:
            self.drafts.mark_signed(self._principal, draft_id, record_id)


IssuingDep = Annotated[Issuing, Depends(Issuing, scope="function")]


@router.post(
    "/prepare",
    status_code=201,
    summary="Prepare a prescription for signing · 准备待签处方",
    response_model=PrepareAnswer,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def prepare(request: PrepareRequest, once: Once, issuing: IssuingDep) -> Response:
    """Complete the draft, give it an id and a time, commit to it, and say what to sign for each window.

    Show the doctor the record's fields, recompute the commitment from them and the record key, and sign
    only then.
    """

    def act() -> PrepareAnswer:
        prepared = issuing.service.prepare(issuing.get_doctor(), issuing.get_draft(request), request.draft_id)
        return build_prepare_answer(prepared, issuing.domain)

    def recall(preparation_id: str) -> PrepareAnswer:
        prepared = issuing.service.recall(issuing.get_doctor(), preparation_id)
        return build_prepare_answer(prepared, issuing.domain)

    return once.answer(201, act, resource_of=lambda answer: answer.preparation_id, recall=recall)


@router.post(
    "",
    status_code=201,
    summary="Submit a signed prescription · 提交已签处方",
    response_model=PrescriptionAnswer,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def submit(
    request: SubmitRequest,
    principal: DoctorDep,
    parts: PartsDep,
    once: Once,
    issuing: IssuingDep,
    session: WorkSession,
) -> Response:
    """Accept the doctor's signatures. After 201 the prescription can't be lost and reaches the chain once.

    The same signatures sent again, under whatever key, give the same prescription.
    """
    signatures = [Signature(bytes.fromhex(text[2:])) for text in request.signatures]
    is_key_refused = _ask_directory(parts, principal)

    def act() -> PrescriptionAnswer:
        issued = issuing.service.submit(
            issuing.get_doctor(), request.preparation_id, signatures, is_key_refused=is_key_refused
        )
        if issued.is_new:
            issuing.mark_draft_signed(issued.draft_id, issued.record.id)
        return build_prescription_answer(
            issued.record, issued.entries, LogRepository(session), AnchoringRepository(session)
        )

    return once.answer(201, act, after_commit=parts.outbox.note_accepted)


@router.get("", summary="List prescriptions · 列出处方", responses=problem_responses(401, 403, 422))
def list_prescriptions(
    principal: ReaderDep,
    page: PageDep,
    session: ReadSession,
    status: Annotated[EntryStatus | None, Query(description="Of the slowest window")] = None,
) -> PrescriptionPage:
    """List prescriptions without their content, the newest first: a doctor's own, or an institution's."""
    author = principal.id if principal.kind == "person" else None
    wanted = RecordFilter(principal.institution, PRESCRIPTION.number, author, status)
    rows, more = page.cut(RecordRepository(session).list_page(wanted, page.cursor, page.fetch))
    return PrescriptionPage(
        items=[build_summary(row) for row in rows],
        next_cursor=str(rows[-1].sequence) if more else None,
    )


@router.get(
    "/{prescription_id}",
    summary="Follow a prescription · 查询处方状态",
    responses=problem_responses(401, 403, 404),
)
def read_prescription(
    prescription_id: PrescriptionId, principal: ReaderDep, session: ReadSession
) -> PrescriptionAnswer:
    """Say how far each window's entry has come: pending, logged, anchored, final."""
    record = get_prescription(session, principal, prescription_id)
    log = LogRepository(session)
    entries = log.list_entries_of([record.id])
    return build_prescription_answer(record, entries, log, AnchoringRepository(session))


@router.get(
    "/{prescription_id}/record",
    summary="Read a prescription's content · 读取处方内容",
    responses=problem_responses(401, 403, 404, 409),
)
def read_record(
    prescription_id: PrescriptionId, principal: ReaderDep, parts: PartsDep, request: Request
) -> RecordAnswer:
    """Decrypt the record. That it was read is noted in the audit trail."""
    with parts.database.reading() as session:
        record = get_prescription(session, principal, prescription_id)
        opened = open_prescription(parts.key_wrapper, record)
    note_reading(parts, principal, request, "prescription.read", record.id)
    return RecordAnswer(
        id=record.id,
        commitment="0x" + record.commitment.hex(),
        record=cast("dict[str, Any]", opened.record.as_json()),
    )


def note_reading(
    parts: Parts,
    principal: Principal,
    request: Request,
    action: str,
    record_id: str,
    details: dict[str, str | int] | None = None,
) -> None:
    """Note in the audit trail that content was given out, before it is."""
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, request_id_of(request))
        trail.note(principal.institution, principal.scope, action, f"prescription:{record_id}", details)


def _ask_directory(parts: Parts, principal: Principal) -> bool:
    """Ask the chain before the unit of work begins: no lock is held while a node is waited for."""
    if principal.signing_address is None:
        return False
    return parts.entitlements.is_refused(principal.signing_address, principal.institution, parts.clock())
