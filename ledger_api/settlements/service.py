"""Settling a request: the adjudicator signs how each charge is divided, and the chain moves the claims.

A settlement that refuses everything is a record without an act on the chain. A request has one settlement at
a time; another can follow one that refused everything, one that the chain refused, or one whose reversal is
done.
"""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.records.body_parts import Staff
from ledger_api.records.opening import open_record
from ledger_api.settlements.adjudication import LineShares, build_settlement
from ledger_api.settlements.answers import find_outcome
from ledger_api.settlements.body import SettlementBody
from ledger_api.settlements.claim_standing import positions_of
from ledger_api.settlements.errors import RequestAnswered, SettlementRequestNotFound
from ledger_api.settlements.incoming import OpenedRequest, open_request
from ledger_api.settlements.models import Direction, RequestState, SettlementRequest
from ledger_api.settlements.repository import SettlementRequestRepository
from ledger_api.signing.nouns import Noun
from ledger_api.signing.service import Author, Issued, Prepared, RecordSigning
from ledger_api.spends.answers import Outcome
from ledger_api.spends.models import Act
from ledger_api.spends.service import SpendIntents
from ledger_chain.items import SettleItem, entry_proof_of
from ledger_proofs.kinds import KINDS
from ledger_proofs.types import ClaimKey, Commitment
from ledger_web.clock import Clock

SETTLEMENT: Final = KINDS[4]
SETTLEMENTS: Final = Noun(SETTLEMENT, "settlements", "结算")
REQUEST_ID: Final = "request_id"
REASON_BYTES: Final = 32


def get_open_request(
    session: Session, institution: int, request_id: str, *, is_locked: bool = False
) -> SettlementRequest:
    """Return an incoming request that can be settled now.

    Raises SettlementRequestNotFound or RequestAnswered.
    """
    row = SettlementRequestRepository(session).find(
        institution, request_id, Direction.IN, is_locked=is_locked
    )
    if row is None:
        raise SettlementRequestNotFound
    outcome = find_outcome(row, session)
    is_settled_and_refused = row.settlement_id and not row.reversal_id and outcome is Outcome.REFUSED
    is_reversed = row.reversal_id is not None and outcome is Outcome.DONE
    is_free = row.state in (RequestState.OPEN, RequestState.REFUSED)
    if not is_free and not is_settled_and_refused and not is_reversed:
        raise RequestAnswered
    return row


def prepare_settlement(
    signing: RecordSigning,
    adjudicator: Author,
    row: SettlementRequest,
    opened: OpenedRequest,
    shares: Sequence[LineShares],
    note: str | None,
) -> Prepared:
    """Prepare a settlement for the adjudicator to sign. Raises SettlementInvalid."""
    staff = Staff(name=adjudicator.person.display_name, code=adjudicator.code)
    body = build_settlement(opened.use.bill, shares, staff, note)
    return signing.prepare(adjudicator, SETTLEMENT, body.as_json(), context={REQUEST_ID: row.id})


def settle(session: Session, key_wrapper: KeyWrapper, clock: Clock, issued: Issued) -> None:
    """Note a new settlement on its request, and enqueue its act. Raises RequestAnswered if one came first."""
    row = get_open_request(
        session, issued.record.institution, str(issued.context[REQUEST_ID]), is_locked=True
    )
    body = SettlementBody.model_validate(open_record(key_wrapper, issued.record).record.body)
    row.state = RequestState(body.decision)
    row.settlement_id, row.settlement_commitment = issued.record.id, issued.record.commitment
    row.reversal_id = row.reversal_commitment = None
    SettlementRequestRepository(session).add(row)
    if not body.claims:
        return
    opened = open_request(key_wrapper, row)
    spend = opened.use.spend
    SpendIntents(session, clock).enqueue(
        institution=row.institution,
        act=Act.SETTLE,
        record=issued.record,
        subject=spend.into,
        item=SettleItem(
            spend,
            entry_proof_of(opened.evidence.dispensing, opened.excuses.signing),
            opened.excuses.record,
            positions_of(spend, claims_of(body)),
            Commitment(issued.record.commitment),
            build_reason(body.decision),
        ),
    )


def claims_of(body: SettlementBody) -> list[ClaimKey]:
    """Return the keys of the claims that a settlement settles."""
    return [ClaimKey(bytes.fromhex(claim[2:])) for claim in body.claims]


def build_reason(code: str) -> bytes:
    """Return a reason as the chain takes it: its ASCII, padded with zeros to 32 bytes (protocol 11)."""
    return code.encode("ascii").ljust(REASON_BYTES, b"\0")
