"""The hospital's side: giving a prescription out to an institution that presents its code."""

from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts
from ledger_api.peers.dependencies import Peer
from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.errors import PrescriptionNotReviewed
from ledger_api.received.readings import verify_readings
from ledger_api.received.schemas import HandedOutAnswer, PresentedRequest
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.reviews.service import find_decision
from ledger_proofs.bundles import bundle_as_json


def hand_out(
    parts: Parts, peer: Peer, record_id: str, request: PresentedRequest, request_id: str
) -> HandedOutAnswer:
    """Return the evidence of a prescription's window and of its approval, and note who got it.

    That something is wrong with the review learns only who presents the code. Raises PrescriptionNotFound,
    what `verify_readings` does, PrescriptionNotReviewed, or what `disclose_record` does.
    """
    if parts.deployment is None:
        raise NetworkMissing
    with parts.database.reading() as session:
        record = _get_prescription(session, peer.recipient, record_id)
        prescription = open_record(parts.key_wrapper, record).record
        presented = verify_readings(
            prescription,
            request.window,
            request.presentations,
            reader=peer.number,
            domain=parts.deployment.domain(),
            now=parts.clock(),
        )
        decision = find_decision(session, parts.key_wrapper, peer.recipient, peer.recipient, record_id)
    if decision is None or not decision.is_approval:
        raise PrescriptionNotReviewed
    bundle = disclose_record(parts, record, request.window)
    review = disclose_record(parts, decision.record)
    _note(parts, peer, record_id, request.window, len(presented), request_id)
    return HandedOutAnswer(bundle=bundle_as_json(bundle), review_bundles=[bundle_as_json(review)])


def _get_prescription(session: Session, institution: int, record_id: str) -> StoredRecord:
    record = RecordRepository(session).find(institution, record_id)
    if record is None or record.kind != PRESCRIPTION.number:
        raise PrescriptionNotFound
    return record


def _note(parts: Parts, peer: Peer, record_id: str, window: int, claims: int, request_id: str) -> None:
    details: dict[str, str | int] = {"window": window, "claims": claims, "institution": peer.number}
    with parts.database.writing() as session:
        AuditTrail(session, parts.clock, request_id).note(
            peer.recipient, peer.scope, "prescription.handed_out", f"prescription:{record_id}", details
        )
