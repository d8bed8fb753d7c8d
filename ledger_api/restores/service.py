"""Restoring: a dispensing undone by who dispensed, as a whole, while the payer has settled none of it.

Its claims become unused again with one restore more, so that an old presentation no longer fits. Packs go
back on the shelf only when a scan is undone within the hour; later they count as returned (protocol 4.3, 8).
"""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.dispenses.service import DISPENSING
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.body_checks import build_checked_body
from ledger_api.records.body_parts import Ref, build_ref
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.records.subjects import RecordSubjects
from ledger_api.restores.body import RestoreBody
from ledger_api.restores.errors import ClaimsSettled, NothingToRestore, RestoreTooLate
from ledger_api.restores.schemas import RestoreRequest
from ledger_api.reviews.service import staff_of
from ledger_api.signing.errors import RecordNotFound
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.models import Act, SpendState
from ledger_api.spends.repository import SpendRepository
from ledger_api.spends.service import SpendIntents
from ledger_chain.items import RestoreItem, Spend
from ledger_proofs.claims import ClaimStatus, parse_claim_word, use_digest
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import format_utc_time
from ledger_proofs.types import Commitment
from ledger_proofs.uses import parse_use

RESTORE: Final = KINDS[6]
RESTORES: Final = Noun(RESTORE, "restores", "恢复")
REASON_BYTES: Final = 32


@dataclass(frozen=True)
class DoneDispensing:
    """A dispensing that the chain has done: how a record names it, and the preimage of its claims' digest."""

    ref: Ref
    spend: Spend

    @property
    def last_moment(self) -> int:
        """Until when it can be restored, Unix seconds."""
        return self.spend.time + PRESCRIPTION.restore_window_seconds


def get_done(parts: Parts, tenant: int, dispensing_id: str) -> DoneDispensing:
    """Return a tenant's dispensing that the chain has done. Raises RecordNotFound or NothingToRestore."""
    with parts.database.reading() as session:
        record = RecordRepository(session).find(tenant, dispensing_id)
        if record is None or record.kind != DISPENSING.number:
            raise RecordNotFound(DISPENSING)
        intent = SpendRepository(session).find_of_record(record.id)
    if intent is None or intent.state != SpendState.DONE or intent.block_time is None:
        raise NothingToRestore
    use = parse_use(open_record(parts.key_wrapper, record).record.body["use"])
    into = Commitment(record.commitment)
    spend = Spend(use.kind, use.spender, use.payer, use.claims, use.packs, into, intent.block_time)
    return DoneDispensing(build_ref(tenant, record.id, into), spend)


def get_restorable(parts: Parts, tenant: int, dispensing_id: str) -> DoneDispensing:
    """Return a dispensing that can be undone now, by what the chain says of its claims.

    Raises what `get_done` does, RestoreTooLate, ClaimsSettled, NothingToRestore or ChainSilent.
    """
    done = get_done(parts, tenant, dispensing_id)
    if parts.clock() > done.last_moment:
        raise RestoreTooLate(format_utc_time(done.last_moment))
    if parts.network is None:
        raise NetworkMissing
    spend = done.spend
    stated = ask_claim_words(parts.network.look(), [each.claim for each in spend.claims])
    words = [parse_claim_word(each.word) for each in stated.words]
    digest = use_digest(spend.into, spend.use_hash(), spend.spender, spend.time)
    if any(word.digest != digest for word in words):
        raise NothingToRestore
    if any(word.status is ClaimStatus.SETTLED for word in words):
        raise ClaimsSettled
    if any(word.status is not ClaimStatus.DISPENSED for word in words):
        raise NothingToRestore
    return done


@dataclass(frozen=True)
class Restoring:
    """Restoring within one unit of work. The caller commits."""

    signing: RecordSigning
    session: Session

    def prepare(self, pharmacist: Author, request: RestoreRequest, done: DoneDispensing) -> Prepared:
        """Make the restore that the pharmacist may sign. Raises what the signing of any record does."""
        body = build_checked_body(
            RestoreBody,
            {
                "dispensing": done.ref,
                "reason": request.reason,
                "note": request.note,
                "pharmacist": staff_of(pharmacist),
            },
        )
        return self.signing.prepare(
            pharmacist, RESTORE, body.as_json(), context={"dispensing_id": done.ref.id}
        )

    def enqueue(self, parts: Parts, issued: Issued, done: DoneDispensing) -> None:
        """Enqueue a new restore's act on the chain, and note which dispensing it is about."""
        body = RestoreBody.model_validate(open_record(parts.key_wrapper, issued.record).record.body)
        item = RestoreItem(
            spend=done.spend,
            restore=Commitment(issued.record.commitment),
            reason=body.reason.encode("ascii").ljust(REASON_BYTES, b"\x00"),
        )
        SpendIntents(self.session, self.signing.clock).enqueue(
            institution=issued.record.institution,
            act=Act.RESTORE,
            record=issued.record,
            subject=done.spend.into,
            item=item,
        )
        RecordSubjects(self.session).note(
            issued.record, institution=done.ref.institution, record_id=done.ref.id
        )
