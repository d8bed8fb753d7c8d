"""The counter's side: fetching a prescription by its code, verifying it, keeping it, showing it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.sealing import EvidenceSeal
from ledger_api.network import Network, NetworkMissing
from ledger_api.parts import Parts
from ledger_api.peers.errors import PeerRefused
from ledger_api.prescriptions.errors import PrescriptionNotFound
from ledger_api.received.errors import (
    PrescriptionHasNoHolders,
    PrescriptionNotReviewed,
    PresentationMalformed,
    PresentationRefused,
    ReceivedNotFound,
)
from ledger_api.received.evidence import (
    ReceivedEvidence,
    ReceivedPlace,
    VerifiedEvidence,
    open_evidence,
    parse_evidence,
    seal_evidence,
    verify_evidence,
)
from ledger_api.received.models import ReceivedRecord
from ledger_api.received.repository import ReceivedRepository
from ledger_api.received.schemas import ReadingPresentation
from ledger_proofs.bundles import Bundle, ClaimStatement
from ledger_proofs.claims import claim_key
from ledger_proofs.types import ClaimKey, JsonValue
from ledger_web.errors import ServiceError

_KNOWN_REFUSALS: Mapping[str, Callable[[], ServiceError]] = {
    PrescriptionNotFound.code: PrescriptionNotFound,
    PrescriptionNotReviewed.code: PrescriptionNotReviewed,
    PrescriptionHasNoHolders.code: PrescriptionHasNoHolders,
}
"""Refusals of a hospital that mean here what they mean there; all others come as `peer-refused`."""

_OF_THE_CODE = (PresentationRefused.code, PresentationMalformed.code)
"""Refusals that mean that the code has to be scanned again, most often since it was mistyped."""
_MISFIT = (
    "The code doesn't fit this prescription: scan it again. Nothing was given out.",
    "取药码与该处方不符，请重新扫码。未提供任何内容。",
)


@dataclass(frozen=True)
class Fetched:
    """A prescription that was fetched and verified, how its claims stand now, and what it took (seconds)."""

    place: ReceivedPlace
    evidence: ReceivedEvidence
    verified: VerifiedEvidence
    claims: ClaimStatement
    peer_seconds: float
    verification_seconds: float


def fetch(
    parts: Parts, tenant: int, place: ReceivedPlace, presentations: Sequence[ReadingPresentation]
) -> Fetched:
    """Ask a hospital's gateway for a prescription, and verify what it answers through one's own node.

    No database session is held. Raises the peers' errors, PrescriptionNotFound, PrescriptionNotReviewed,
    PrescriptionHasNoHolders, EvidenceRefused, or ChainSilent.
    """
    started = time.monotonic()
    body: dict[str, JsonValue] = {
        "window": place.window,
        "presentations": [dict(each.model_dump()) for each in presentations],
    }
    path = f"/v1/peer/prescriptions/{place.id}/presentations"
    try:
        answer = parts.peers.post(tenant, place.institution, path, body)
    except PeerRefused as refusal:
        if refusal.peer_code in _OF_THE_CODE:
            refusal.say_first(*_MISFIT)
        known = _KNOWN_REFUSALS.get(refusal.peer_code)
        raise (refusal if known is None else known()) from None
    peer_seconds = time.monotonic() - started
    return verify(parts, place, parse_evidence(answer), peer_seconds)


def verify(
    parts: Parts, place: ReceivedPlace, evidence: ReceivedEvidence, peer_seconds: float = 0.0
) -> Fetched:
    """Verify evidence, and ask how the claims stand now. Raises EvidenceRefused or ChainSilent."""
    network = _get_network(parts)
    started = time.monotonic()
    look = network.look()
    verified = verify_evidence(evidence, place, network, look)
    claims = ask_claim_words(look, list_keys_of(evidence.bundle))
    return Fetched(place, evidence, verified, claims, peer_seconds, time.monotonic() - started)


def keep(
    parts: Parts,
    session: Session,
    tenant: int,
    reader: str,
    fetched: Fetched,
    presented: Sequence[int],
    audit: AuditTrail,
) -> ReceivedRecord:
    """Keep what was fetched, sealed, in the place of what was fetched before. The caller commits."""
    place, now = fetched.place, parts.clock()
    repository = ReceivedRepository(session)
    row = repository.find(tenant, place.institution, place.id, place.window) or ReceivedRecord(
        institution=tenant,
        issuer=place.institution,
        record_id=place.id,
        window=place.window,
        commitment=fetched.evidence.bundle.commitment,
        presented=[],
        content=b"",
        wrapped_key=b"",
        fetched_by=reader,
        first_fetched_at=now,
        fetched_at=now,
    )
    sealed = seal_evidence(EvidenceSeal(parts.key_wrapper), tenant, row.place, fetched.evidence)
    row.content, row.wrapped_key = sealed.content, sealed.wrapped_key
    row.presented = sorted({*row.presented, *presented})
    row.fetched_by, row.fetched_at = reader, now
    repository.keep(row)
    details: dict[str, str | int] = {"institution": place.institution, "window": place.window}
    audit.note(tenant, reader, "prescription.fetched", f"prescription:{place.id}", details)
    return row


def get_received(parts: Parts, tenant: int, place: ReceivedPlace) -> tuple[ReceivedRecord, ReceivedEvidence]:
    """Return what a tenant fetched, opened. Raises ReceivedNotFound."""
    with parts.database.reading() as session:
        row = ReceivedRepository(session).find(tenant, place.institution, place.id, place.window)
    if row is None:
        raise ReceivedNotFound
    return row, open_evidence(EvidenceSeal(parts.key_wrapper), row)


def list_keys_of(bundle: Bundle) -> list[ClaimKey]:
    """Return the keys of a bundle's claims, by ordinal."""
    entry = bundle.entry
    institution = bundle.authorship.institution
    return [
        claim_key(institution, entry.kind, entry.record, entry.not_before, ordinal)
        for ordinal in range(entry.claim_count)
    ]


def _get_network(parts: Parts) -> Network:
    if parts.network is None:
        raise NetworkMissing
    return parts.network
