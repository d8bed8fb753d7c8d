"""Table of signed records.

Content stands here only encrypted, its key only wrapped. Erasing a record sets `wrapped_key` and `content` to
nothing; commitment, leaf hashes and entries stay, so that every proof about its neighbours still holds.
"""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class StoredRecord(Base, table=True):
    """One record (protocol 1) with its commitment (protocol 2)."""

    __tablename__ = "record"
    __table_args__ = (Index("ix_record_institution_kind", "institution", "kind", "sequence"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    id: str = Field(max_length=36, unique=True)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    kind: int
    schema_name: str = Field(max_length=64)
    commitment: bytes = Field(sa_type=LargeBinary(32), unique=True)
    issued_at: int = Field(sa_type=BigInteger)
    author_id: str = Field(max_length=36, index=True)
    accepted_at: int = Field(sa_type=BigInteger)
    leaf_hashes: bytes = Field(sa_type=LargeBinary)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    wrapped_key: bytes | None = Field(default=None, sa_type=LargeBinary)
