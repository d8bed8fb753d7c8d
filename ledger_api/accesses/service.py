"""Answering a demand: the record's key wrapped to the regulator's, or a reason why not (ADR 0017).

The key is wrapped when the clerk prepares her answer, so that she signs for the very bytes that leave; it
leaves only once her record is final.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from ledger_api.accesses.body import AccessBody, AccessDecision
from ledger_api.demands.body import DemandBody
from ledger_api.demands.errors import DemandAnswered
from ledger_api.demands.models import AnswerState, IncomingDemand
from ledger_api.keystore.handed_keys import wrap_record_key
from ledger_api.records.body_parts import Staff, build_ref
from ledger_api.records.sealing import OpenedRecord
from ledger_api.signing.service import Author, Prepared, RecordSigning
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import KINDS
from ledger_proofs.types import Commitment, JsonValue

ACCESS = KINDS[12]
HANDED_KEY: Final = "handed_key"
DEMAND: Final = "demand"


@dataclass(frozen=True)
class Answer:
    """What the clerk decides."""

    decision: AccessDecision
    reason: str | None = None


def prepare_access(
    signing: RecordSigning,
    clerk: Author,
    row: IncomingDemand,
    demand: DemandBody,
    answer: Answer,
    subject: OpenedRecord | None,
) -> Prepared:
    """Prepare the answer to a demand; `subject` is the opened record where it is granted.

    Raises DemandAnswered or RecipientKeyInvalid.
    """
    if row.state != AnswerState.OPEN:
        raise DemandAnswered
    context: dict[str, JsonValue] = {DEMAND: to_hex(row.commitment)}
    members: dict[str, str] = {} if answer.reason is None else {"reason": answer.reason}
    if subject is not None:
        wrapped = wrap_record_key(
            subject.record_key,
            bytes.fromhex(demand.recipient_key[2:]),
            Commitment(row.commitment),
            Commitment(row.subject_commitment),
        )
        context[HANDED_KEY] = to_hex(wrapped)
        members["wrapped_key_sha256"] = to_hex(hashlib.sha256(wrapped).digest())
    body = AccessBody(
        demand=build_ref(row.regulator, row.id, row.commitment),
        subject=build_ref(row.institution, row.subject_id, row.subject_commitment),
        decision=answer.decision,
        clerk=Staff(name=clerk.person.display_name, code=clerk.code),
        **members,
    )
    return signing.prepare(clerk, ACCESS, body.as_json(), context=context)


def mark_answered(row: IncomingDemand, access_id: str, body: AccessBody, handed_key: bytes | None) -> None:
    """Note on a demand's row which access answers it. Raises DemandAnswered when another did meanwhile."""
    if row.state != AnswerState.OPEN:
        raise DemandAnswered
    row.state = AnswerState(body.decision)
    row.access_id = access_id
    row.handed_key = handed_key
