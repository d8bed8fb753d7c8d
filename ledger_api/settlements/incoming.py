"""A settlement request at the payer: kept sealed once it passed every check, and opened again."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.foreign import get_full_record
from ledger_api.evidence.sealing import EvidenceSeal, SealedEvidence
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.parts import Parts
from ledger_api.peers.dependencies import Peer
from ledger_api.settlements.answers import build_verified
from ledger_api.settlements.evidence import (
    CheckedRequest,
    DispensedUse,
    Excuses,
    SentEvidence,
    parse_evidence,
    read_dispensing,
)
from ledger_api.settlements.models import Direction, RequestState, SettlementRequest
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.schemas import RequestDelivery, VerifiedRecord
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.types import JsonValue

MAX_REQUEST_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 24
"""A bundle's own nesting (16), and what it stands in."""


@dataclass(frozen=True)
class OpenedRequest:
    """A request as it was kept: the evidence, what the dispensing says, and the reports made when it came."""

    evidence: SentEvidence
    use: DispensedUse
    excuses: Excuses
    verified: tuple[VerifiedRecord, ...]
    as_of_block: int


def parse_delivery(delivered: RequestDelivery) -> SentEvidence:
    """Parse what a peer sent. Raises EvidenceRefused."""
    return parse_evidence(
        cast("JsonValue", delivered.dispensing),
        cast("list[JsonValue]", delivered.prescriptions),
        cast("list[JsonValue]", delivered.reviews),
        delivered.use_time,
    )


def keep_request(
    parts: Parts,
    session: Session,
    trail: AuditTrail,
    peer: Peer,
    delivered: RequestDelivery,
    checked: CheckedRequest,
) -> SettlementRequest:
    """Keep a request that passed, or return the one about the same dispensing."""
    repository = SettlementRequestRepository(session)
    commitment = checked.dispensing.bundle.commitment
    known = repository.find_of_dispensing(peer.recipient, Direction.IN, commitment)
    if known is not None:
        return known
    request_id = str(uuid.uuid4())
    sealed = EvidenceSeal(parts.key_wrapper).seal(
        peer.recipient, _place_of(request_id), _write(delivered, checked)
    )
    row = SettlementRequest(
        id=request_id,
        institution=peer.recipient,
        direction=Direction.IN,
        other=peer.number,
        dispensing_id=checked.dispensing.record.id,
        dispensing_commitment=commitment,
        amount_minor=checked.use.bill.total_minor,
        remarks=list(checked.remarks),
        state=RequestState.OPEN,
        created_at=parts.clock(),
        created_by=peer.scope,
        content=sealed.content,
        wrapped_key=sealed.wrapped_key,
    )
    repository.add(row)
    details: dict[str, str | int] = {"spender": peer.number, "dispensing": row.dispensing_id}
    trail.note(
        peer.recipient, peer.scope, "settlement-request.received", f"settlement-request:{row.id}", details
    )
    return row


def open_request(key_wrapper: KeyWrapper, row: SettlementRequest) -> OpenedRequest:
    """Open a request that was kept. Raises EvidenceSealBroken, or the keystore's errors."""
    if row.content is None or row.wrapped_key is None:
        raise LookupError("an incoming request has no content")
    sealed = SealedEvidence(row.content, row.wrapped_key)
    content = EvidenceSeal(key_wrapper).open(row.institution, _place_of(row.id), sealed)
    kept = cast("dict[str, Any]", parse_json(content, max_bytes=2 * MAX_REQUEST_BYTES, max_depth=MAX_DEPTH))
    delivered = RequestDelivery.model_validate(kept["request"])
    evidence = parse_delivery(delivered)
    record = get_full_record(evidence.dispensing, "/dispensing")
    return OpenedRequest(
        evidence,
        read_dispensing(record, evidence.dispensing.commitment, evidence.used_at),
        Excuses(**kept["excuses"]),
        tuple(VerifiedRecord.model_validate(each) for each in kept["verified"]),
        int(kept["as_of_block"]),
    )


def _write(delivered: RequestDelivery, checked: CheckedRequest) -> bytes:
    verified = [
        build_verified("dispensing", checked.dispensing),
        *(build_verified("prescription", each) for each in checked.prescriptions),
        *(build_verified("review", each) for each in checked.reviews),
    ]
    content = {
        "request": delivered.model_dump(mode="json"),
        "verified": [each.model_dump(mode="json") for each in verified],
        "excuses": asdict(checked.excuses),
        "as_of_block": checked.as_of_block,
    }
    return canonical_bytes(cast("JsonValue", content), max_depth=MAX_DEPTH)


def _place_of(request_id: str) -> str:
    return f"settlement-request:{request_id}"
