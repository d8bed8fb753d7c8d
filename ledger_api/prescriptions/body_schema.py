"""The JSON Schema (draft 2020-12) of a prescription's body and of a draft, derived from the models.

`scripts/export_schemas.py` writes them to docs/schemas, where clients read them. What a schema can't say
(claims that add up, prescribing rules) is named in its description and checked by the gateway.
"""

from typing import Final, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ledger_api.prescriptions.body import SCHEMA_NAME, PrescriptionBody
from ledger_api.prescriptions.draft_body import PrescriptionDraft
from ledger_proofs.types import JsonValue

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BEYOND_SCHEMA: Final = (
    " Beyond this schema: lines are numbered from 1 and claims from 0 in their order, the claims of a line"
    " add up to its quantity, windows ascend without meeting, holders are none or one per claim, text holds"
    " no invisible characters, and the prescribing rules of the day of issue hold."
)


class _LeftOutNotNull(GenerateJsonSchema):
    """Optional members are left out rather than null, so no schema offers null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


def build_body_schema() -> dict[str, JsonValue]:
    """Build the JSON Schema of the body of an `rx.prescription/1` record."""
    return _schema_of(PrescriptionBody, f"urn:rxledger:schema:{SCHEMA_NAME}", f"Body of {SCHEMA_NAME}")


def build_draft_schema() -> dict[str, JsonValue]:
    """Build the JSON Schema of a draft: what POST /v1/drafts and prepare take."""
    return _schema_of(
        PrescriptionDraft, f"urn:rxledger:schema:{SCHEMA_NAME}:draft", f"Draft of {SCHEMA_NAME}"
    )


def _schema_of(model: type[BaseModel], urn: str, title: str) -> dict[str, JsonValue]:
    described = model.model_json_schema(by_alias=True, schema_generator=_LeftOutNotNull)
    described["title"] = title
    described["description"] = str(described["description"]) + _BEYOND_SCHEMA
    return cast("dict[str, JsonValue]", {"$schema": DIALECT, "$id": urn, **described})
