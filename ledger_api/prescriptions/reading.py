"""Which prescriptions a principal may see, and opening their content."""

from sqlmodel import Session

from ledger_api.identity.principal import Principal
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.prescriptions.errors import ContentErased, PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import OpenedRecord, RecordVault, SealedRecord
from ledger_proofs.types import Commitment


def get_prescription(session: Session, principal: Principal, record_id: str) -> StoredRecord:
    """Return a prescription that the principal may see: a doctor her own, a machine its institution's.

    Raises PrescriptionNotFound for any other, without saying whether it exists.
    """
    record = RecordRepository(session).find(principal.institution, record_id)
    if record is None or record.kind != PRESCRIPTION.number:
        raise PrescriptionNotFound
    if principal.kind == "person" and record.author_id != principal.id:
        raise PrescriptionNotFound
    return record


def open_prescription(key_wrapper: KeyWrapper, record: StoredRecord) -> OpenedRecord:
    """Decrypt a prescription's content. Raises ContentErased, or what the vault does."""
    if record.content is None or record.wrapped_key is None:
        raise ContentErased
    sealed = SealedRecord(
        record.id, record.institution, Commitment(record.commitment), record.content, record.wrapped_key
    )
    return RecordVault(key_wrapper).open(sealed)
