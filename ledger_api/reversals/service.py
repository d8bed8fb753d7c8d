"""Reversing a settlement: its claims go back to dispensed, and the request can be settled anew."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.records.body_parts import Staff, build_ref
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_api.records.repository import RecordRepository
from ledger_api.reversals.body import ReversalBody
from ledger_api.reversals.errors import SettlementNotReversible
from ledger_api.reversals.schemas import ReversalPrepare
from ledger_api.settlements.answers import find_outcome
from ledger_api.settlements.body import SettlementBody
from ledger_api.settlements.claim_standing import positions_of
from ledger_api.settlements.incoming import open_request
from ledger_api.settlements.models import RequestState, SettlementRequest
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.settlements.service import SETTLEMENT, build_reason
from ledger_api.signing.errors import RecordNotFound
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.answers import Outcome
from ledger_api.spends.models import Act, SpendState
from ledger_api.spends.repository import SpendRepository
from ledger_api.spends.service import SpendIntents
from ledger_chain.items import ReverseItem, Spend
from ledger_proofs.kinds import KINDS
from ledger_proofs.types import ClaimKey, Commitment
from ledger_web.clock import Clock

REVERSAL: Final = KINDS[7]
REVERSALS: Final = Noun(REVERSAL, "reversals", "冲正")
SETTLEMENT_ID: Final = "settlement_id"


@dataclass(frozen=True)
class ReversibleSettlement:
    """A settlement that stands, with its request and the use that its claims carry."""

    record: StoredRecord
    body: SettlementBody
    request: SettlementRequest
    spend: Spend

    @property
    def claims(self) -> list[ClaimKey]:
        """The claims that it settled."""
        return [ClaimKey(bytes.fromhex(claim[2:])) for claim in self.body.claims]


def get_reversible(
    session: Session, key_wrapper: KeyWrapper, institution: int, settlement_id: str
) -> ReversibleSettlement:
    """Return a settlement that can be reversed. Raises RecordNotFound or SettlementNotReversible."""
    record = RecordRepository(session).find(institution, settlement_id)
    if record is None or record.kind != SETTLEMENT.number:
        raise RecordNotFound(SETTLEMENT)
    row = SettlementRequestRepository(session).find_of_settlement(institution, settlement_id)
    is_reversed = row is not None and row.reversal_id is not None
    if row is None or (is_reversed and find_outcome(row, session) is not Outcome.REFUSED):
        raise SettlementNotReversible
    settled = SpendRepository(session).find_of_record(record.id)
    body = SettlementBody.model_validate(open_record(key_wrapper, record).record.body)
    if settled is None or settled.state != SpendState.DONE:
        raise SettlementNotReversible
    return ReversibleSettlement(record, body, row, open_request(key_wrapper, row).use.spend)


def prepare_reversal(
    signing: RecordSigning, adjudicator: Author, found: ReversibleSettlement, request: ReversalPrepare
) -> Prepared:
    """Prepare the reversal for the adjudicator to sign."""
    members = {} if request.note is None else {"note": request.note}
    body = ReversalBody(
        settlement=build_ref(found.record.institution, found.record.id, found.record.commitment),
        dispensing=found.body.dispensing,
        claims=found.body.claims,
        reason=request.reason,
        adjudicator=Staff(name=adjudicator.person.display_name, code=adjudicator.code),
        **members,
    )
    return signing.prepare(adjudicator, REVERSAL, body.as_json(), context={SETTLEMENT_ID: found.record.id})


def reverse(session: Session, key_wrapper: KeyWrapper, clock: Clock, issued: Issued) -> None:
    """Note a new reversal on its request, and enqueue its act. Raises SettlementNotReversible."""
    settlement_id = str(issued.context[SETTLEMENT_ID])
    found = get_reversible(session, key_wrapper, issued.record.institution, settlement_id)
    body = ReversalBody.model_validate(open_record(key_wrapper, issued.record).record.body)
    row = found.request
    row.state = RequestState.REVERSED
    row.reversal_id, row.reversal_commitment = issued.record.id, issued.record.commitment
    SettlementRequestRepository(session).add(row)
    SpendIntents(session, clock).enqueue(
        institution=row.institution,
        act=Act.REVERSE,
        record=issued.record,
        subject=found.spend.into,
        item=ReverseItem(
            found.spend,
            positions_of(found.spend, found.claims),
            Commitment(issued.record.commitment),
            build_reason(body.reason),
        ),
    )
