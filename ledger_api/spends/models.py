"""Tables of spends: what shall happen on chain, in which transaction it went there, what became of it.

    waiting -> signed -> sent -> done | refused

An intent is `waiting` until its record's entries have their positions and the chain can take it, `signed`
once a transaction that holds it is on disk, `sent` once a node took that. A transaction that can't succeed
any more throws its intents back to `waiting`, a reorganisation of the chain back to `sent`.
"""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field

from ledger_api.anchoring.models import TransactionState, state_column
from ledger_api.table_base import Base
from ledger_chain.register_events import Act
from ledger_web.database import SequenceId

__all__ = ["Act", "SpendBatch", "SpendIntent", "SpendState"]


class SpendState(StrEnum):
    """How far an intent has come."""

    WAITING = "waiting"
    SIGNED = "signed"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"


class SpendBatch(Base, table=True):
    """A signed transaction with items of one act, kept before a node ever sees it."""

    __tablename__ = "spend_batch"
    __table_args__ = (
        Index("ix_spend_batch_nonce", "account", "nonce"),
        Index("ix_spend_batch_state", "state", "institution", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    act: Act = Field(sa_type=state_column(Act))
    account: bytes = Field(sa_type=LargeBinary(20), foreign_key="anchor_account.address")
    nonce: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary(32), unique=True)
    raw: bytes = Field(sa_type=LargeBinary)
    state: TransactionState = Field(default=TransactionState.SIGNED, sa_type=state_column(TransactionState))
    signed_at: int = Field(sa_type=BigInteger)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    is_final: bool = False


class SpendIntent(Base, table=True):
    """One item of one signed record, and its outcome. One intent per record, one effect per intent.

    `item` is the item's ABI encoding, `gas` the limit it needs. `subject` is what a refusal on chain names
    it by; `refusal` the contract's error. It isn't sent before `earliest_at` (block time), nor while one of
    `checkpoints` ([log, size]) is not on the chain.
    """

    __tablename__ = "spend_intent"
    __table_args__ = (Index("ix_spend_intent_state", "state", "institution", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    act: Act = Field(sa_type=state_column(Act))
    record_id: str = Field(max_length=36, foreign_key="record.id", unique=True)
    commitment: bytes = Field(sa_type=LargeBinary(32))
    subject: bytes = Field(sa_type=LargeBinary(32))
    item: bytes = Field(sa_type=LargeBinary)
    gas: int = Field(sa_type=BigInteger)
    earliest_at: int = Field(default=0, sa_type=BigInteger)
    checkpoints: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    enqueued_at: int = Field(sa_type=BigInteger)
    state: SpendState = Field(default=SpendState.WAITING, sa_type=state_column(SpendState))
    attempts: int = 0
    last_failure: str | None = Field(default=None, max_length=64)
    batch_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="spend_batch.id", index=True)
    batch_index: int | None = None
    refusal: bytes | None = Field(default=None, sa_type=LargeBinary)
    transaction_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_time: int | None = Field(default=None, sa_type=BigInteger)
