"""Which prescriptions a principal may see."""

from sqlmodel import Session

from ledger_api.identity.principal import Principal
from ledger_api.prescriptions.service import PRESCRIPTIONS
from ledger_api.records.models import StoredRecord
from ledger_api.signing.nouns import get_record_of


def get_prescription(session: Session, principal: Principal, record_id: str) -> StoredRecord:
    """Return a prescription that the principal may see: a doctor her own, a pharmacist or a machine client
    its institution's.

    Raises PrescriptionNotFound for any other, without saying whether it exists.
    """
    return get_record_of(PRESCRIPTIONS, session, principal, record_id)
