"""Tables of retired pins, which a sealed header contradicts, and of how each node stood when looked at."""

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


class NodeStanding(Base, table=True):
    """How a node stood when it was last looked at. `name`: `own`, or another's host and port.

    `outcome`: passed (agrees), late (far behind, or its latest block is old), failed (contradicts) or
    could_not_check (didn't answer); `problem` says why, by code. `sealers`: the accounts that sealed its
    latest block; None where nobody's seals were checked. `answered_at`: when it last answered.
    """

    __tablename__ = "node_standing"

    name: str = Field(primary_key=True, max_length=300)
    outcome: str = Field(max_length=20)
    problem: str | None = Field(default=None, max_length=80)
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_time: int | None = Field(default=None, sa_type=BigInteger)
    sealers: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    looked_at: int = Field(sa_type=BigInteger)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
