"""Table of settlement requests: what a tenant asked of a payer, and what it was asked as a payer."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class Direction(StrEnum):
    """Which side of a request the tenant is on."""

    OUT = "out"
    IN = "in"


class RequestState(StrEnum):
    """What the payer's adjudicator signed of it last."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REDUCED = "reduced"
    REFUSED = "refused"
    REVERSED = "reversed"


class SettlementRequest(Base, table=True):
    """One request. `other` is the payer of an outgoing one, the spender of an incoming one.

    `content` is sealed: of an incoming request the evidence as it came, of an outgoing one nothing.
    `settlement` and `reversal` name the records signed last: id and commitment. `outcome` is the chain's
    answer to the last of them, as the payer said where the request is outgoing.
    """

    __tablename__ = "settlement_request"
    __table_args__ = (
        UniqueConstraint("institution", "direction", "dispensing_commitment"),
        Index("ix_settlement_request_list", "institution", "direction", "sequence"),
    )

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    id: str = Field(max_length=36)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    direction: str = Field(max_length=3)
    other: int = Field(sa_type=BigInteger)
    dispensing_id: str = Field(max_length=36)
    dispensing_commitment: bytes = Field(sa_type=LargeBinary(32))
    amount_minor: int = Field(sa_type=BigInteger)
    remarks: list[str] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(max_length=10)
    outcome: str | None = Field(default=None, max_length=10)
    settlement_id: str | None = Field(default=None, max_length=36, index=True)
    settlement_commitment: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    reversal_id: str | None = Field(default=None, max_length=36)
    reversal_commitment: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    created_at: int = Field(sa_type=BigInteger)
    created_by: str = Field(max_length=60)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    wrapped_key: bytes | None = Field(default=None, sa_type=LargeBinary)
