"""Importing prescriptions of other systems as drafts."""

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Response

from ledger_api.drafts.endpoints import DraftServiceDep
from ledger_api.drafts.repository import DraftRepository
from ledger_api.idempotency.once import Abridged, Once
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.imports.fhir_bundle import parse_bundle
from ledger_api.imports.fhir_json import parse_fhir_json
from ledger_api.imports.schemas import (
    ImportAnswer,
    build_import_answer,
    leave_out_sources,
    name_sources,
)
from ledger_api.imports.service import keep_drafts, prepare_import
from ledger_api.parts import PartsDep, WorkSession
from ledger_web.bodies import JSON_MEDIA_TYPE, RawBody, StrictRoute, takes_body
from ledger_web.problems import problem_responses

FHIR_MEDIA_TYPE: Final = "application/fhir+json"
MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
EXAMPLE_BUNDLE: Final[dict[str, Any]] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:6f0b2a52-3a52-4f2b-8a55-0b1f5f1c0a01",
            "resource": {
                "resourceType": "Patient",
                "identifier": [{"system": "urn:example:mrn", "value": "EX-42"}],
                "name": [{"text": "王小明（示例）"}],
                "gender": "male",
                "birthDate": "1990-03-07",
            },
        },
        {
            "fullUrl": "urn:uuid:6f0b2a52-3a52-4f2b-8a55-0b1f5f1c0a02",
            "resource": {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept": {
                    "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197361"}]
                },
                "subject": {"reference": "urn:uuid:6f0b2a52-3a52-4f2b-8a55-0b1f5f1c0a01"},
                "reasonCode": [
                    {
                        "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}],
                        "text": "Essential (primary) hypertension",
                    }
                ],
                "dosageInstruction": [
                    {
                        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                        "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}],
                    }
                ],
            },
        },
    ],
}
_REQUEST_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        media_type: {
            "schema": {"type": "object", "description": "A FHIR R4 Bundle"},
            "example": EXAMPLE_BUNDLE,
        }
        for media_type in (JSON_MEDIA_TYPE, FHIR_MEDIA_TYPE)
    },
}

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])
ImporterDep = Annotated[Principal, Depends(require(Role.DOCTOR, Role.INTEGRATION))]


@router.post(
    "/fhir",
    summary="Import a FHIR R4 bundle as drafts · 将 FHIR R4 Bundle 导入为草稿",
    response_model=ImportAnswer,
    responses=problem_responses(400, 401, 403, 409, 413, 415, 422),
    openapi_extra={"requestBody": _REQUEST_BODY},
)
@takes_body(max_bytes=MAX_BUNDLE_BYTES, media_types=(JSON_MEDIA_TYPE, FHIR_MEDIA_TYPE), strict_json=False)
def import_fhir_bundle(
    principal: ImporterDep,
    content: RawBody,
    parts: PartsDep,
    once: Once,
    session: WorkSession,
    drafts: DraftServiceDep,
) -> Response:
    """Make drafts of the bundle's active MedicationRequests, and say for each what became of it.

    Codes are mapped by the institution's code mapping. What an order leaves open comes from there too, and
    is noted.
    """
    bundle = parse_bundle(parse_fhir_json(content))
    zone = ZoneInfo(parts.settings.zone)
    with parts.database.reading() as reading:
        prepared = prepare_import(reading, principal.institution, bundle, parts.clock, zone)

    def keep() -> ImportAnswer:
        results, kept = keep_drafts(prepared, principal, DraftRepository(session), drafts)
        return build_import_answer(results, kept, prepared.mapping_version)

    def complete(stored: bytes) -> ImportAnswer:
        return name_sources(ImportAnswer.model_validate_json(stored), bundle)

    # Another system's order numbers can tell who the patient is: they aren't kept in the clear.
    return once.answer(200, keep, abridged=Abridged(leave_out_sources, complete))
