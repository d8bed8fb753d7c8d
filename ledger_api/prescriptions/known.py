"""Prescriptions that a tenant knows: those it issued, and those that it fetched from other institutions."""

from dataclasses import dataclass

from sqlmodel import Session

from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.repository import ReceivedRepository
from ledger_api.records.body_parts import Ref, build_ref
from ledger_api.records.repository import RecordRepository


@dataclass(frozen=True)
class KnownPrescription:
    """One of them. `author_id` is the doctor who signed it, where that was here."""

    ref: Ref
    author_id: str | None


def get_known_prescription(
    session: Session, tenant: int, institution: int, record_id: str
) -> KnownPrescription:
    """Return a prescription that a tenant issued or fetched. Raises PrescriptionNotFound."""
    if institution == tenant:
        record = RecordRepository(session).find(tenant, record_id)
        if record is None or record.kind != PRESCRIPTION.number:
            raise PrescriptionNotFound
        return KnownPrescription(build_ref(institution, record_id, record.commitment), record.author_id)
    received = ReceivedRepository(session).find(tenant, institution, record_id)
    if received is None:
        raise PrescriptionNotFound
    return KnownPrescription(build_ref(institution, record_id, received.commitment), None)
