"""Tables of lots: a manufacturer's own, and those of others that were verified here. No personal data."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from ledger_api.table_base import Base


class Lot(Base, table=True):
    """One lot record of a tenant: a commissioning or a recall. `is_whole`: a recall that names no packs."""

    __tablename__ = "lot"
    __table_args__ = (Index("ix_lot_name", "institution", "code_system", "product_code", "lot"),)

    record_id: str = Field(primary_key=True, max_length=36, foreign_key="record.id")
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    event: str = Field(max_length=12)
    code_system: str = Field(max_length=200)
    product_code: str = Field(max_length=50)
    lot: str = Field(max_length=50)
    is_whole: bool


class LotPack(Base, table=True):
    """One pack that a lot record names. A tenant commissions a pack once, and recalls it by name once."""

    __tablename__ = "lot_pack"

    institution: int = Field(sa_type=BigInteger, primary_key=True)
    event: str = Field(max_length=12, primary_key=True)
    token: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    record_id: str = Field(max_length=36, foreign_key="record.id", index=True)


class KnownLot(Base, table=True):
    """Another institution's lot record, as it was verified through this gateway's own node."""

    __tablename__ = "known_lot"
    __table_args__ = (Index("ix_known_lot_name", "issuer", "code_system", "product_code", "lot"),)

    commitment: bytes = Field(sa_type=LargeBinary(32), primary_key=True)
    issuer: int = Field(sa_type=BigInteger)
    record_id: str = Field(max_length=36)
    event: str = Field(max_length=12)
    code_system: str = Field(max_length=200)
    product_code: str = Field(max_length=50)
    product_name: str = Field(max_length=200)
    specification: str = Field(max_length=200)
    lot: str = Field(max_length=50)
    expires_on: str = Field(max_length=10)
    unit: str = Field(max_length=20)
    units_per_pack: int = Field(sa_type=BigInteger)
    is_whole: bool
    verified_at: int = Field(sa_type=BigInteger)


class KnownPack(Base, table=True):
    """One pack that a known lot record names."""

    __tablename__ = "known_pack"

    commitment: bytes = Field(sa_type=LargeBinary(32), primary_key=True, foreign_key="known_lot.commitment")
    token: bytes = Field(sa_type=LargeBinary(32), primary_key=True, index=True)
