"""From rows to the API shapes of settlement requests."""

from sqlmodel import Session

from ledger_api.evidence.foreign import ForeignRecord
from ledger_api.settlements.adjudication import Bill
from ledger_api.settlements.body import CURRENCY
from ledger_api.settlements.models import Direction, RequestState, SettlementRequest
from ledger_api.settlements.schemas import (
    BilledLineAnswer,
    RecordName,
    RequestSummary,
    VerifiedRecord,
)
from ledger_api.spends.answers import Outcome, build_act_answer
from ledger_api.spends.repository import SpendRepository
from ledger_proofs.json_members import to_hex


def build_summary(row: SettlementRequest, session: Session) -> RequestSummary:
    """Build a request's row of a list."""
    is_incoming = row.direction == Direction.IN
    spender, payer = (row.other, row.institution) if is_incoming else (row.institution, row.other)
    return RequestSummary(
        id=row.id,
        direction=Direction(row.direction),
        spender=spender,
        payer=payer,
        dispensing=RecordName(
            institution=spender, id=row.dispensing_id, commitment=to_hex(row.dispensing_commitment)
        ),
        amount_minor=row.amount_minor,
        currency=CURRENCY,
        remarks=list(row.remarks),
        state=RequestState(row.state),
        outcome=find_outcome(row, session),
        settlement=_name(payer, row.settlement_id, row.settlement_commitment),
        reversal=_name(payer, row.reversal_id, row.reversal_commitment),
        created_at=row.created_at,
    )


def find_outcome(row: SettlementRequest, session: Session) -> Outcome | None:
    """Return what the chain said of the settlement or reversal signed last, None where it isn't asked."""
    if row.direction == Direction.OUT:
        return None if row.outcome is None else Outcome(row.outcome)
    last = row.reversal_id or row.settlement_id
    intent = None if last is None else SpendRepository(session).find_of_record(last)
    return None if intent is None else build_act_answer(intent).outcome


def build_bill_answer(bill: Bill) -> list[BilledLineAnswer]:
    """Build the charges of a bill."""
    return [
        BilledLineAnswer(
            line=place, amount_minor=line.amount_minor, claims=[to_hex(claim) for claim in line.claims]
        )
        for place, line in enumerate(bill.lines)
    ]


def build_verified(role: str, found: ForeignRecord) -> VerifiedRecord:
    """Build what is shown of a record that was verified."""
    return VerifiedRecord(
        role=role,
        commitment=to_hex(found.bundle.commitment),
        record=found.record.as_json(),
        report=found.report.as_json(),
    )


def _name(institution: int, record_id: str | None, commitment: bytes | None) -> RecordName | None:
    if record_id is None or commitment is None:
        return None
    return RecordName(institution=institution, id=record_id, commitment=to_hex(commitment))
