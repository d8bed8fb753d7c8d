"""Where prescriptions to dispense come from: fetched from other hospitals, or the institution's own.

Either way it is an evidence bundle of the window, verified anew through this gateway's own node, since a key
may have been revoked or a claim used meanwhile.
"""

from dataclasses import dataclass

from ledger_api.dispenses.errors import PrescriptionLate, ReviewMissing
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.evidence.excuses import find_excuse
from ledger_api.evidence.foreign import ForeignRecord, verify_foreign
from ledger_api.evidence.one_look import OneLook
from ledger_api.network import Network, NetworkMissing
from ledger_api.parts import Parts
from ledger_api.prescriptions.body import PrescriptionBody, parse_body
from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.errors import PrescriptionHasNoHolders
from ledger_api.received.evidence import ReceivedPlace, verify_evidence
from ledger_api.received.service import get_received, list_keys_of
from ledger_api.records.body_parts import Ref, build_ref
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.reviews.service import find_decision
from ledger_chain.items import EntryProof, entry_proof_of
from ledger_proofs.bundles import Bundle
from ledger_proofs.claims import ClaimWord, parse_claim_word
from ledger_proofs.errors import RecordLate
from ledger_proofs.types import Address, ClaimKey


@dataclass(frozen=True)
class Source:
    """A prescription's window as it can be dispensed now, and the institution's own review of it."""

    place: ReceivedPlace
    body: PrescriptionBody
    bundle: Bundle
    claims: tuple[ClaimKey, ...]
    words: tuple[ClaimWord, ...]
    excuse: int
    review: Ref

    @property
    def holders(self) -> tuple[Address, ...]:
        """The one-time addresses, one per claim, or none."""
        return tuple(Address(bytes.fromhex(each[2:])) for each in self.body.holders)

    @property
    def proof(self) -> EntryProof:
        """What the chain is shown."""
        return entry_proof_of(self.bundle, self.excuse)


def open_source(parts: Parts, tenant: int, place: ReceivedPlace) -> Source:
    """Open a prescription for dispensing. No database session is held while the chain is asked.

    Raises PrescriptionNotFound, ReceivedNotFound, ReviewMissing, PrescriptionHasNoHolders, PrescriptionLate,
    EvidenceRefused, ContentErased, NotAnchoredYet or ChainSilent.
    """
    if parts.network is None:
        raise NetworkMissing
    network, look = parts.network, parts.network.look()
    prescription, body = (
        _open_own(parts, network, look, place)
        if place.institution == tenant
        else _open_fetched(parts, network, look, tenant, place)
    )
    review = _get_review(parts, tenant, place)
    if not body.holders and place.institution != tenant:
        raise PrescriptionHasNoHolders
    claims = tuple(list_keys_of(prescription.bundle))
    stated = ask_claim_words(look, claims)
    return Source(
        place,
        body,
        prescription.bundle,
        claims,
        tuple(parse_claim_word(each.word) for each in stated.words),
        _find_excuse(network, prescription),
        review,
    )


def _open_fetched(
    parts: Parts, network: Network, look: OneLook, tenant: int, place: ReceivedPlace
) -> tuple[ForeignRecord, PrescriptionBody]:
    _row, evidence = get_received(parts, tenant, place)
    verified = verify_evidence(evidence, place, network, look)
    return verified.prescription, verified.body


def _open_own(
    parts: Parts, network: Network, look: OneLook, place: ReceivedPlace
) -> tuple[ForeignRecord, PrescriptionBody]:
    with parts.database.reading() as session:
        record: StoredRecord | None = RecordRepository(session).find(place.institution, place.id)
    if record is None or record.kind != PRESCRIPTION.number:
        raise PrescriptionNotFound
    bundle = disclose_record(parts, record, place.window)
    foreign = verify_foreign(bundle, network, "/prescriptions", look)
    return foreign, parse_body(foreign.record.body)


def _get_review(parts: Parts, tenant: int, place: ReceivedPlace) -> Ref:
    with parts.database.reading() as session:
        decision = find_decision(session, parts.key_wrapper, tenant, place.institution, place.id)
    if decision is None or not decision.is_approval:
        raise ReviewMissing
    return build_ref(tenant, decision.record.id, decision.record.commitment)


def _find_excuse(network: Network, prescription: ForeignRecord) -> int:
    """Return what names the outage that excuses a late anchoring to the chain: its number + 1, or 0."""
    authorship, checkpoint = prescription.bundle.authorship, prescription.bundle.checkpoint
    try:
        return find_excuse(
            network,
            authorship.institution,
            authorship.signed_at,
            checkpoint.anchored_at,
            PRESCRIPTION.signing_window_seconds,
        )
    except RecordLate:
        raise PrescriptionLate from None
