"""Table of prescriptions that were fetched. Content is here only encrypted, its key only wrapped."""

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from ledger_api.table_base import Base
from ledger_web.database import SequenceId


class ReceivedRecord(Base, table=True):
    """One window of another institution's prescription, as it was last fetched by this tenant.

    `institution` is the tenant, `issuer` the prescribing hospital; `presented` are the ordinals of the claims
    whose holders let the tenant read it.
    """

    __tablename__ = "received_record"
    __table_args__ = (
        UniqueConstraint("institution", "issuer", "record_id", "window"),
        Index("ix_received_record_institution_sequence", "institution", "sequence"),
    )

    sequence: int | None = Field(default=None, primary_key=True, sa_type=SequenceId)
    institution: int = Field(sa_type=BigInteger, foreign_key="institution.number")
    issuer: int = Field(sa_type=BigInteger)
    record_id: str = Field(max_length=36)
    window: int
    commitment: bytes = Field(sa_type=LargeBinary(32))
    presented: list[int] = Field(sa_column=Column(JSON, nullable=False))
    content: bytes = Field(sa_type=LargeBinary)
    wrapped_key: bytes = Field(sa_type=LargeBinary)
    fetched_by: str = Field(max_length=60)
    first_fetched_at: int = Field(sa_type=BigInteger)
    fetched_at: int = Field(sa_type=BigInteger)

    @property
    def place(self) -> str:
        """The row's name, which its sealed content is bound to."""
        return f"received:{self.issuer}:{self.record_id}:{self.window}"
