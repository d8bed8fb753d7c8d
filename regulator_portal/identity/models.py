"""Tables of identity: auditors and their sign-ins."""

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field

from regulator_portal.table_base import Base


class Auditor(Base, table=True):
    """One member of the regulator's staff. `roles` are words of `identity.principal.Role`."""

    __tablename__ = "auditor"

    id: str = Field(primary_key=True, max_length=36)
    username: str = Field(unique=True, max_length=64)
    display_name: str = Field(max_length=100)
    password_hash: str = Field(max_length=255)
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    active: bool = True
    created_at: int = Field(sa_type=BigInteger)


class AuditorSession(Base, table=True):
    """One sign-in. The token itself is never stored, only its SHA-256."""

    __tablename__ = "auditor_session"

    id: str = Field(primary_key=True, max_length=36)
    auditor: str = Field(foreign_key="auditor.id", index=True, max_length=36)
    token_sha256: str = Field(unique=True, max_length=64)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
