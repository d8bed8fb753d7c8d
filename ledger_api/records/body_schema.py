"""JSON Schemas (draft 2020-12) of records' bodies, derived from their models.

`scripts/export_schemas.py` writes them to docs/schemas, where clients read them. What a schema can't say is
named in its description, and checked by the gateway.
"""

from typing import Final, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ledger_proofs.types import JsonValue

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _LeftOutNotNull(GenerateJsonSchema):
    """Optional members are left out rather than null, so no schema offers null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


def build_schema(model: type[BaseModel], name: str, title: str, beyond: str = "") -> dict[str, JsonValue]:
    """Build the JSON Schema of a model. `beyond` says what holds besides and no schema can say."""
    described = model.model_json_schema(by_alias=True, schema_generator=_LeftOutNotNull)
    described["title"] = title
    described["description"] = str(described["description"]) + (
        f" Beyond this schema: {beyond}" if beyond else ""
    )
    return cast(
        "dict[str, JsonValue]", {"$schema": DIALECT, "$id": f"urn:rxledger:schema:{name}", **described}
    )


def build_body_schema_of(model: type[BaseModel], schema_name: str, beyond: str = "") -> dict[str, JsonValue]:
    """Build the JSON Schema of the body of a record of some schema."""
    return build_schema(model, schema_name, f"Body of {schema_name}", beyond)
