"""Tables of demands: those that a regulator's officers signed, and those that reached an institution."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class AnswerState(StrEnum):
    """What the institution answered."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class SentDemand(Base, table=True):
    """A demand of a regulator's tenant, and the answer to it.

    `content` is sealed: the access's bundle and, where it was granted, the wrapped key and the record's own
    sealed content, as the institution handed them over.
    """

    __tablename__ = "sent_demand"
    __table_args__ = (Index("ix_sent_demand_subject", "institution", "subject_commitment"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    id: str = Field(max_length=36, foreign_key="record.id", unique=True)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    recipient: int = Field(sa_type=BigInteger)
    subject_commitment: bytes = Field(sa_type=LargeBinary(32))
    purpose: str = Field(max_length=32)
    answer_by: int = Field(sa_type=BigInteger)
    state: str = Field(default=AnswerState.OPEN, max_length=10)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    access_id: str | None = Field(default=None, max_length=36)
    access_commitment: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    wrapped_key: bytes | None = Field(default=None, sa_type=LargeBinary)


class IncomingDemand(Base, table=True):
    """A demand that a regulator delivered to a tenant. `content` is the sealed bundle.

    `handed_key` is the record's key, wrapped to the regulator's: nobody else can open it.
    """

    __tablename__ = "incoming_demand"
    __table_args__ = (
        UniqueConstraint("institution", "commitment"),
        Index("ix_incoming_demand_list", "institution", "sequence"),
        Index("ix_incoming_demand_subject", "institution", "subject_id"),
    )

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    id: str = Field(max_length=36)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    regulator: int = Field(sa_type=BigInteger)
    commitment: bytes = Field(sa_type=LargeBinary(32))
    subject_id: str = Field(max_length=36)
    subject_commitment: bytes = Field(sa_type=LargeBinary(32))
    purpose: str = Field(max_length=32)
    answer_by: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    state: str = Field(default=AnswerState.OPEN, max_length=10)
    access_id: str | None = Field(default=None, max_length=36, index=True)
    handed_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    content: bytes = Field(sa_type=LargeBinary)
    wrapped_key: bytes = Field(sa_type=LargeBinary)
