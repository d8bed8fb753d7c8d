"""The answer to a demand at rest, sealed by the regulator's own key, and what an officer is shown of it."""

from typing import Any, cast

from ledger_api.accesses.body import AccessBody
from ledger_api.demands.models import SentDemand
from ledger_api.demands.schemas import ContentAnswer
from ledger_api.demands.service import HandedOver, open_handed_over, record_as_json
from ledger_api.evidence.foreign import get_full_record
from ledger_api.evidence.sealing import EvidenceSeal, SealedEvidence
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.parts import Parts
from ledger_api.records.models import StoredRecord
from ledger_proofs.bundles import MAX_BUNDLE_BYTES, Bundle, bundle_as_json, bundle_from_json
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import Commitment, JsonValue


def seal_answer(
    key_wrapper: KeyWrapper, demand: SentDemand, access: Bundle, handed: HandedOver | None
) -> None:
    """Keep on the demand's row what the institution sent."""
    content: dict[str, JsonValue] = {"bundle": bundle_as_json(access)}
    if handed is not None:
        content |= {"wrapped_key": to_hex(handed.wrapped_key), "content": to_hex(handed.content)}
    seal = EvidenceSeal(key_wrapper)
    sealed = seal.seal(demand.institution, _place_of(demand), canonical_bytes(content))
    demand.content, demand.wrapped_key = sealed.content, sealed.wrapped_key


def open_answer(parts: Parts, demand: SentDemand, record: StoredRecord) -> ContentAnswer:
    """Open the answer of an answered demand. Raises what sealing and handing over raise."""
    if demand.content is None or demand.wrapped_key is None or demand.answered_at is None:
        raise LookupError("an answered demand has no answer")
    sealed = SealedEvidence(demand.content, demand.wrapped_key)
    content = EvidenceSeal(parts.key_wrapper).open(demand.institution, _place_of(demand), sealed)
    kept = cast("dict[str, Any]", parse_json(content, max_bytes=2 * MAX_BUNDLE_BYTES))
    body = AccessBody.model_validate(get_full_record(bundle_from_json(kept["bundle"]), "/bundle").body)
    record_json: dict[str, Any] | None = None
    record_key: str | None = None
    if body.wrapped_key_sha256 is not None:
        handed = HandedOver(_bytes(kept["wrapped_key"]), _bytes(kept["content"]))
        opened, key = open_handed_over(
            handed, demand, Commitment(record.commitment), body.wrapped_key_sha256, parts.content_keys
        )
        record_json, record_key = record_as_json(opened), to_hex(key)
    return ContentAnswer(
        demand_id=demand.id,
        decision=body.decision,
        reason=body.reason,
        commitment=to_hex(demand.subject_commitment),
        record=record_json,
        record_key=record_key,
        answered_at=demand.answered_at,
        access=kept["bundle"],
    )


def _place_of(demand: SentDemand) -> str:
    return f"demand-answer:{demand.id}"


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
