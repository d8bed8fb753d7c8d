"""Table of preparations: what somebody was shown and may sign, for a quarter of an hour."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from ledger_api.table_base import Base


class Preparation(Base, table=True):
    """A prepared record of some kind, sealed as records are. `submitted_at` says that it became one.

    `context` is what its noun needs to know again at submission, sealed under the same key.
    """

    __tablename__ = "preparation"

    id: str = Field(primary_key=True, max_length=36)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    kind: int
    author_id: str = Field(max_length=36, foreign_key="person.id")
    draft_id: str | None = Field(default=None, max_length=36)
    record_id: str = Field(max_length=36, unique=True)
    commitment: bytes = Field(sa_type=LargeBinary(32))
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    wrapped_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    context: bytes | None = Field(default=None, sa_type=LargeBinary)
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    submitted_at: int | None = Field(default=None, sa_type=BigInteger)
