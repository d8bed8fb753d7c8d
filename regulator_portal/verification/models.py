"""Table of verifications."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field

from ledger_web.database import SequenceId
from regulator_portal.table_base import Base


class Way(StrEnum):
    """How the evidence was named: a file, a printed reference or record id, or a place in a log."""

    UPLOAD = "upload"
    REFERENCE = "reference"
    RECORD = "record"
    POSITION = "position"


class Verification(Base, table=True):
    """One verification that an auditor asked for.

    Kept: who asked, how, the outcome, the report (numbered steps with codes, places and compared hashes,
    numbers and short words), and what names the entry: log, position, commitment. Not kept: the bundle or any
    disclosed field, whose content is a person's. `outcome` is passed, failed, late, could_not_check or
    withheld. `sequence` orders the list.
    """

    __tablename__ = "verification"
    __table_args__ = (
        Index("ix_verification_outcome_sequence", "outcome", "sequence"),
        Index("ix_verification_log_position", "log", "position"),
    )

    sequence: int | None = Field(
        default=None, sa_column=Column(SequenceId, primary_key=True, autoincrement=True)
    )
    id: str = Field(unique=True, max_length=36)
    asked_by: str = Field(max_length=60)
    how: str = Field(max_length=10)
    outcome: str = Field(max_length=20)
    report: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    reference: str = Field(default="", max_length=200)
    log: int | None = Field(default=None, sa_type=BigInteger)
    position: int | None = Field(default=None, sa_type=BigInteger)
    commitment: str | None = Field(default=None, max_length=66)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
