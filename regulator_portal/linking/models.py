"""Tables of the links: what is known of each record, to what it refers, where claims and packs come from."""

from collections.abc import Mapping, Sequence

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field

from regulator_portal.table_base import Base

DUE = "due_at IS NOT NULL"


class LinkedRecord(Base, table=True):
    """One record of one institution: stated by its log, by an act on chain, or by both.

    `log` and `position`: its first mirrored entry, None while only an act names it. `shown`: what its proven
    evidence disclosed of what rules need (`linking.disclosing`), None before. The columns from `signer` on to
    `amount_minor` are read from it, for lists. `verdict` is the worst of `rulings`, which are those of
    `linking.rules`: {code, outcome, compared, retry_at}. `due_at`: when it is judged again, None: not before
    something about it changes. All times are Unix seconds.
    """

    __tablename__ = "linked_record"
    __table_args__ = (
        Index("ix_linked_record_kind_seen", "kind", "seen_at"),
        Index("ix_linked_record_kind_institution", "kind", "institution", "seen_at"),
        Index("ix_linked_record_kind_verdict", "kind", "verdict", "seen_at"),
        Index("ix_linked_record_lot", "lot_key"),
        Index("ix_linked_record_due", "due_at", sqlite_where=text(DUE), postgresql_where=text(DUE)),
    )

    commitment: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    institution: int = Field(sa_type=BigInteger, primary_key=True)
    kind: int
    log: int | None = Field(default=None, sa_type=BigInteger)
    position: int | None = Field(default=None, sa_type=BigInteger)
    anchored_at: int | None = Field(default=None, sa_type=BigInteger)
    terms: bytes | None = Field(default=None, sa_type=LargeBinary(32))
    seen_at: int = Field(sa_type=BigInteger)
    signer: bytes | None = Field(default=None, sa_type=LargeBinary(20))
    signed_at: int | None = Field(default=None, sa_type=BigInteger)
    record_id: str | None = Field(default=None, max_length=36)
    decision: str | None = Field(default=None, max_length=40)
    counterpart: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    fund_minor: int | None = Field(default=None, sa_type=BigInteger)
    lot_key: str | None = Field(default=None, max_length=300)
    shown: Mapping[str, object] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    verdict: str = Field(default="pending", max_length=20)
    rulings: Sequence[Mapping[str, object]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    judged_at: int | None = Field(default=None, sa_type=BigInteger)
    as_of_block: int | None = Field(default=None, sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)


class RecordLink(Base, table=True):
    """That a record refers to another one, under which member of its body."""

    __tablename__ = "record_link"
    __table_args__ = (Index("ix_record_link_target", "target", "role"),)

    commitment: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    institution: int = Field(sa_type=BigInteger, primary_key=True)
    role: str = Field(max_length=40, primary_key=True)
    place: int = Field(primary_key=True)
    target: bytes = Field(sa_type=LargeBinary(32))
    target_institution: int = Field(sa_type=BigInteger)
    kind: int


class ClaimOrigin(Base, table=True):
    """Of which mirrored entry a claim is. The first entry that gives the key stands."""

    __tablename__ = "claim_origin"

    claim: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    log: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    ordinal: int


class LotPack(Base, table=True):
    """A pack that a lot's record names."""

    __tablename__ = "lot_pack"

    token: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    commitment: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    institution: int = Field(sa_type=BigInteger, primary_key=True)


class IndexedLog(Base, table=True):
    """Up to which size a log's verified entries are indexed."""

    __tablename__ = "indexed_log"

    log: int = Field(sa_type=BigInteger, primary_key=True)
    size: int = Field(default=0, sa_type=BigInteger)
