"""Tables of the register's mirror: how far it is, the acts, the claims and packs of each, the refusals."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from regulator_portal.table_base import Base

ONLY_ROW = 1


class RegisterState(StrEnum):
    """How the last look at the register ended."""

    NEVER_CHECKED = "never_checked"
    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_CHECK = "could_not_check"


class RegisterMirror(Base, table=True):
    """One row: up to where the register's events are mirrored. All times are Unix seconds.

    `next_block` is the first block that isn't mirrored; `block_hash` and `block_time` are of the block before
    it, so that a chain that was rewritten below is noticed. `rechecked_block` is how far the recheck that is
    under way has come, None while none is.
    """

    __tablename__ = "register_mirror"

    id: int = Field(default=ONLY_ROW, primary_key=True)
    state: str = Field(default=RegisterState.NEVER_CHECKED, max_length=20)
    problem: str | None = Field(default=None, max_length=80)
    problem_en: str = Field(default="", max_length=400)
    problem_zh: str = Field(default="", max_length=400)
    next_block: int = Field(default=0, sa_type=BigInteger)
    block_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    block_time: int | None = Field(default=None, sa_type=BigInteger)
    act_count: int = Field(default=0, sa_type=BigInteger)
    refusal_count: int = Field(default=0, sa_type=BigInteger)
    checked_at: int | None = Field(default=None, sa_type=BigInteger)
    rechecked_at: int | None = Field(default=None, sa_type=BigInteger)
    rechecked_block: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def as_of_block(self) -> int | None:
        """The last block whose events are mirrored, None before the first."""
        return self.next_block - 1 if self.next_block else None


class RegisterAct(Base, table=True):
    """One act as its event tells it. Never changed.

    `subject`: the record that claims were used into, or the voided record; `statement`: the signed record
    that is to state the act (of a use: the same). `actor` is the institution that did it: the spender of a
    use and of its restoring, the payer of a settlement and its reversal, the issuer of a void. `digest` is
    the SHA-256 of everything that the event says.
    """

    __tablename__ = "register_act"
    __table_args__ = (
        Index("ix_register_act_subject", "subject"),
        Index("ix_register_act_statement", "statement"),
        Index("ix_register_act_act_actor", "act", "actor"),
    )

    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    log_index: int = Field(sa_type=BigInteger, primary_key=True)
    block_hash: bytes = Field(sa_type=LargeBinary(32))
    transaction_hash: bytes = Field(sa_type=LargeBinary(32))
    time: int = Field(sa_type=BigInteger)
    act: str = Field(max_length=10)
    subject: bytes = Field(sa_type=LargeBinary(32))
    statement: bytes = Field(sa_type=LargeBinary(32))
    actor: int = Field(sa_type=BigInteger)
    spender: int = Field(default=0, sa_type=BigInteger)
    payer: int = Field(default=0, sa_type=BigInteger)
    kind: int = 0
    not_before: int = Field(default=0, sa_type=BigInteger)
    use_hash: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    reason: bytes = Field(default=b"", sa_type=LargeBinary(32))
    is_offline: bool = False
    is_undone: bool = False
    digest: bytes = Field(sa_type=LargeBinary(32))


class ActedClaim(Base, table=True):
    """One claim of one act. `place`: its number in the event's list; `restore_count`: as a use states it."""

    __tablename__ = "acted_claim"

    claim: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    log_index: int = Field(sa_type=BigInteger, primary_key=True)
    place: int
    ordinal: int | None = Field(default=None, sa_type=BigInteger)
    restore_count: int | None = None
    __table_args__ = (Index("ix_acted_claim_act", "block_number", "log_index"),)


class ActedPack(Base, table=True):
    """One pack of one use or restoring, with the units that it states."""

    __tablename__ = "acted_pack"
    __table_args__ = (Index("ix_acted_pack_act", "block_number", "log_index"),)

    token: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    log_index: int = Field(sa_type=BigInteger, primary_key=True)
    total_units: int = Field(sa_type=BigInteger)
    units_used: int = Field(sa_type=BigInteger)


class RegisterRefusal(Base, table=True):
    """One item that the register refused: nothing of it was done. `reason` is the ABI-encoded error."""

    __tablename__ = "register_refusal"
    __table_args__ = (Index("ix_register_refusal_subject", "subject"),)

    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    log_index: int = Field(sa_type=BigInteger, primary_key=True)
    block_hash: bytes = Field(sa_type=LargeBinary(32))
    transaction_hash: bytes = Field(sa_type=LargeBinary(32))
    time: int = Field(sa_type=BigInteger)
    act: str = Field(max_length=10)
    institution: int = Field(sa_type=BigInteger)
    subject: bytes = Field(sa_type=LargeBinary(32))
    item: int = Field(sa_type=BigInteger)
    reason: bytes = Field(sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary(32))
