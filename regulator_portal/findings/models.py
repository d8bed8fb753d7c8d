"""Table of findings."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field

from regulator_portal.table_base import Base


class FindingState(StrEnum):
    """Open while checks show it; closed when a later check of the same thing no longer does."""

    OPEN = "open"
    CLOSED = "closed"


class Finding(Base, table=True):
    """One thing found wrong. Rows are never deleted; the same thing found again is the same row.

    `place` is the position of an entry, or the size of a checkpoint, or the number of a block, as `code`
    says; `evidence` is a list of {what, expected, observed}; its words, and how to repeat the check, stand
    in `findings.codes.WORDS`. `as_of_block` is the portal's view of the chain when it was last seen.
    `last_check` is the id of the check that last showed it. `step` and `step_code` are those of a
    verification's report, for evidence findings. `subject`: the commitment (hex) of the record, of
    `institution`, that a finding of the links is about.
    """

    __tablename__ = "finding"
    __table_args__ = (
        Index("ix_finding_state_first_seen", "state", "first_seen"),
        Index("ix_finding_log_state", "log", "state"),
    )

    id: str = Field(primary_key=True, max_length=36)
    fingerprint: str = Field(unique=True, max_length=64)
    code: str = Field(max_length=40)
    verdict: str = Field(max_length=20)
    log: int | None = Field(default=None, sa_type=BigInteger)
    place: int | None = Field(default=None, sa_type=BigInteger)
    subject: str = Field(default="", max_length=66, index=True)
    institution: int | None = Field(default=None, sa_type=BigInteger)
    step: int | None = None
    step_code: str = Field(default="", max_length=80)
    where: str = Field(default="", max_length=400)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    evidence: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(default=FindingState.OPEN, max_length=10)
    first_seen: int = Field(sa_type=BigInteger)
    last_seen: int = Field(sa_type=BigInteger)
    times_seen: int = 1
    last_check: str = Field(max_length=36)
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str | None = Field(default=None, max_length=60)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_note: str | None = Field(default=None, max_length=1000)
