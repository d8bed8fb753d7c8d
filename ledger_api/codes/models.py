"""Tables of code mappings. A mapping is replaced as a whole: each upload is a version, and versions stay."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class CodeMappingVersion(Base, table=True):
    """One upload of an institution's code mapping; the highest `version` is in force."""

    __tablename__ = "code_mapping_version"
    __table_args__ = (UniqueConstraint("institution", "version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    institution: int = Field(foreign_key="institution.number", sa_type=BigInteger)
    version: int
    content_sha256: str = Field(max_length=64)
    drug_count: int
    diagnosis_count: int
    uploaded_by: str = Field(max_length=60)
    uploaded_at: int = Field(sa_type=BigInteger)


class CodeMappingRow(Base, table=True):
    """One mapped code of one version. `target` is the row as it was uploaded."""

    __tablename__ = "code_mapping_row"
    __table_args__ = (
        UniqueConstraint("version_id", "kind", "source_system", "source_code"),
        Index("ix_code_mapping_row_version_id_position", "version_id", "position"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    version_id: int = Field(
        sa_column=Column(
            SequenceId, ForeignKey("code_mapping_version.id", ondelete="CASCADE"), nullable=False
        )
    )
    position: int = Field(sa_type=Integer)
    kind: str = Field(max_length=10)
    source_system: str = Field(max_length=200)
    source_code: str = Field(max_length=50)
    target: dict[str, str | int] = Field(sa_column=Column(JSON, nullable=False))
