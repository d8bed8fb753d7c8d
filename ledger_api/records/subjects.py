"""Which record is about which other one: a review about a prescription, a restore about a dispensing.

A record's content is sealed; this index says what lists and rules need of it, and only by numbers and ids.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, Session, col, select

from ledger_api.records.models import StoredRecord
from ledger_api.table_base import Base


class RecordSubject(Base, table=True):
    """One record and the record that it is about, which may be another institution's."""

    __tablename__ = "record_subject"
    __table_args__ = (
        Index("ix_record_subject_subject", "subject_id", "subject_institution", "institution", "kind"),
    )

    record_id: str = Field(primary_key=True, max_length=36, foreign_key="record.id")
    institution: int = Field(sa_type=BigInteger)
    kind: int
    subject_institution: int = Field(sa_type=BigInteger)
    subject_id: str = Field(max_length=36)


class RecordSubjects:
    """Notes and looks up subjects within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, record: StoredRecord, *, institution: int, record_id: str) -> None:
        """Note that `record` is about the record `record_id` of an institution."""
        self._session.add(
            RecordSubject(
                record_id=record.id,
                institution=record.institution,
                kind=record.kind,
                subject_institution=institution,
                subject_id=record_id,
            )
        )

    def list_about(self, tenant: int, kind: int, institution: int, record_id: str) -> Sequence[StoredRecord]:
        """Return a tenant's records of one kind about a record, the newest first."""
        wanted = (
            select(StoredRecord)
            .join(RecordSubject, col(RecordSubject.record_id) == col(StoredRecord.id))
            .where(
                RecordSubject.institution == tenant,
                RecordSubject.kind == kind,
                RecordSubject.subject_institution == institution,
                RecordSubject.subject_id == record_id,
            )
            .order_by(col(StoredRecord.sequence).desc())
        )
        return self._session.exec(wanted).all()
