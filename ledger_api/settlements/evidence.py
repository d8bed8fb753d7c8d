"""What a payer is sent with a settlement request, and the checks that it makes of it by itself.

1. Every bundle verifies through the payer's own node (protocol 9); the dispensing's in time after its signing
   and after the use, or excused by a recorded outage.
2. The dispensing is the sender's, and its use names this payer.
3. Each prescription that it names is there, of that window, with those claims for those lines.
4. The review that the dispensing names is the sender's own, of the first prescription, and approves; each
   prescription was approved by the sender or by its own hospital.
5. The charges add up, each claim dispensed being charged for once.
6. On the chain the claims are dispensed, by that use, into that dispensing, at that time.

Remarks are what an adjudicator should know and nothing is refused for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger_api.dispenses.body import DispensingBody, parse_body
from ledger_api.evidence.excuses import find_excuse
from ledger_api.evidence.foreign import EvidenceRefused, ForeignRecord, parse_foreign_bundle, verify_foreign
from ledger_api.network import Network
from ledger_api.prescriptions import body as prescription_bodies
from ledger_api.records.body_parts import WindowRef, build_ref
from ledger_api.reviews.body import APPROVED
from ledger_api.settlements.adjudication import Bill
from ledger_api.settlements.billing import build_bill, list_dispensed_claims
from ledger_api.settlements.claim_standing import verify_standing
from ledger_api.settlements.errors import PayerIsAnother
from ledger_chain.items import Spend
from ledger_proofs.bundles import Bundle
from ledger_proofs.claims import ClaimStatus
from ledger_proofs.eip712 import Use
from ledger_proofs.errors import RecordLate
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS, Kind
from ledger_proofs.records import Record, parse_utc_time
from ledger_proofs.types import Commitment, JsonValue
from ledger_proofs.uses import parse_use
from ledger_web.errors import ServiceError

PRESCRIPTION, REVIEW, DISPENSING = KINDS[1], KINDS[2], KINDS[3]
LATE_REVIEW: Final = "review_late"
LATE_PRESCRIPTION: Final = "prescription_late"
NO_REVIEW_OF_ISSUER: Final = "issuer_review_missing"
PACKS_FLAGGED: Final = "packs_flagged"
MADE_OFFLINE: Final = "made_offline"


@dataclass(frozen=True)
class SentEvidence:
    """A settlement request as it was sent, parsed and not yet believed. `used_at`: block time of the use."""

    dispensing: Bundle
    prescriptions: tuple[Bundle, ...]
    reviews: tuple[Bundle, ...]
    used_at: int


@dataclass(frozen=True)
class DispensedUse:
    """What a dispensing says, read from its bundle: content, bill, and the preimage of its claims' digest."""

    record: Record
    body: DispensingBody
    bill: Bill
    spend: Spend


@dataclass(frozen=True)
class Excuses:
    """What names the outages that excuse the dispensing's record to the chain: a number + 1, or 0.

    `signing` excuses its anchoring after it was signed, `record` its anchoring after the use.
    """

    signing: int
    record: int


@dataclass(frozen=True)
class CheckedRequest:
    """A request that passed every check."""

    dispensing: ForeignRecord
    prescriptions: tuple[ForeignRecord, ...]
    reviews: tuple[ForeignRecord, ...]
    use: DispensedUse
    excuses: Excuses
    remarks: tuple[str, ...]
    as_of_block: int


def parse_evidence(
    dispensing: JsonValue, prescriptions: Sequence[JsonValue], reviews: Sequence[JsonValue], used_at: int
) -> SentEvidence:
    """Parse the bundles of a request. Raises EvidenceRefused."""
    return SentEvidence(
        parse_foreign_bundle(dispensing, "/dispensing"),
        tuple(
            parse_foreign_bundle(each, f"/prescriptions/{place}") for place, each in enumerate(prescriptions)
        ),
        tuple(parse_foreign_bundle(each, f"/reviews/{place}") for place, each in enumerate(reviews)),
        used_at,
    )


def verify_request(sent: SentEvidence, sender: int, payer: int, network: Network) -> CheckedRequest:
    """Make all checks. Raises EvidenceRefused, PayerIsAnother, ClaimsStandOtherwise or ChainSilent."""
    look = network.look()
    dispensing = verify_foreign(sent.dispensing, network, "/dispensing", look)
    _verify_kind(dispensing, DISPENSING, "/dispensing")
    excuses = find_excuses(dispensing, sent.used_at, network)
    if dispensing.record.issuer != sender:
        raise EvidenceRefused(
            "/dispensing/issuer", "dispensing.issuer", "it isn't the sender's own", "并非发送方自己的发药"
        )
    use = read_dispensing(dispensing.record, dispensing.bundle.commitment, sent.used_at)
    if use.spend.payer != payer:
        raise PayerIsAnother
    prescriptions = tuple(
        verify_foreign(bundle, network, f"/prescriptions/{place}", look)
        for place, bundle in enumerate(sent.prescriptions)
    )
    verify_prescriptions(use.body, prescriptions)
    reviews = tuple(
        verify_foreign(bundle, network, f"/reviews/{place}", look)
        for place, bundle in enumerate(sent.reviews)
    )
    verify_reviews(use.body, reviews)
    as_of_block = verify_standing(look, use.spend, ClaimStatus.DISPENSED)
    remarks = _build_remarks(use.body, prescriptions, reviews)
    return CheckedRequest(dispensing, prescriptions, reviews, use, excuses, remarks, as_of_block)


def find_excuses(dispensing: ForeignRecord, used_at: int, network: Network) -> Excuses:
    """Find what excuses a dispensing's anchoring, if it needs that. Raises EvidenceRefused or ChainSilent."""
    spender, anchored_at = dispensing.record.issuer, dispensing.bundle.checkpoint.anchored_at
    signed_at = dispensing.bundle.authorship.signed_at
    try:
        return Excuses(
            find_excuse(network, spender, signed_at, anchored_at, DISPENSING.signing_window_seconds),
            find_excuse(network, spender, used_at, anchored_at, PRESCRIPTION.record_window_seconds),
        )
    except RecordLate as fault:
        raise EvidenceRefused(
            "/dispensing", fault.code, "it wasn't anchored in time to be settled", "未按时锚定，不能结算"
        ) from None


def read_dispensing(record: Record, commitment: Commitment, used_at: int) -> DispensedUse:
    """Read a dispensing: its body, its bill, and what its claims' words were made of.

    Raises EvidenceRefused when the body contradicts itself.
    """
    try:
        body = parse_body(dict(record.body))
    except ServiceError as fault:
        raise EvidenceRefused(
            "/dispensing/body", fault.code, "it doesn't fit its schema", "不符合规定的结构"
        ) from None
    use: Use = parse_use(record.body["use"])
    if sorted(key for _, _, key in list_dispensed_claims(body)) != [each.claim for each in use.claims]:
        raise EvidenceRefused(
            "/dispensing/body/use/claims",
            "use.claims",
            "the use has other claims than those listed as dispensed",
            "使用中的份额与所列已发份额不一致",
        )
    ref = build_ref(record.issuer, record.id, commitment)
    spend = Spend(use.kind, use.spender, use.payer, use.claims, use.packs, commitment, used_at)
    return DispensedUse(record, body, build_bill(ref, body), spend)


def verify_prescriptions(body: DispensingBody, prescriptions: Sequence[ForeignRecord]) -> None:
    """Check that the prescriptions are those that a dispensing names, in order. Raises EvidenceRefused."""
    if len(prescriptions) != len(body.prescriptions):
        raise EvidenceRefused(
            "/prescriptions",
            "prescriptions.count",
            "there must be one for each that the dispensing names",
            "须与发药所列处方一一对应",
        )
    for place, (named, found) in enumerate(zip(body.prescriptions, prescriptions, strict=True)):
        where = f"/prescriptions/{place}"
        _verify_kind(found, PRESCRIPTION, where)
        if not _is_window(named, found):
            raise EvidenceRefused(
                where, "prescriptions.other", "it isn't the one that the dispensing names", "并非发药所列处方"
            )
        stated = prescription_bodies.parse_body(dict(found.record.body)).claims
        for claim in named.claims:
            if claim.ordinal >= len(stated) or (
                (claim.line, claim.quantity.value, claim.quantity.unit)
                != (
                    stated[claim.ordinal].line,
                    stated[claim.ordinal].quantity.value,
                    stated[claim.ordinal].quantity.unit,
                )
            ):
                raise EvidenceRefused(
                    where,
                    "prescriptions.claims",
                    "the dispensing states a claim otherwise than the prescription",
                    "发药所述份额与处方不一致",
                )


def verify_reviews(body: DispensingBody, reviews: Sequence[ForeignRecord]) -> None:
    """Check that the named review is there, and each prescription approved. Raises EvidenceRefused."""
    for place, review in enumerate(reviews):
        _verify_kind(review, REVIEW, f"/reviews/{place}")
    approved = [each for each in reviews if each.record.body.get("decision") == APPROVED]
    named = [each for each in approved if to_hex(each.bundle.commitment) == body.review.commitment]
    if not named:
        raise EvidenceRefused(
            "/reviews",
            "review.missing",
            "the review that the dispensing names isn't there, or didn't approve",
            "缺少发药所列审方，或该审方未通过",
        )
    spender, first = body.use.spender, body.prescriptions[0]
    if (named[0].record.issuer, _reviewed_commitment(named[0].record)) != (spender, first.commitment):
        raise EvidenceRefused(
            "/reviews",
            "review.not_own",
            "the review that the dispensing names isn't its own institution's of that prescription",
            "发药所列审方并非发药机构自己对该处方的审方",
        )
    by_whom = {(each.record.issuer, _reviewed_commitment(each.record)) for each in approved}
    for each in body.prescriptions:
        if by_whom.isdisjoint({(spender, each.commitment), (each.institution, each.commitment)}):
            raise EvidenceRefused(
                "/reviews",
                "review.other_prescription",
                "a prescription dispensed was approved by neither its hospital nor who dispensed it",
                "有所发处方既未经开具医院也未经发药机构审核通过",
            )


def _verify_kind(found: ForeignRecord, kind: Kind, where: str) -> None:
    if found.bundle.entry.kind != kind.number:
        raise EvidenceRefused(where, "kind.other", f"it is no {kind.name}", f"并非{kind.name_zh}记录")


def _is_window(named: WindowRef, found: ForeignRecord) -> bool:
    return (
        found.record.issuer == named.institution
        and found.record.id == named.id
        and to_hex(found.bundle.commitment) == named.commitment
        and found.bundle.entry.not_before == parse_utc_time(named.not_before)
    )


def _reviewed_commitment(review: Record) -> JsonValue:
    prescription = review.body.get("prescription")
    return prescription.get("commitment") if isinstance(prescription, dict) else None


def _build_remarks(
    body: DispensingBody, prescriptions: Sequence[ForeignRecord], reviews: Sequence[ForeignRecord]
) -> tuple[str, ...]:
    approving_issuers = {
        (each.record.issuer, _reviewed_commitment(each.record))
        for each in reviews
        if each.record.body.get("decision") == APPROVED
    }
    remarks = {
        LATE_PRESCRIPTION: any(each.is_late for each in prescriptions),
        LATE_REVIEW: any(each.is_late for each in reviews),
        NO_REVIEW_OF_ISSUER: any(
            (each.institution, each.commitment) not in approving_issuers for each in body.prescriptions
        ),
        PACKS_FLAGGED: any(pack.flags for pack in body.packs),
        MADE_OFFLINE: bool(body.is_offline),
    }
    return tuple(name for name, holds in remarks.items() if holds)
