"""What came with a fetched prescription: parsed, sealed at rest, and verified through one's own node.

Nothing that a peer sends is believed. The prescription has to be the one that was asked for, and at least one
review by its own hospital has to approve it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ledger_api.evidence.foreign import EvidenceRefused, ForeignRecord, parse_foreign_bundle, verify_foreign
from ledger_api.evidence.one_look import OneLook
from ledger_api.evidence.sealing import EvidenceSeal, SealedEvidence
from ledger_api.network import Network
from ledger_api.prescriptions.body import PrescriptionBody
from ledger_api.received.models import ReceivedRecord
from ledger_api.reviews.body import APPROVED, ReviewBody
from ledger_proofs.bundles import MAX_BUNDLE_BYTES, Bundle, bundle_as_json
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS, Kind
from ledger_proofs.records import parse_utc_time
from ledger_proofs.types import JsonValue

MAX_REVIEWS = 8
MAX_DEPTH = 20
_REVIEW = KINDS[2]
_PRESCRIPTION = KINDS[1]

BodyT = TypeVar("BodyT", bound=BaseModel)


@dataclass(frozen=True)
class ReceivedPlace:
    """Which window of which institution's prescription."""

    institution: int
    id: str
    window: int


@dataclass(frozen=True)
class ReceivedEvidence:
    """The bundles as they came: of the window, and of the reviews by the prescription's hospital."""

    bundle: Bundle
    review_bundles: tuple[Bundle, ...]

    def to_bytes(self) -> bytes:
        """Return the bytes that are sealed."""
        document: dict[str, JsonValue] = {
            "bundle": bundle_as_json(self.bundle),
            "review_bundles": [bundle_as_json(each) for each in self.review_bundles],
        }
        return canonical_bytes(document, max_depth=MAX_DEPTH)


@dataclass(frozen=True)
class VerifiedReview:
    """A review of the prescription by its hospital."""

    foreign: ForeignRecord
    body: ReviewBody


@dataclass(frozen=True)
class VerifiedEvidence:
    """The same, verified: the prescription with its content, and the reviews, the first of which approves."""

    prescription: ForeignRecord
    body: PrescriptionBody
    reviews: tuple[VerifiedReview, ...]


def parse_evidence(answer: Mapping[str, JsonValue]) -> ReceivedEvidence:
    """Read a hospital's answer. Raises EvidenceRefused for one of another form."""
    reviews = answer.get("review_bundles")
    if not isinstance(reviews, list) or not 1 <= len(reviews) <= MAX_REVIEWS:
        raise EvidenceRefused(
            "/review_bundles", "evidence.reviews", "must hold 1 to 8 bundles", "须有 1 至 8 个证据包"
        )
    return ReceivedEvidence(
        parse_foreign_bundle(answer.get("bundle"), "/bundle"),
        tuple(parse_foreign_bundle(each, f"/review_bundles/{place}") for place, each in enumerate(reviews)),
    )


def seal_evidence(seal: EvidenceSeal, tenant: int, place: str, evidence: ReceivedEvidence) -> SealedEvidence:
    """Encrypt evidence for a row."""
    return seal.seal(tenant, place, evidence.to_bytes())


def open_evidence(seal: EvidenceSeal, row: ReceivedRecord) -> ReceivedEvidence:
    """Decrypt a row's evidence. Raises EvidenceSealBroken, or the keystore's errors."""
    content = seal.open(row.institution, row.place, SealedEvidence(row.content, row.wrapped_key))
    value = parse_json(content, max_bytes=(MAX_REVIEWS + 1) * MAX_BUNDLE_BYTES, max_depth=MAX_DEPTH)
    return parse_evidence(value if isinstance(value, dict) else {})


def verify_evidence(
    evidence: ReceivedEvidence, place: ReceivedPlace, network: Network, look: OneLook
) -> VerifiedEvidence:
    """Verify all bundles, that they are what was asked for, and that a review approves, in one look.

    Raises EvidenceRefused, or ChainSilent.
    """
    prescription = verify_foreign(evidence.bundle, network, "/bundle", look)
    body = _read_body(PrescriptionBody, prescription, _PRESCRIPTION, "/bundle")
    _verify_asked_for(prescription, body, place)
    reviews = tuple(
        _verify_review(bundle, prescription, network, look, f"/review_bundles/{number}")
        for number, bundle in enumerate(evidence.review_bundles)
    )
    if reviews[0].body.decision != APPROVED:  # the hospital's latest comes first
        raise EvidenceRefused(
            "/review_bundles/0", "evidence.not_approved", "does not approve", "审核结论不是通过"
        )
    return VerifiedEvidence(prescription, body, reviews)


def _verify_asked_for(prescription: ForeignRecord, body: PrescriptionBody, place: ReceivedPlace) -> None:
    record = prescription.record
    if (record.issuer, record.id) != (place.institution, place.id):
        raise EvidenceRefused(
            "/bundle", "evidence.other_record", "is of another record than asked for", "不是所请求的记录"
        )
    starts_at = body.windows[place.window].not_before if place.window < len(body.windows) else None
    if starts_at is None or parse_utc_time(starts_at) != prescription.bundle.entry.not_before:
        raise EvidenceRefused(
            "/bundle", "evidence.other_window", "is of another window than asked for", "不是所请求的时段"
        )


def _verify_review(
    bundle: Bundle, prescription: ForeignRecord, network: Network, look: OneLook, where: str
) -> VerifiedReview:
    review = verify_foreign(bundle, network, where, look)
    body = _read_body(ReviewBody, review, _REVIEW, where)
    is_own = review.record.issuer == prescription.record.issuer
    if not is_own or body.prescription.commitment != to_hex(prescription.bundle.commitment):
        raise EvidenceRefused(
            where,
            "evidence.other_review",
            "is no review of this prescription by its hospital",
            "不是开具医院对该处方的审方",
        )
    return VerifiedReview(review, body)


def _read_body(model: type[BodyT], foreign: ForeignRecord, kind: Kind, where: str) -> BodyT:
    """Read the body of a verified record: its author may have signed whatever he liked."""
    if foreign.bundle.entry.kind != kind.number:
        raise EvidenceRefused(where, "evidence.other_kind", f"is no {kind.name}", f"不是{kind.name_zh}")
    try:
        return model.model_validate(foreign.record.body)
    except ValidationError:
        raise EvidenceRefused(
            where, "evidence.schema", f"is no {kind.name} of its schema", f"不是符合规定结构的{kind.name_zh}"
        ) from None
