"""From fetched evidence to the API shapes."""

from collections.abc import Sequence
from typing import Any, cast

from ledger_api.received.evidence import VerifiedReview
from ledger_api.received.models import ReceivedRecord
from ledger_api.received.schemas import (
    ClaimSeen,
    ReceivedAnswer,
    ReceivedSummary,
    ReviewSeen,
    ServerTiming,
)
from ledger_api.received.service import Fetched
from ledger_proofs.claims import parse_claim_word
from ledger_proofs.json_members import to_hex


def build_received_answer(row: ReceivedRecord, fetched: Fetched, total_seconds: float) -> ReceivedAnswer:
    """Build what the pharmacist sees."""
    prescription, place = fetched.verified.prescription, fetched.place
    return ReceivedAnswer(
        institution=place.institution,
        id=place.id,
        window=place.window,
        commitment=to_hex(prescription.bundle.commitment),
        fetched_at=row.fetched_at,
        record=cast("dict[str, Any]", prescription.record.as_json()),
        reviews=[_review_seen(review) for review in fetched.verified.reviews],
        claims=_claims_seen(fetched, row.presented),
        report=cast("dict[str, Any]", prescription.report.as_json()),
        as_of_block=fetched.claims.as_of_block,
        server_timing=ServerTiming(
            peer=round(fetched.peer_seconds * 1000),
            verification=round(fetched.verification_seconds * 1000),
            total=round(total_seconds * 1000),
        ),
    )


def build_summary(row: ReceivedRecord) -> ReceivedSummary:
    """Build one row of the list."""
    return ReceivedSummary(
        institution=row.issuer,
        id=row.record_id,
        window=row.window,
        commitment=to_hex(row.commitment),
        presented=row.presented,
        first_fetched_at=row.first_fetched_at,
        fetched_at=row.fetched_at,
    )


def _review_seen(review: VerifiedReview) -> ReviewSeen:
    record, body = review.foreign.record, review.body
    return ReviewSeen(
        institution=record.issuer,
        id=record.id,
        commitment=to_hex(review.foreign.bundle.commitment),
        signed_at=record.issued_at,
        decision=body.decision,
        reasons=[*(body.reasons or ())],
        opinion=body.opinion,
        pharmacist=body.pharmacist.name,
    )


def _claims_seen(fetched: Fetched, presented: Sequence[int]) -> list[ClaimSeen]:
    seen = []
    for claim, each in zip(fetched.verified.body.claims, fetched.claims.words, strict=True):
        word = parse_claim_word(each.word)
        seen.append(
            ClaimSeen(
                ordinal=claim.ordinal,
                claim=to_hex(each.claim),
                line=claim.line,
                status=word.status.name.lower(),
                restore_count=word.restore_count,
                presented=claim.ordinal in presented,
            )
        )
    return seen
