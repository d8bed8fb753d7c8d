"""Bodies of reviews, voids, refusals and lots: what holds across members, and that schemas say the rest."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from ledger_api.lots.body import LotBody
from ledger_api.record_schemas import build_schema_files
from ledger_api.records.body_checks import RecordInvalid, body_as_json, build_checked_body
from ledger_api.refusals.body import RefusalBody
from ledger_api.reviews.body import ReviewBody
from ledger_api.voids.body import VoidBody

REF = {"institution": 1, "id": "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10", "commitment": "0x" + "ab" * 32}
WINDOW = REF | {"window": 0, "not_before": "2026-11-22T01:00:00Z"}
STAFF = {"name": "林药师（示例）", "code": "P-1"}
PACKS = ("0x" + "01" * 32, "0x" + "02" * 32)

GOOD: dict[type[BaseModel], dict[str, Any]] = {
    ReviewBody: {"prescription": REF, "decision": "approved", "pharmacist": STAFF},
    VoidBody: {"prescription": WINDOW, "ordinals": (0, 3), "reason": "allergy", "prescriber": STAFF},
    RefusalBody: {"prescription": WINDOW, "reason": "identity", "pharmacist": STAFF},
    LotBody: {
        "event": "commissioned",
        "product": {"code_system": "x-drug", "code": "1", "name": "药", "specification": "5mg*7片"},
        "lot": "A1",
        "made_on": "2026-01-01",
        "expires_on": "2028-01-01",
        "unit": "盒",
        "units_per_pack": 1,
        "packs": PACKS,
        "releaser": STAFF,
    },
}
SCHEMAS = {
    ReviewBody: "rx.review-1.schema.json",
    VoidBody: "rx.void-1.schema.json",
    RefusalBody: "rx.refusal-1.schema.json",
    LotBody: "rx.lot-1.schema.json",
}
BAD: list[tuple[type[BaseModel], dict[str, Any], str]] = [
    (ReviewBody, {"decision": "rejected"}, "rejection_unexplained"),
    (ReviewBody, {"decision": "rejected", "reasons": ("dose",)}, "rejection_unexplained"),
    (ReviewBody, {"reasons": ("dose", "dose")}, "reason_repeated"),
    (VoidBody, {"ordinals": (3, 0)}, "ordinals_order"),
    (VoidBody, {"ordinals": (1, 1)}, "ordinals_order"),
    (RefusalBody, {"reason": "chain_refused"}, "chain_refusal_incomplete"),
    (RefusalBody, {"dispensing": REF}, "chain_refusal_incomplete"),
    (RefusalBody, {"chain_error": "ClaimRegisterNotUnused"}, "chain_refusal_incomplete"),
    (RefusalBody, {"reason": "chain_refused", "dispensing": REF}, "chain_refusal_incomplete"),
    (LotBody, {"packs": PACKS[::-1]}, "packs_order"),
    (LotBody, {"packs": PACKS[:1] * 2}, "packs_order"),
    (LotBody, {"packs": ()}, "lot_empty"),
    (LotBody, {"expires_on": "2025-12-31"}, "lot_days"),
    (LotBody, {"reason": "why"}, "recall_reason"),
    (LotBody, {"event": "recalled"}, "recall_reason"),
]


@pytest.mark.parametrize("model", GOOD)
def test_a_good_body_comes_out_as_it_went_in_and_fits_its_schema(model: type[BaseModel]) -> None:
    written = body_as_json(build_checked_body(model, GOOD[model]))
    jsonschema.validate(written, build_schema_files()[SCHEMAS[model]])
    assert body_as_json(build_checked_body(model, written)) == written
    assert None not in written.values()


@pytest.mark.parametrize(("model", "changes", "code"), BAD)
def test_a_body_that_contradicts_itself_is_refused_by_code(
    model: type[BaseModel], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(RecordInvalid) as refused:
        build_checked_body(model, GOOD[model] | changes)
    assert [fault.code for fault in refused.value.faults] == [code]
    assert all(fault.message and fault.message_zh for fault in refused.value.faults)


@pytest.mark.parametrize("model", GOOD)
def test_no_body_takes_another_member_or_a_null(model: type[BaseModel]) -> None:
    with pytest.raises(RecordInvalid):
        build_checked_body(model, GOOD[model] | {"mood": "good"})
    with pytest.raises(ValueError, match="null"):
        model.model_validate(GOOD[model] | {"note": None, "reason": None, "opinion": None})
