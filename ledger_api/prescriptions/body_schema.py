"""The JSON Schema (draft 2020-12) of a prescription's body and of a draft."""

from typing import Final

from ledger_api.prescriptions.body import SCHEMA_NAME, PrescriptionBody
from ledger_api.prescriptions.draft_body import PrescriptionDraft
from ledger_api.records.body_schema import build_body_schema_of, build_schema
from ledger_proofs.types import JsonValue

_BEYOND_SCHEMA: Final = (
    "lines are numbered from 1 and claims from 0 in their order, the claims of a line"
    " add up to its quantity, windows ascend without meeting, holders are none or one per claim, text holds"
    " no invisible characters, and the prescribing rules of the day of issue hold."
)


def build_body_schema() -> dict[str, JsonValue]:
    """Build the JSON Schema of the body of an `rx.prescription/1` record."""
    return build_body_schema_of(PrescriptionBody, SCHEMA_NAME, _BEYOND_SCHEMA)


def build_draft_schema() -> dict[str, JsonValue]:
    """Build the JSON Schema of a draft: what POST /v1/drafts and prepare take."""
    return build_schema(PrescriptionDraft, f"{SCHEMA_NAME}:draft", f"Draft of {SCHEMA_NAME}", _BEYOND_SCHEMA)
