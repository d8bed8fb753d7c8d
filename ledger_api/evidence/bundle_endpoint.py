"""Evidence bundles of a noun's records, over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from ledger_api.evidence.disclosing import disclose_record
from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal
from ledger_api.parts import Parts, PartsDep
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.signing.endpoints import RecordId, note_reading
from ledger_api.signing.nouns import Noun, get_record_of
from ledger_proofs.bundles import bundle_to_json
from ledger_proofs.pointers import MAX_FIELDS
from ledger_web.bodies import JSON_MEDIA_TYPE
from ledger_web.problems import problem_responses

MAX_FIELDS_CHARACTERS: Final = 32_768
FieldsText = Annotated[
    str | None,
    Query(
        max_length=MAX_FIELDS_CHARACTERS,
        description="JSON Pointers of the fields to disclose, joined by commas; left out: all. What the entry"
        " states of the record anyway is always disclosed.",
        examples=["/body/lines/0/name,/body/lines/0/quantity/value"],
    ),
]


def add_bundle_route(router: APIRouter, noun: Noun) -> None:
    """Give a noun's router the evidence of each record's windows."""
    reader = Annotated[Principal, Depends(require(*noun.readers))]

    @router.get(
        "/{record_id}/bundle",
        summary=f"Get the evidence of one of the {noun.plural} · 获取{noun.plural_zh}的证据包",
        response_class=Response,
        responses={
            200: {"content": {JSON_MEDIA_TYPE: {}}, "description": "rxledger.bundle/1 or /2 (protocol 9)"},
            **problem_responses(401, 403, 404, 409, 422, 503),
        },
    )
    def read_bundle(
        record_id: RecordId,
        principal: reader,
        parts: PartsDep,
        request: Request,
        window: Annotated[int, Query(ge=0, lt=MAX_WINDOWS)] = 0,
        fields: FieldsText = None,
    ) -> Response:
        """Answer with everything that is needed to verify one window's entry offline, as canonical JSON.

        The disclosed fields leave the gateway: that is noted in the audit trail, with their number.
        """
        return answer_with_bundle(noun, parts, principal, request, record_id, window, fields)


def answer_with_bundle(
    noun: Noun,
    parts: Parts,
    principal: Principal,
    request: Request,
    record_id: str,
    window: int = 0,
    fields: str | None = None,
) -> Response:
    """Answer with the bundle of a record that the principal may see, and note it. Raises what the noun's
    NotFound is, and what `disclose_record` does.
    """
    pointers = None if fields is None else [pointer for pointer in fields.split(",") if pointer][:MAX_FIELDS]
    with parts.database.reading() as session:
        record = get_record_of(noun, session, principal, record_id)
    bundle = disclose_record(parts, record, window, pointers)
    details: dict[str, str | int] = {"window": window, "fields": len(bundle.disclosure.fields)}
    note_reading(parts, principal, request, "evidence.disclosed", record, details)
    return Response(bundle_to_json(bundle), media_type=JSON_MEDIA_TYPE)
