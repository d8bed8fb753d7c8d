"""Table of deliveries: what a tenant owes another institution, tried until it is taken or refused."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


class Delivery(Base, table=True):
    """One record to be delivered. `last_code` says why the last try failed, or why the peer refused."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "state", "next_at"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    record_id: str = Field(max_length=36, foreign_key="record.id", unique=True)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    recipient: int = Field(sa_type=BigInteger)
    state: str = Field(default=DeliveryState.WAITING, max_length=10)
    attempts: int = 0
    next_at: int = Field(sa_type=BigInteger)
    last_code: str | None = Field(default=None, max_length=64)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
