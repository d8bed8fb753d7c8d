"""Table of the answers that were given under an idempotency key."""

from sqlalchemy import BigInteger, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_web.database import SequenceId
from regulator_portal.table_base import Base


class GivenAnswer(Base, table=True):
    """One accepted request and its answer, which holds no personal data: ids, states, counts, codes.

    The key is kept as its SHA-256: clients put into it what they like.
    """

    __tablename__ = "given_answer"
    __table_args__ = (UniqueConstraint("scope", "route", "key_sha256"),)

    id: int | None = Field(default=None, sa_column=Column(SequenceId, primary_key=True, autoincrement=True))
    scope: str = Field(max_length=60)
    route: str = Field(max_length=160)
    key_sha256: str = Field(max_length=64)
    fingerprint: str = Field(max_length=64)
    status: int
    body: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger, index=True)
