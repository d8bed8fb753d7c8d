"""Voiding: which claims of a prescription a doctor of its hospital can take back, and the act on chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.errors import WindowNotFound
from ledger_api.evidence.service import list_claim_keys
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.log.repository import LogRepository
from ledger_api.network import ChainSilent, Network
from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.body_checks import body_as_json, build_checked_body
from ledger_api.records.body_parts import Staff, WindowRef
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.records.subjects import RecordSubjects
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.models import Act
from ledger_api.spends.service import SpendIntents
from ledger_api.voids.body import VoidBody
from ledger_api.voids.errors import ClaimsNotUnused, ClaimUnknown, NothingToVoid
from ledger_api.voids.schemas import VoidRequest
from ledger_chain.items import VoidItem
from ledger_proofs.claims import ClaimStatus, parse_claim_word
from ledger_proofs.entries import parse_entry
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import format_utc_time, parse_utc_time
from ledger_proofs.types import ClaimKey, Commitment
from ledger_web.clock import Clock

VOID: Final = KINDS[5]
VOIDS: Final = Noun(VOID, "voids", "作废")
REASON_BYTES: Final = 32


@dataclass(frozen=True)
class VoidTarget:
    """One window of a prescription of this hospital, and the keys of its claims by ordinal."""

    record: StoredRecord
    window: int
    not_before: int
    claims: Sequence[ClaimKey]

    @property
    def ref(self) -> WindowRef:
        """How the void record names it."""
        return WindowRef(
            institution=self.record.institution,
            id=self.record.id,
            commitment=to_hex(self.record.commitment),
            window=self.window,
            not_before=format_utc_time(self.not_before),
        )


def get_target(session: Session, institution: int, prescription_id: str, window: int) -> VoidTarget:
    """Return a window of any of the hospital's prescriptions: a colleague may have to take back what a doctor
    prescribed. Raises PrescriptionNotFound or WindowNotFound.
    """
    record = RecordRepository(session).find(institution, prescription_id)
    if record is None or record.kind != PRESCRIPTION.number:
        raise PrescriptionNotFound
    entries = [each for each in LogRepository(session).list_entries_of([record.id]) if each.window == window]
    if not entries:
        raise WindowNotFound
    claims = list_claim_keys(record, entries[-1])
    return VoidTarget(record, window, parse_entry(entries[-1].entry).not_before, claims)


def choose_ordinals(
    target: VoidTarget, wanted: Sequence[int] | None, network: Network | None
) -> tuple[int, ...]:
    """Choose the claims to void, by how they stand on the chain now; None: those that are unused.

    A chain that doesn't answer is not waited for: taking back may be urgent, and the chain decides in any
    case. Raises ClaimUnknown, ClaimsNotUnused or NothingToVoid.
    """
    everyone = range(len(target.claims))
    chosen = sorted(set(everyone if wanted is None else wanted))
    unknown = [place for place, ordinal in enumerate(wanted or ()) if ordinal not in everyone]
    if unknown:
        raise ClaimUnknown(unknown, len(target.claims))
    used = _find_used(target, network)
    if wanted is not None and used.intersection(chosen):
        raise ClaimsNotUnused(sorted(used.intersection(chosen)))
    left = tuple(ordinal for ordinal in chosen if ordinal not in used)
    if not left:
        raise NothingToVoid
    return left


@dataclass(frozen=True)
class Voiding:
    """The voiding of prescriptions within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session

    def prepare(
        self, doctor: Author, request: VoidRequest, target: VoidTarget, ordinals: Sequence[int]
    ) -> Prepared:
        """Make the void that the doctor may sign. Raises what the signing of any record does."""
        body = build_checked_body(
            VoidBody,
            {
                "prescription": target.ref,
                "ordinals": tuple(ordinals),
                "reason": request.reason,
                "note": request.note,
                "prescriber": Staff(name=doctor.person.display_name, code=doctor.code),
            },
        )
        return self.signing.prepare(doctor, VOID, body_as_json(body))

    def enqueue(self, key_wrapper: KeyWrapper, clock: Clock, issued: Issued) -> None:
        """Enqueue a new void's act on the chain, and note which prescription it is about."""
        body = VoidBody.model_validate(open_record(key_wrapper, issued.record).record.body)
        voided = body.prescription
        commitment = Commitment(bytes.fromhex(voided.commitment[2:]))
        item = VoidItem(
            kind=PRESCRIPTION.number,
            record=commitment,
            not_before=parse_utc_time(voided.not_before),
            ordinals=body.ordinals,
            void_record=Commitment(issued.record.commitment),
            reason=body.reason.encode("ascii").ljust(REASON_BYTES, b"\x00"),
        )
        SpendIntents(self.session, clock).enqueue(
            institution=issued.record.institution,
            act=Act.VOID,
            record=issued.record,
            subject=commitment,
            item=item,
        )
        RecordSubjects(self.session).note(issued.record, institution=voided.institution, record_id=voided.id)


def _find_used(target: VoidTarget, network: Network | None) -> set[int]:
    if network is None:
        return set()
    try:
        stated = ask_claim_words(network.look(), target.claims)
    except ChainSilent:
        return set()
    words = [parse_claim_word(each.word) for each in stated.words]
    return {ordinal for ordinal, word in enumerate(words) if word.status is not ClaimStatus.UNUSED}
