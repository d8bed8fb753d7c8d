"""Table of the audit trail. Triggers of the migration refuse to change or delete its rows."""

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class AuditEntry(Base, table=True):
    """One change of state: who (`actor`), what (`action`), on what (`subject`), when. No personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_institution_id", "institution", "id"),
        Index("ix_audit_entry_subject", "subject"),
    )

    id: int | None = Field(default=None, sa_column=Column(SequenceId, primary_key=True, autoincrement=True))
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=60)
    subject: str = Field(max_length=120)
    request_id: str = Field(max_length=64)
    details: dict[str, str | int] = Field(sa_column=Column(JSON, nullable=False))
