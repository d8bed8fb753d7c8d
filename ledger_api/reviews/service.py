"""Reviewing: which prescriptions can be reviewed by whom, and which decision counts.

A hospital's pharmacist reviews before a prescription leaves the house, a pharmacy's before it dispenses. The
latest review of an institution is its decision. Nobody reviews what they prescribed themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, exists, select

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.prescriptions.known import get_known_prescription
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.body_checks import body_as_json, build_checked_body
from ledger_api.records.body_parts import Staff
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.subjects import RecordSubject, RecordSubjects
from ledger_api.reviews.body import APPROVED, ReviewBody
from ledger_api.reviews.errors import ReviewOfOwnPrescription
from ledger_api.reviews.schemas import ReviewRequest
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_proofs.kinds import KINDS

REVIEW: Final = KINDS[2]
REVIEWS: Final = Noun(REVIEW, "reviews", "审方")


@dataclass(frozen=True)
class ReviewDecision:
    """A review that was signed, and what it decided."""

    record: StoredRecord
    body: ReviewBody

    @property
    def is_approval(self) -> bool:
        """Whether the prescription may go on."""
        return self.body.decision == APPROVED


@dataclass(frozen=True)
class Reviewing:
    """The reviewing of prescriptions within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session

    def prepare(self, pharmacist: Author, request: ReviewRequest) -> Prepared:
        """Make the review that the pharmacist may sign.

        Raises PrescriptionNotFound, ReviewOfOwnPrescription or RecordInvalid, or what the signing of any
        record does.
        """
        place = request.prescription
        known = get_known_prescription(
            self.session, pharmacist.institution.number, place.institution, place.id
        )
        if known.author_id == pharmacist.person.id:
            raise ReviewOfOwnPrescription
        body = build_checked_body(
            ReviewBody,
            {
                "prescription": known.ref,
                "decision": request.decision,
                "reasons": None if request.reasons is None else tuple(request.reasons),
                "opinion": request.opinion,
                "pharmacist": staff_of(pharmacist),
            },
        )
        return self.signing.prepare(pharmacist, REVIEW, body_as_json(body))

    def keep(self, key_wrapper: KeyWrapper, issued: Issued) -> None:
        """Note which prescription a new review is about."""
        body = read_review(key_wrapper, issued.record).body
        place = body.prescription
        RecordSubjects(self.session).note(issued.record, institution=place.institution, record_id=place.id)


def find_decision(
    session: Session, key_wrapper: KeyWrapper, tenant: int, institution: int, prescription_id: str
) -> ReviewDecision | None:
    """Return a tenant's latest review of a prescription of some institution."""
    found = RecordSubjects(session).list_about(tenant, REVIEW.number, institution, prescription_id)
    return read_review(key_wrapper, found[0]) if found else None


def list_unreviewed(
    session: Session, institution: int, before: int | None, limit: int
) -> Sequence[StoredRecord]:
    """Return an institution's own prescriptions that none of its pharmacists has reviewed, newest first."""
    reviewed = exists().where(
        col(RecordSubject.subject_id) == col(StoredRecord.id),
        col(RecordSubject.subject_institution) == institution,
        col(RecordSubject.institution) == institution,
        col(RecordSubject.kind) == REVIEW.number,
    )
    wanted = select(StoredRecord).where(
        StoredRecord.institution == institution, StoredRecord.kind == PRESCRIPTION.number, ~reviewed
    )
    if before is not None:
        wanted = wanted.where(col(StoredRecord.sequence) < before)
    return session.exec(wanted.order_by(col(StoredRecord.sequence).desc()).limit(limit)).all()


def read_review(key_wrapper: KeyWrapper, record: StoredRecord) -> ReviewDecision:
    """Open a review. Raises ContentErased, or what the vault does."""
    body = ReviewBody.model_validate(open_record(key_wrapper, record).record.body)
    return ReviewDecision(record, body)


def staff_of(author: Author) -> Staff:
    """Return an author as they stand in what they sign."""
    return Staff(name=author.person.display_name, code=author.code)
