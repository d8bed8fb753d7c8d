"""A settlement request at who dispensed: its evidence gathered and sent, and how it stands asked again."""

import re
import uuid
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.dispenses.body import DispensingBody, parse_body
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.evidence.foreign import (
    EvidenceRefused,
    ForeignRecord,
    get_full_record,
    parse_foreign_bundle,
    verify_foreign,
)
from ledger_api.evidence.sealing import EvidenceSeal, SealedEvidence
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts
from ledger_api.peers.errors import PeerAnswerUnusable, PeerUnknown, PeerUnreachable
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.evidence import open_evidence
from ledger_api.received.repository import ReceivedRepository
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.reviews.service import find_decision
from ledger_api.settlements.adjudication import list_settled_claims
from ledger_api.settlements.billing import build_bill
from ledger_api.settlements.body import SettlementBody
from ledger_api.settlements.errors import DispensingNotDone, NoPayerNamed
from ledger_api.settlements.models import Direction, RequestState, SettlementRequest
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.schemas import RecordName, RequestStanding
from ledger_api.signing.errors import RecordNotFound
from ledger_api.spends.models import SpendState
from ledger_api.spends.repository import SpendRepository
from ledger_proofs.bundles import Bundle, bundle_as_json, bundle_to_json, parse_bundle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.types import JsonValue

DISPENSING, SETTLEMENT = KINDS[3], KINDS[4]
SENDING_SECONDS = 8.0
ASKING_SECONDS = 3.0
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class GatheredRequest:
    """A request ready to be sent."""

    dispensing: StoredRecord
    payer: int
    amount_minor: int
    message: dict[str, JsonValue]


@dataclass(frozen=True)
class SentRequest:
    """A request that the payer took, under the id that it gave it."""

    gathered: GatheredRequest
    id: str


def send_request(parts: Parts, institution: int, dispensing_id: str) -> SentRequest:
    """Gather a dispensing's evidence and send it to the payer that its use names. No session is held.

    Raises RecordNotFound, DispensingNotDone, NoPayerNamed, what `disclose_record` does, or what peers do.
    """
    gathered = gather_request(parts, institution, dispensing_id)
    answer = parts.peers.post(
        institution, gathered.payer, "/v1/peer/settlement-requests", gathered.message, seconds=SENDING_SECONDS
    )
    request_id = answer.get("id")
    if not isinstance(request_id, str) or _ID.fullmatch(request_id) is None:
        raise _unusable(gathered.payer)
    return SentRequest(gathered, request_id)


def gather_request(parts: Parts, institution: int, dispensing_id: str) -> GatheredRequest:
    """Gather the evidence of a dispensing. Raises as `send_request`, but for what peers do."""
    with parts.database.reading() as session:
        record = RecordRepository(session).find(institution, dispensing_id)
        if record is None or record.kind != DISPENSING.number:
            raise RecordNotFound(DISPENSING)
        intent = SpendRepository(session).find_of_record(record.id)
        if intent is None or intent.state != SpendState.DONE:
            raise DispensingNotDone
        body = parse_body(dict(open_record(parts.key_wrapper, record).record.body))
        reviews = _list_own_reviews(parts, session, institution, body)
    if body.use.payer == 0:
        raise NoPayerNamed
    prescriptions, foreign_reviews = _gather_prescriptions(parts, institution, body)
    bundles = [*(disclose_record(parts, each) for each in reviews), *foreign_reviews]
    message: dict[str, JsonValue] = {
        "dispensing": bundle_as_json(disclose_record(parts, record)),
        "prescriptions": [bundle_as_json(each) for each in prescriptions],
        "reviews": [bundle_as_json(each) for each in bundles],
        "use_time": intent.block_time or 0,
        "use_block": intent.block_number or 0,
    }
    return GatheredRequest(record, body.use.payer, body.charges.total_minor, message)


def keep_sent(
    session: Session, trail: AuditTrail, sent: SentRequest, actor: str, now: int
) -> SettlementRequest:
    """Keep a request that was sent, or return the one that was kept before.

    Raises PeerAnswerUnusable where the payer gave it the id of another request.
    """
    repository = SettlementRequestRepository(session)
    dispensing = sent.gathered.dispensing
    known = repository.find_of_dispensing(dispensing.institution, Direction.OUT, dispensing.commitment)
    if known is not None:
        return known
    if repository.find(dispensing.institution, sent.id, Direction.OUT) is not None:
        raise _unusable(sent.gathered.payer)
    row = SettlementRequest(
        id=sent.id,
        institution=dispensing.institution,
        direction=Direction.OUT,
        other=sent.gathered.payer,
        dispensing_id=dispensing.id,
        dispensing_commitment=dispensing.commitment,
        amount_minor=sent.gathered.amount_minor,
        remarks=[],
        state=RequestState.OPEN,
        created_at=now,
        created_by=actor,
    )
    repository.add(row)
    details: dict[str, str | int] = {"payer": row.other, "dispensing": row.dispensing_id}
    trail.note(row.institution, actor, "settlement-request.sent", f"settlement-request:{row.id}", details)
    return row


def refresh(parts: Parts, row: SettlementRequest) -> tuple[SettlementRequest, bool]:
    """Ask the payer how a request stands, and keep what it says; says also whether it answered.

    A settlement's evidence is verified here before it is kept; until then its state is the payer's word.
    """
    has_evidence = row.content is not None and row.state != RequestState.OPEN
    path = f"/v1/peer/settlement-requests/{row.id}?evidence={'false' if has_evidence else 'true'}"
    try:
        answer = parts.peers.get(row.institution, row.other, path, seconds=ASKING_SECONDS)
    except (PeerUnreachable, PeerUnknown):
        return row, False
    try:
        standing = RequestStanding.model_validate_json(canonical_bytes(answer))
    except ValidationError:
        raise _unusable(row.other) from None
    settlement = None if standing.bundle is None else _verify_settlement(parts, row, standing)
    with parts.database.writing() as session:
        repository = SettlementRequestRepository(session)
        kept = repository.find(row.institution, row.id, Direction.OUT, is_locked=True) or row
        _apply(parts, session, kept, standing, settlement)
        repository.add(kept)
    return kept, True


def find_settlement(parts: Parts, row: SettlementRequest) -> ForeignRecord | None:
    """Return the settlement of an outgoing request, verified anew; None while there is none that is final."""
    if row.content is None or row.wrapped_key is None:
        return None
    if parts.network is None:
        raise NetworkMissing
    sealed = SealedEvidence(row.content, row.wrapped_key)
    content = EvidenceSeal(parts.key_wrapper).open(row.institution, _place_of(row.id), sealed)
    return verify_foreign(parse_bundle(content), parts.network, "/settlement")


def _list_own_reviews(
    parts: Parts, session: Session, institution: int, body: DispensingBody
) -> list[StoredRecord]:
    """List the review that the dispensing names, and the tenant's reviews of the other prescriptions."""
    named = RecordRepository(session).find(institution, body.review.id)
    found = {} if named is None else {named.id: named}
    for each in body.prescriptions:
        decision = find_decision(session, parts.key_wrapper, institution, each.institution, each.id)
        if decision is not None and decision.is_approval:
            found[decision.record.id] = decision.record
    return list(found.values())


def _gather_prescriptions(
    parts: Parts, institution: int, body: DispensingBody
) -> tuple[list[Bundle], list[Bundle]]:
    """Return the bundles of the prescriptions, in order, and those of their hospitals' reviews."""
    seal = EvidenceSeal(parts.key_wrapper)
    prescriptions, reviews = [], []
    for each in body.prescriptions:
        with parts.database.reading() as session:
            own = RecordRepository(session).find(institution, each.id)
            received = ReceivedRepository(session).find(institution, each.institution, each.id, each.window)
        if each.institution == institution and own is not None:
            prescriptions.append(disclose_record(parts, own, each.window))
        elif received is not None:
            evidence = open_evidence(seal, received)
            prescriptions.append(evidence.bundle)
            reviews += [bundle for bundle in evidence.review_bundles if bundle not in reviews]
        else:
            raise RecordNotFound(PRESCRIPTION)
    return prescriptions, reviews


def _verify_settlement(
    parts: Parts, row: SettlementRequest, standing: RequestStanding
) -> tuple[Bundle, SettlementBody]:
    if parts.network is None:
        raise NetworkMissing
    bundle = parse_foreign_bundle(cast("JsonValue", standing.bundle), "/bundle")
    found = verify_foreign(bundle, parts.network, "/bundle")
    other = EvidenceRefused("/bundle", "settlement.other", "it settles no such request", "并非对该申请的结算")
    if bundle.entry.kind != SETTLEMENT.number or found.record.issuer != row.other:
        raise other
    try:
        body = SettlementBody.model_validate(get_full_record(bundle, "/bundle").body)
    except ValidationError:
        raise other from None
    named = None if standing.settlement is None else standing.settlement.commitment
    is_told_of = named == to_hex(bundle.commitment)
    is_told_as = standing.state in (RequestState.REVERSED, RequestState(body.decision))
    if body.dispensing.commitment != to_hex(row.dispensing_commitment) or not (is_told_of and is_told_as):
        raise other
    _verify_sums(parts, row, body)
    return bundle, body


def _verify_sums(parts: Parts, row: SettlementRequest, body: SettlementBody) -> None:
    """Check that a settlement divides what was charged here, for those claims. Raises EvidenceRefused."""
    with parts.database.reading() as session:
        record = RecordRepository(session).find(row.institution, row.dispensing_id)
    if record is None:
        raise RecordNotFound(DISPENSING)
    charged = parse_body(dict(open_record(parts.key_wrapper, record).record.body))
    bill = build_bill(body.dispensing, charged)
    are_charges = [line.amount_minor for line in body.lines] == [line.amount_minor for line in bill.lines]
    if not are_charges or list(body.claims) != [
        to_hex(claim) for claim in list_settled_claims(bill, body.lines)
    ]:
        raise EvidenceRefused(
            "/bundle",
            "settlement.other_sums",
            "it divides other amounts than were charged, or settles other claims",
            "其金额与所计费用不符，或结算了其他份额",
        )


def _apply(
    parts: Parts,
    session: Session,
    row: SettlementRequest,
    standing: RequestStanding,
    settlement: tuple[Bundle, SettlementBody] | None,
) -> None:
    said: dict[str, Any] = {
        "state": standing.state,
        "outcome": standing.outcome,
        "settlement_id": None if standing.settlement is None else standing.settlement.id,
        "settlement_commitment": _commitment(standing.settlement),
        "reversal_id": None if standing.reversal is None else standing.reversal.id,
        "reversal_commitment": _commitment(standing.reversal),
    }
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    if "settlement_id" in changed:  # a settlement signed anew: its evidence comes with the next answer
        row.content = row.wrapped_key = None
    for name in changed:
        setattr(row, name, said[name])
    if settlement is not None:
        content = bundle_to_json(settlement[0])
        sealed = EvidenceSeal(parts.key_wrapper).seal(row.institution, _place_of(row.id), content)
        row.content, row.wrapped_key = sealed.content, sealed.wrapped_key
    if changed:
        AuditTrail(session, parts.clock, uuid.uuid4().hex).note(
            row.institution,
            f"peer:{row.other}",
            "settlement-request.changed",
            f"settlement-request:{row.id}",
            {"state": str(row.state), "outcome": str(row.outcome or "none")},
        )


def _commitment(named: RecordName | None) -> bytes | None:
    return None if named is None else bytes.fromhex(named.commitment[2:])


def _place_of(request_id: str) -> str:
    return f"settlement-of-request:{request_id}"


def _unusable(payer: int) -> PeerAnswerUnusable:
    return PeerAnswerUnusable(payer, "its answer is no standing of a request", "答复不是申请的状态")
