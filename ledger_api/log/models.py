"""Tables of the log: heads, entries, tiles.

An entry is accepted first and placed later: `position` is empty until the sequencer gives it one. How far a
placed entry has come (anchored, final) is not written on its row: positions are anchored in order, so two
numbers on the head say it for all of them, and a reorganisation of the chain is one row to correct.
"""

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class LogHead(Base, table=True):
    """One log of one institution: its size and root, and how much of it the chain holds."""

    __tablename__ = "log_head"
    __table_args__ = (
        CheckConstraint("final_size <= anchored_size AND anchored_size <= size", name="sizes_in_order"),
        Index(
            "ix_log_head_institution_open",
            "institution",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )

    log: int = Field(sa_type=BigInteger, primary_key=True)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    size: int = Field(default=0, sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary(32))
    anchored_size: int = Field(default=0, sa_type=BigInteger)
    final_size: int = Field(default=0, sa_type=BigInteger)
    is_open: bool = True


class LogEntry(Base, table=True):
    """One entry (protocol 3) with its author's signature, accepted for a log and, once placed, at a
    position."""

    __tablename__ = "log_entry"
    __table_args__ = (
        UniqueConstraint("log", "position"),
        UniqueConstraint("log", "leaf_hash"),
        UniqueConstraint("log", "record_id", "window"),
        Index(
            "ix_log_entry_pending",
            "log",
            "id",
            sqlite_where=text("position IS NULL"),
            postgresql_where=text("position IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    log: int = Field(sa_type=BigInteger, foreign_key="log_head.log")
    position: int | None = Field(default=None, sa_type=BigInteger)
    record_id: str = Field(max_length=36, foreign_key="record.id", index=True)
    window: int
    entry: bytes = Field(sa_type=LargeBinary(224))
    leaf_hash: bytes = Field(sa_type=LargeBinary(32))
    signature: bytes = Field(sa_type=LargeBinary(65))
    signer: bytes = Field(sa_type=LargeBinary(20))
    accepted_at: int = Field(sa_type=BigInteger)
    logged_at: int | None = Field(default=None, sa_type=BigInteger)


class LogTile(Base, table=True):
    """The hashes of one tile (C2SP tlog-tiles), as many as there are by now: 32 bytes each, at most 256.

    A partial tile is a prefix of every wider one, so that one row serves all widths asked for.
    """

    __tablename__ = "log_tile"

    log: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="log_head.log")
    level: int = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    hashes: bytes = Field(sa_type=LargeBinary(8192))
