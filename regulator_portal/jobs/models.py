"""Table of jobs."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field

from regulator_portal.table_base import Base

_UNDER_WAY = "state IN ('queued', 'running')"


class JobKind(StrEnum):
    """What a job does to one log: go on with the mirror, all over again, or verify entries' evidence."""

    MIRROR = "mirror"
    RECHECK = "recheck"
    SWEEP = "sweep"


class JobState(StrEnum):
    """How a job stands. `could_not_check`: gateway or chain didn't answer, so that nothing can be said."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    COULD_NOT_CHECK = "could_not_check"
    FAILED = "failed"


class Job(Base, table=True):
    """One job. `done` of `total` entries; `problem` is a stable code, with its words in both languages.

    A recheck goes over `pin_count` checkpoints, then the entries, then, if `has_evidence`, each one's
    evidence; `compact_range` is that of the leaves done, so that it goes on after an interruption.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_under_way",
            "log",
            "kind",
            unique=True,
            sqlite_where=text(_UNDER_WAY),
            postgresql_where=text(_UNDER_WAY),
        ),
        Index("ix_job_asked_by_key", "asked_by", "key_sha256", unique=True),
        Index("ix_job_state_asked_at", "state", "asked_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=10)
    log: int = Field(sa_type=BigInteger)
    state: str = Field(default=JobState.QUEUED, max_length=20)
    done: int = Field(default=0, sa_type=BigInteger)
    total: int = Field(default=0, sa_type=BigInteger)
    pin_count: int = Field(default=0, sa_type=BigInteger)
    has_evidence: bool = False
    findings: int = 0
    asked_by: str = Field(max_length=60)
    key_sha256: str | None = Field(default=None, max_length=64)
    asked_at: int = Field(sa_type=BigInteger)
    started_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    compact_range: bytes = Field(default=b"", sa_type=LargeBinary)
    problem: str | None = Field(default=None, max_length=80)
    problem_en: str = Field(default="", max_length=400)
    problem_zh: str = Field(default="", max_length=400)
