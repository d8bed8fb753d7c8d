"""Table of retired pins: what a node once said, and a sealed header contradicts."""

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field

from regulator_portal.table_base import Base


class PinKind(StrEnum):
    """What was pinned."""

    BLOCK = "block"
    CHECKPOINT = "checkpoint"


class RetiredPin(Base, table=True):
    """A pin that isn't trusted further, with all that it said. Never changed or deleted.

    `place`: the block's number, or the checkpoint's size in `log`. `contradicted_by`: what a sealed header
    of block `as_of_block` says instead.
    """

    __tablename__ = "retired_pin"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=12)
    log: int | None = Field(default=None, sa_type=BigInteger)
    place: int = Field(sa_type=BigInteger)
    content: dict[str, str | int] = Field(sa_column=Column(JSON, nullable=False))
    contradicted_by: str = Field(max_length=200)
    as_of_block: int = Field(sa_type=BigInteger)
    retired_at: int = Field(sa_type=BigInteger)
