"""Tables of the anchoring engine: accounts and their nonces, checkpoints, transactions, proofs.

Every step is written down before the next one begins, so that these rows alone say where to go on after a
crash:

    intended -> signed -> sent -> anchored -> final

A `signed` checkpoint has a raw transaction on disk that perhaps no node has seen yet, a `sent` one that a
node took, an `anchored` one a receipt, a `final` one enough blocks on top and its proofs kept. A
transaction that can't succeed any more throws its checkpoint back to `intended`, a reorganisation of the
chain back to `sent`.
"""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Enum, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class CheckpointState(StrEnum):
    """How far a checkpoint has come on its way to the chain."""

    INTENDED = "intended"
    SIGNED = "signed"
    SENT = "sent"
    ANCHORED = "anchored"
    FINAL = "final"


class TransactionState(StrEnum):
    """What became of one signed transaction."""

    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    REVERTED = "reverted"
    DISPLACED = "displaced"


def state_column(states: type[StrEnum]) -> Enum:
    """Build the column type of a state: its word as text, so that adding a state changes no schema."""
    return Enum(
        states, native_enum=False, length=16, values_callable=lambda members: [m.value for m in members]
    )


class AnchorAccount(Base, table=True):
    """An anchoring account and the next nonce to give out: the one serialised allocator of its key."""

    __tablename__ = "anchor_account"

    address: bytes = Field(primary_key=True, sa_type=LargeBinary(20))
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number", index=True)
    next_nonce: int = Field(sa_type=BigInteger)


class LogCheckpoint(Base, table=True):
    """One checkpoint (protocol 6) on its way to the chain, or recorded there."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (
        UniqueConstraint("log", "size"),
        Index("ix_log_checkpoint_state", "state", "log", "size"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    log: int = Field(sa_type=BigInteger, foreign_key="log_head.log")
    size: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary(32))
    state: CheckpointState = Field(default=CheckpointState.INTENDED, sa_type=state_column(CheckpointState))
    intended_at: int = Field(sa_type=BigInteger)
    attempts: int = 0
    last_failure: str | None = Field(default=None, max_length=64)
    previous_size: int | None = Field(default=None, sa_type=BigInteger)
    anchored_at: int | None = Field(default=None, sa_type=BigInteger)
    transaction_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    final_at: int | None = Field(default=None, sa_type=BigInteger)


class AnchorTransaction(Base, table=True):
    """A signed transaction that anchors a checkpoint, kept before a node ever sees it."""

    __tablename__ = "anchor_transaction"
    __table_args__ = (Index("ix_anchor_transaction_nonce", "account", "nonce"),)

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    checkpoint_id: int = Field(sa_type=BigInteger, foreign_key="log_checkpoint.id", index=True)
    account: bytes = Field(sa_type=LargeBinary(20), foreign_key="anchor_account.address")
    nonce: int = Field(sa_type=BigInteger)
    raw: bytes = Field(sa_type=LargeBinary)
    state: TransactionState = Field(default=TransactionState.SIGNED, sa_type=state_column(TransactionState))
    signed_at: int = Field(sa_type=BigInteger)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)


class CheckpointProof(Base, table=True):
    """What an offline verifier needs of the chain, taken while the chain still gives it.

    `header` is the block header's RLP. `account_proof` (hex of RLP nodes) and `storage_proofs`
    (`{slot, value, proof}`) are EIP-1186's. Each is empty where the engine can't give it.
    """

    __tablename__ = "checkpoint_proof"

    checkpoint_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="log_checkpoint.id")
    taken_at_block: int = Field(sa_type=BigInteger)
    header: bytes | None = Field(default=None, sa_type=LargeBinary)
    account_proof: list[str] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    storage_proofs: list[dict[str, object]] | None = Field(
        default=None, sa_column=Column(JSON, nullable=True)
    )
