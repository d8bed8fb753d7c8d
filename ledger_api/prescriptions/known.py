"""Prescriptions that a tenant knows: those it issued, and those that it fetched from other institutions."""

from dataclasses import dataclass

from sqlmodel import Session

from ledger_api.evidence.errors import WindowNotFound
from ledger_api.evidence.sealing import EvidenceSeal
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.log.repository import LogRepository
from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.evidence import open_evidence
from ledger_api.received.repository import ReceivedRepository
from ledger_api.records.body_parts import Ref, WindowRef, build_ref
from ledger_api.records.repository import RecordRepository
from ledger_proofs.entries import parse_entry
from ledger_proofs.records import format_utc_time


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


def get_known_window(
    session: Session, key_wrapper: KeyWrapper, tenant: int, institution: int, record_id: str, window: int
) -> WindowRef:
    """Return one window of a prescription that a tenant issued or fetched.

    Raises PrescriptionNotFound or WindowNotFound: a window that wasn't fetched isn't known.
    """
    known = get_known_prescription(session, tenant, institution, record_id)
    if institution == tenant:
        entries = LogRepository(session).list_entries_of([record_id])
        starts = [parse_entry(each.entry).not_before for each in entries if each.window == window]
    else:
        received = ReceivedRepository(session).find(tenant, institution, record_id, window)
        opened = None if received is None else open_evidence(EvidenceSeal(key_wrapper), received)
        starts = [] if opened is None else [opened.bundle.entry.not_before]
    if not starts:
        raise WindowNotFound
    return WindowRef(**dict(known.ref), window=window, not_before=format_utc_time(starts[-1]))
