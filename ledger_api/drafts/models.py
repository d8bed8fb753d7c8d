"""Tables of drafts. Content is here only encrypted, its key only wrapped; both go when it is signed."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class Draft(Base, table=True):
    """One draft. `prescriber_code` is the doctor whom it is for, None for any doctor of the institution.

    A doctor's own draft is for her, whether it names her or not. Beside the encrypted
    content stand only what lists and permissions need: nothing of the patient.
    """

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_institution_status_sequence", "institution", "status", "sequence"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    id: str = Field(max_length=36, unique=True)
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    status: str = Field(max_length=10)
    origin: str = Field(max_length=10)
    created_by: str = Field(max_length=60)
    created_at: int = Field(sa_type=BigInteger)
    prescriber_code: str | None = Field(default=None, max_length=50)
    prescription_type: str = Field(max_length=30)
    line_count: int
    notes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    mapping_version: int | None = None
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    wrapped_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    record_id: str | None = Field(default=None, max_length=36)
    signed_at: int | None = Field(default=None, sa_type=BigInteger)


class DraftSource(Base, table=True):
    """Which order of another system a draft came from, so that a repeated import doesn't draft it twice."""

    __tablename__ = "draft_source"
    __table_args__ = (UniqueConstraint("institution", "source_sha256"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    source_sha256: str = Field(max_length=64)
    draft: int = Field(
        sa_column=Column(
            SequenceId, ForeignKey("draft.sequence", ondelete="CASCADE"), nullable=False, index=True
        )
    )
