"""Demanding a record's content, and taking the answer over (ADR 0017).

The officer signs; the courier delivers the demand once it is final. What comes back is believed only when the
clerk's record verifies, answers this very demand, and the content hashes to the commitment demanded.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from ledger_api.accesses.body import AccessBody
from ledger_api.demands.body import DemandBody, Purpose, Subject
from ledger_api.demands.errors import (
    AccessNotForDemand,
    AnswerByInvalid,
    HandedContentWrong,
    OwnRecordDemanded,
)
from ledger_api.demands.models import AnswerState, SentDemand
from ledger_api.evidence.foreign import ForeignRecord
from ledger_api.keystore.interfaces import ContentKeys
from ledger_api.records.body_parts import Staff
from ledger_api.records.sealing import NONCE_BYTES
from ledger_api.signing.service import Author, Prepared, RecordSigning
from ledger_proofs.commitments import build_commitment, derive_body_key
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.records import Record, parse_record, parse_utc_time
from ledger_proofs.types import Commitment, RecordKey

DEMAND, ACCESS = KINDS[11], KINDS[12]
MOST_DAYS_TO_ANSWER: Final = 366
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Demanded:
    """What an officer asks for. `answer_by` is spelled as in a record."""

    subject: Subject
    purpose: Purpose
    grounds: str
    answer_by: str


@dataclass(frozen=True)
class HandedOver:
    """What is handed over with a granted access: the wrapped key, and the record as it is stored."""

    wrapped_key: bytes
    content: bytes


def prepare_demand(
    signing: RecordSigning, officer: Author, demanded: Demanded, keys: ContentKeys
) -> Prepared:
    """Prepare a demand for the officer to sign. Raises AnswerByInvalid or OwnRecordDemanded."""
    ahead = parse_utc_time(demanded.answer_by) - signing.clock()
    if not 0 < ahead <= MOST_DAYS_TO_ANSWER * _DAY_SECONDS:
        raise AnswerByInvalid(MOST_DAYS_TO_ANSWER)
    number = officer.institution.number
    if demanded.subject.institution == number:
        raise OwnRecordDemanded
    body = DemandBody(
        subject=demanded.subject,
        purpose=demanded.purpose,
        grounds=demanded.grounds,
        answer_by=demanded.answer_by,
        recipient_key=to_hex(keys.content_public_key(number)),
        officer=Staff(name=officer.person.display_name, code=officer.code),
    )
    return signing.prepare(officer, DEMAND, body.as_json())


def verify_access(demand: SentDemand, demand_commitment: bytes, access: ForeignRecord) -> AccessBody:
    """Check that an access answers a demand, and return what it says. Raises AccessNotForDemand."""
    if access.bundle.entry.kind != ACCESS.number or access.record.issuer != demand.recipient:
        raise AccessNotForDemand
    try:
        body = AccessBody.model_validate(access.record.body)
    except ValidationError:
        raise AccessNotForDemand from None
    if (
        body.demand.commitment != to_hex(demand_commitment)
        or body.demand.institution != demand.institution
        or body.subject.commitment != to_hex(demand.subject_commitment)
        or body.subject.institution != demand.recipient
    ):
        raise AccessNotForDemand
    return body


def open_handed_over(
    handed: HandedOver,
    demand: SentDemand,
    demand_commitment: Commitment,
    stated_sha256: str,
    keys: ContentKeys,
) -> tuple[Record, RecordKey]:
    """Open what was handed over, and return the record with its key.

    Raises HandedKeyInvalid, or HandedContentWrong when the content isn't the record demanded.
    """
    if to_hex(hashlib.sha256(handed.wrapped_key).digest()) != stated_sha256:
        raise HandedContentWrong
    subject = Commitment(demand.subject_commitment)
    key = keys.open_handed_key(demand.institution, handed.wrapped_key, demand_commitment, subject)
    nonce, ciphertext = handed.content[:NONCE_BYTES], handed.content[NONCE_BYTES:]
    try:
        record = parse_record(AESGCM(derive_body_key(key)).decrypt(nonce, ciphertext, subject))
    except (InvalidTag, ValueError, LedgerProofError):
        raise HandedContentWrong from None
    if build_commitment(record.as_json(), key).commitment != subject:
        raise HandedContentWrong
    return record, key


def mark_answered(demand: SentDemand, access: ForeignRecord, body: AccessBody, now: int) -> None:
    """Note on the demand's row how it was answered."""
    demand.state = AnswerState(body.decision)
    demand.access_id = access.record.id
    demand.access_commitment = access.bundle.commitment
    demand.answered_at = now


def record_as_json(record: Record) -> dict[str, Any]:
    """Return a record as an answer shows it."""
    return cast("dict[str, Any]", record.as_json())
