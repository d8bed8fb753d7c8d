"""Evidence for regulators: minimal bundles of any tenant's entries, each noted in that tenant's audit trail.

A bundle discloses what the entry states of the record anyway, and of each kind what `minimal` names: no value
that says anything of a person. The names of all fields go with it (protocol 2): the record's form is known.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel import Session

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.errors import EntryNotFound
from ledger_api.evidence.minimal import choose_minimal
from ledger_api.evidence.proven_state import with_state
from ledger_api.evidence.service import EvidenceService, Provable, disclose, list_claim_keys
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.log.endpoints import LogNumber
from ledger_api.log.repository import LogRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts, PartsDep
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_chain.deployment import Deployment
from ledger_proofs.bundles import bundle_to_json
from ledger_proofs.kinds import get_kind
from ledger_proofs.pointers import list_fields
from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.bodies import JSON_MEDIA_TYPE, StrictRoute
from ledger_web.problems import problem_responses, request_id_of

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["log"])

RegulatorDep = Annotated[Principal, Depends(require(Role.REGULATOR))]
"""A regulator's machine client."""

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON_MEDIA_TYPE: {}}, "description": "rxledger.bundle/1 or /2 (protocol 9)"},
    **problem_responses(401, 403, 404, 409, 422, 503),
}


@router.get(
    "/logs/{log}/evidence/{position}",
    summary="Get the minimal evidence of an entry · 获取条目的最小证据包",
    response_class=Response,
    responses=_RESPONSES,
)
def read_evidence_at(
    log: LogNumber,
    position: Annotated[int, Path(ge=0, le=MAX_JSON_INTEGER)],
    regulator: RegulatorDep,
    parts: PartsDep,
    request: Request,
) -> Response:
    """Answer with the evidence of the entry at a position, disclosing what says nothing of a person."""
    deployment = _get_deployment(parts)
    with parts.database.reading() as session:
        entry = LogRepository(session).find_entry_at(log, position)
        if entry is None:
            raise EntryNotFound
        service = _build_service(session, deployment)
        provable = service.get_provable_entry(entry)
        record = _get_record(session, entry.record_id)
    return _answer(parts, deployment, regulator, request, record, provable)


@router.get(
    "/evidence/{record_id}",
    summary="Get the minimal evidence of a record's window · 获取记录某一时段的最小证据包",
    response_class=Response,
    responses=_RESPONSES,
)
def read_evidence_of(
    record_id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The record's id")],
    regulator: RegulatorDep,
    parts: PartsDep,
    request: Request,
    window: Annotated[int, Query(ge=0, lt=MAX_WINDOWS)] = 0,
) -> Response:
    """Answer with the evidence of one window of a record, disclosing what says nothing of a person."""
    deployment = _get_deployment(parts)
    with parts.database.reading() as session:
        record = _get_record(session, record_id)
        provable = _build_service(session, deployment).get_provable(record.id, window)
    return _answer(parts, deployment, regulator, request, record, provable)


def _get_deployment(parts: Parts) -> Deployment:
    if parts.deployment is None or parts.network is None:
        raise NetworkMissing
    return parts.deployment


def _build_service(session: Session, deployment: Deployment) -> EvidenceService:
    return EvidenceService(LogRepository(session), AnchoringRepository(session), deployment)


def _get_record(session: Session, record_id: str) -> StoredRecord:
    record = RecordRepository(session).find_of_any(record_id)
    if record is None:
        raise EntryNotFound
    return record


def _answer(
    parts: Parts,
    deployment: Deployment,
    regulator: Principal,
    request: Request,
    record: StoredRecord,
    provable: Provable,
) -> Response:
    if parts.network is None:
        raise NetworkMissing
    opened = open_record(parts.key_wrapper, record)
    shown = choose_minimal(record.kind, (field.pointer for field in list_fields(opened.record.as_json())))
    disclosure = disclose(opened, record.leaf_hashes, provable.entry.window, shown)
    claims = ask_claim_words(parts.network.reader, list_claim_keys(record, provable.entry))
    with parts.database.reading() as session:
        bundle = _build_service(session, deployment).build_bundle(record, provable, disclosure, claims)
    bundle = with_state(parts.network.reader, bundle)
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id_of(request)).note(
            record.institution,
            regulator.scope,
            "evidence.disclosed",
            f"{get_kind(record.kind).name}:{record.id}",
            {
                "window": provable.entry.window,
                "fields": len(disclosure.fields),
                "regulator": regulator.institution,
            },
        )
    return Response(bundle_to_json(bundle), media_type=JSON_MEDIA_TYPE)
