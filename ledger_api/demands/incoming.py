"""A demand that reaches an institution: what is checked of it, and its row."""

from pydantic import ValidationError
from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.demands.body import DemandBody
from ledger_api.demands.errors import DemandMisaddressed, DemandSubjectUnknown
from ledger_api.demands.models import IncomingDemand
from ledger_api.demands.repository import DemandRepository
from ledger_api.evidence.foreign import EvidenceRefused, ForeignRecord, get_full_record
from ledger_api.evidence.sealing import EvidenceSeal, SealedEvidence
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.parts import Parts
from ledger_api.peers.dependencies import Peer
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_proofs.bundles import Bundle, bundle_to_json, parse_bundle
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import parse_utc_time

DEMAND = KINDS[11]


def verify_demand(found: ForeignRecord, sender: int, recipient: int) -> DemandBody:
    """Check that a verified record is a demand of who sends it, for who receives it, and return its body.

    Raises DemandMisaddressed or EvidenceRefused.
    """
    if found.bundle.entry.kind != DEMAND.number:
        raise EvidenceRefused("/bundle", "kind.other", "it is no demand", "并非调阅要求")
    try:
        body = DemandBody.model_validate(found.record.body)
    except ValidationError:
        raise EvidenceRefused(
            "/bundle", "demand.schema", "its body doesn't fit its schema", "内容不符合规定的结构"
        ) from None
    if found.record.issuer != sender or body.subject.institution != recipient:
        raise DemandMisaddressed
    return body


def keep_demand(
    parts: Parts, session: Session, trail: AuditTrail, peer: Peer, found: ForeignRecord, body: DemandBody
) -> IncomingDemand:
    """Keep a demand, or return its row where it was delivered before. Raises DemandSubjectUnknown."""
    repository = DemandRepository(session)
    known = repository.find_incoming_by_commitment(peer.recipient, found.bundle.commitment)
    if known is not None:
        return known
    subject = _find_subject(session, peer.recipient, body)
    demand_id = found.record.id
    sealed = EvidenceSeal(parts.key_wrapper).seal(
        peer.recipient, _place_of(demand_id), bundle_to_json(found.bundle)
    )
    row = IncomingDemand(
        id=demand_id,
        institution=peer.recipient,
        regulator=peer.number,
        commitment=found.bundle.commitment,
        subject_id=subject.id,
        subject_commitment=subject.commitment,
        purpose=body.purpose,
        answer_by=parse_utc_time(body.answer_by),
        received_at=parts.clock(),
        content=sealed.content,
        wrapped_key=sealed.wrapped_key,
    )
    repository.add(row)
    details: dict[str, str | int] = {"regulator": peer.number, "subject": subject.id, "purpose": body.purpose}
    trail.note(peer.recipient, peer.scope, "demand.received", f"demand:{demand_id}", details)
    return row


def open_demand(key_wrapper: KeyWrapper, row: IncomingDemand) -> tuple[Bundle, DemandBody]:
    """Open a demand that was kept: its bundle, verified when it came, and its body."""
    sealed = SealedEvidence(row.content, row.wrapped_key)
    content = EvidenceSeal(key_wrapper).open(row.institution, _place_of(row.id), sealed)
    bundle = parse_bundle(content)
    return bundle, DemandBody.model_validate(get_full_record(bundle, "/bundle").body)


def _find_subject(session: Session, institution: int, body: DemandBody) -> StoredRecord:
    subject = RecordRepository(session).find_by_commitment(
        institution, bytes.fromhex(body.subject.commitment[2:])
    )
    if subject is None or body.subject.id not in (None, subject.id):
        raise DemandSubjectUnknown
    return subject


def _place_of(demand_id: str) -> str:
    return f"incoming-demand:{demand_id}"
