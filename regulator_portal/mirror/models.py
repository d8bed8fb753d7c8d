"""Tables of the mirror: logs, entries, pinned checkpoints, pinned blocks."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field

from regulator_portal.table_base import Base

NOTEWORTHY = "verdict NOT IN ('pending', 'passed')"
RARE_KIND = "kind <> 1"


class LogState(StrEnum):
    """How a log's last check ended. `could_not_check`: gateway or chain didn't answer."""

    NEVER_CHECKED = "never_checked"
    PASSED = "passed"
    FAILED = "failed"
    WITHHELD = "withheld"
    COULD_NOT_CHECK = "could_not_check"


class EntryVerdict(StrEnum):
    """What the sweep found of an entry's evidence; pending until it got there."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"
    LATE = "late"
    WITHHELD = "withheld"
    COULD_NOT_CHECK = "could_not_check"


class CheckpointOutcome(StrEnum):
    """Whether the root of the portal's own copy is the checkpoint's. Barred ones aren't compared."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"
    BARRED = "barred"


class MirroredLog(Base, table=True):
    """One log of one institution, as far as the portal has it. All times are Unix seconds.

    `base_size`: where a successor log goes on from the log before it, which holds the entries below (0 for
    the first log). `size` entries from `base_size` on are kept; `compact_range` are the roots of its perfect
    subtrees of the first `size` leaves, largest first, 32 bytes each (RFC 9162 2.1). `verified_size` and
    `verified_range` are the same at the last checkpoint whose root was equal: a wrong root falls back to it.
    `head_*` is the log's latest checkpoint on the chain as of block `as_of_block`; `pinned_size` the size up
    to which every checkpoint is pinned. `closed_size` is set once the authority closed the log there; larger
    checkpoints are barred. Counts by verdict are of the evidence of kept entries; pending ones are
    `verified_size - base_size` less the rest. `problem` is a stable code of why the last check couldn't be
    made, or a finding's.
    """

    __tablename__ = "mirrored_log"

    log: int = Field(sa_type=BigInteger, primary_key=True)
    institution: int = Field(sa_type=BigInteger, index=True)
    generation: int
    state: str = Field(default=LogState.NEVER_CHECKED, max_length=20)
    problem: str | None = Field(default=None, max_length=80)
    problem_en: str = Field(default="", max_length=400)
    problem_zh: str = Field(default="", max_length=400)
    base_size: int = Field(default=0, sa_type=BigInteger)
    size: int = Field(default=0, sa_type=BigInteger)
    compact_range: bytes = Field(default=b"", sa_type=LargeBinary)
    verified_size: int = Field(default=0, sa_type=BigInteger)
    verified_range: bytes = Field(default=b"", sa_type=LargeBinary)
    pinned_size: int = Field(default=0, sa_type=BigInteger)
    checkpoint_count: int = Field(default=0, sa_type=BigInteger)
    head_size: int = Field(default=0, sa_type=BigInteger)
    head_root: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    head_anchored_at: int | None = Field(default=None, sa_type=BigInteger)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    closed_size: int | None = Field(default=None, sa_type=BigInteger)
    successor: int | None = Field(default=None, sa_type=BigInteger)
    swept_size: int = Field(default=0, sa_type=BigInteger)
    passed_count: int = Field(default=0, sa_type=BigInteger)
    failed_count: int = Field(default=0, sa_type=BigInteger)
    late_count: int = Field(default=0, sa_type=BigInteger)
    withheld_count: int = Field(default=0, sa_type=BigInteger)
    could_not_check_count: int = Field(default=0, sa_type=BigInteger)
    checked_at: int | None = Field(default=None, sa_type=BigInteger)
    rechecked_at: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def pending_count(self) -> int:
        """How many kept entries' evidence wasn't looked at yet."""
        done = (
            self.passed_count
            + self.failed_count
            + self.late_count
            + self.withheld_count
            + self.could_not_check_count
        )
        return max(0, self.size - self.base_size - done)


class MirroredEntry(Base, table=True):
    """One entry at its position: the bytes that the root was computed from, and what its evidence showed.

    `kind` and `record` (the commitment) are read from the bytes; kind 0 is what isn't an entry at all.
    `verdict`, and the `step` and `step_code` that decided it, are of the evidence, as of block `as_of_block`.
    """

    __tablename__ = "mirrored_entry"
    __table_args__ = (
        Index("ix_mirrored_entry_record", "record"),
        Index(
            "ix_mirrored_entry_noteworthy",
            "log",
            "verdict",
            "position",
            sqlite_where=text(NOTEWORTHY),
            postgresql_where=text(NOTEWORTHY),
        ),
        Index(
            "ix_mirrored_entry_rare_kind",
            "log",
            "kind",
            "position",
            sqlite_where=text(RARE_KIND),
            postgresql_where=text(RARE_KIND),
        ),
        {"sqlite_with_rowid": False},
    )

    log: int = Field(sa_type=BigInteger, primary_key=True)  # no foreign key: rows come by the thousand
    position: int = Field(sa_type=BigInteger, primary_key=True)
    entry: bytes = Field(sa_type=LargeBinary)
    kind: int
    record: bytes = Field(sa_type=LargeBinary(32))
    verdict: str = Field(default=EntryVerdict.PENDING, max_length=20)
    step: int | None = None
    step_code: str | None = Field(default=None, max_length=80)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    verified_at: int | None = Field(default=None, sa_type=BigInteger)


class PinnedCheckpoint(Base, table=True):
    """A checkpoint as the chain had it when the portal first saw it. Never changed; `outcome` alone is.

    `block_number` and `block_hash`: the block as of which it was pinned. `is_proven`: whether a sealed header
    proved it.
    """

    __tablename__ = "pinned_checkpoint"

    log: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="mirrored_log.log")
    size: int = Field(sa_type=BigInteger, primary_key=True)
    root: bytes = Field(sa_type=LargeBinary(32))
    previous_size: int = Field(sa_type=BigInteger)
    anchored_at: int = Field(sa_type=BigInteger)
    block_number: int = Field(sa_type=BigInteger)
    block_hash: bytes = Field(sa_type=LargeBinary(32))
    outcome: str = Field(default=CheckpointOutcome.PENDING, max_length=10)
    pinned_at: int = Field(sa_type=BigInteger)
    is_proven: bool = False
    compared_at: int | None = Field(default=None, sa_type=BigInteger)


class PinnedBlock(Base, table=True):
    """A block as the portal's node had it: a chain that has another one of that number was replaced.

    `is_sealed`: whether its header was held to the validators' seals; `sealers`: whose they are.
    """

    __tablename__ = "pinned_block"

    number: int = Field(sa_type=BigInteger, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary(32))
    pinned_at: int = Field(sa_type=BigInteger)
    is_sealed: bool = False
    sealers: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
