"""Evidence bundles over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.evidence import regulator_endpoints
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.service import EvidenceService, disclose, list_claim_keys
from ledger_api.log.repository import LogRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import PartsDep
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.prescriptions.endpoints import PrescriptionId, ReaderDep, note_reading
from ledger_api.prescriptions.reading import get_prescription, open_prescription
from ledger_proofs.bundles import bundle_to_json
from ledger_proofs.pointers import MAX_FIELDS
from ledger_web.bodies import JSON_MEDIA_TYPE, StrictRoute
from ledger_web.problems import problem_responses

router = APIRouter()
router.include_router(regulator_endpoints.router)
of_prescriptions = APIRouter(prefix="/v1/prescriptions", route_class=StrictRoute, tags=["prescriptions"])

MAX_FIELDS_CHARACTERS = 32_768
FieldsText = Annotated[
    str | None,
    Query(
        max_length=MAX_FIELDS_CHARACTERS,
        description="JSON Pointers of the fields to disclose, joined by commas; left out: all. What the entry"
        " states of the record anyway is always disclosed.",
        examples=["/body/lines/0/name,/body/lines/0/quantity/value"],
    ),
]


@of_prescriptions.get(
    "/{prescription_id}/bundle",
    summary="Get the evidence bundle of one window · 获取某一时段的证据包",
    response_class=Response,
    responses={
        200: {"content": {JSON_MEDIA_TYPE: {}}, "description": "rxledger.bundle/1 (protocol 9)"},
        **problem_responses(401, 403, 404, 409, 422, 503),
    },
)
def read_bundle(
    prescription_id: PrescriptionId,
    principal: ReaderDep,
    parts: PartsDep,
    request: Request,
    window: Annotated[int, Query(ge=0, lt=MAX_WINDOWS)] = 0,
    fields: FieldsText = None,
) -> Response:
    """Answer with everything that is needed to verify one window's entry offline, as canonical JSON.

    The disclosed fields leave the gateway: that is noted in the audit trail, with their number.
    """
    if parts.deployment is None or parts.network is None:
        raise NetworkMissing
    pointers = None if fields is None else [pointer for pointer in fields.split(",") if pointer][:MAX_FIELDS]
    with parts.database.reading() as session:
        record = get_prescription(session, principal, prescription_id)
        log = LogRepository(session)
        service = EvidenceService(log, AnchoringRepository(session), parts.deployment)
        provable = service.get_provable(record.id, window)
        disclosure = disclose(
            open_prescription(parts.key_wrapper, record), record.leaf_hashes, window, pointers
        )
    claims = ask_claim_words(parts.network.reader, list_claim_keys(record, provable.entry))
    bundle = service.build_bundle(record, provable, disclosure, claims)
    details: dict[str, str | int] = {"window": window, "fields": len(disclosure.fields)}
    note_reading(parts, principal, request, "evidence.disclosed", record.id, details)
    return Response(bundle_to_json(bundle), media_type=JSON_MEDIA_TYPE)


router.include_router(of_prescriptions)
