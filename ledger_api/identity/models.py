"""Tables of identity. Nothing here is a patient's; of staff only what they sign in and sign with."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base


class Institution(Base, table=True):
    """One tenant. `roles` is the bit set of protocol 3.1; `log_generation` counts its logs (protocol 6)."""

    __tablename__ = "institution"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 4294967295", name="number_is_uint32"),)

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    roles: int
    log_generation: int = 1
    created_at: int = Field(sa_type=BigInteger)


class Person(Base, table=True):
    """One member of staff. `signing_address` (0x, lower case) is the registered address of their own key."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("institution", "username"),
        UniqueConstraint("institution", "signing_address"),
    )

    id: str = Field(primary_key=True, max_length=36)
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    username: str = Field(max_length=64)
    display_name: str = Field(max_length=100)
    password_hash: str = Field(max_length=255)
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    practitioner_code: str | None = Field(default=None, max_length=50)
    department_code: str | None = Field(default=None, max_length=50)
    department_name: str | None = Field(default=None, max_length=50)
    signing_address: str | None = Field(default=None, max_length=42)
    active: bool = True
    created_at: int = Field(sa_type=BigInteger)


class PersonSession(Base, table=True):
    """One sign-in. The token itself is never stored, only its SHA-256."""

    __tablename__ = "person_session"

    id: str = Field(primary_key=True, max_length=36)
    person: str = Field(foreign_key="person.id", index=True, max_length=36)
    token_sha256: str = Field(unique=True, max_length=64)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class MachineClient(Base, table=True):
    """One system of an institution, such as its hospital information system."""

    __tablename__ = "machine_client"
    __table_args__ = (UniqueConstraint("institution", "name"),)

    id: str = Field(primary_key=True, max_length=36)
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    name: str = Field(max_length=100)
    secret_sha256: str = Field(max_length=64)
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    active: bool = True
    created_at: int = Field(sa_type=BigInteger)
