"""Queries of drafts."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import delete
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from ledger_api.drafts.models import Draft, DraftSource
from ledger_api.drafts.visibility import Visible
from ledger_api.signing.models import Preparation

_HASHES_A_QUERY = 500

RowT = TypeVar("RowT")


class DraftRepository:
    """Reads and writes drafts in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, draft: Draft, source_hashes: Sequence[str] = ()) -> None:
        """Add a draft, and note the orders it came from."""
        self._session.add(draft)
        self._session.flush()
        if draft.sequence is None:
            raise LookupError("the database gave the new draft no sequence")
        for source in source_hashes:
            self._session.add(
                DraftSource(institution=draft.institution, source_sha256=source, draft=draft.sequence)
            )

    def find(self, institution: int, draft_id: str) -> Draft | None:
        """Find a draft of an institution."""
        wanted = select(Draft).where(Draft.id == draft_id, Draft.institution == institution)
        return self._session.exec(wanted).one_or_none()

    def is_id_taken(self, draft_id: str) -> bool:
        """Say whether a draft of any institution has this id."""
        return self._session.exec(select(Draft.id).where(Draft.id == draft_id)).first() is not None

    def count(self, institution: int, visible: Visible, status: str) -> int:
        """Count the drafts of a status within a bound."""
        wanted = select(func.count()).select_from(Draft).where(Draft.institution == institution)
        return self._session.exec(_within(wanted, visible).where(Draft.status == status)).one()

    def find_imported(self, institution: int, source_hashes: Sequence[str]) -> dict[str, str]:
        """Find which of these orders were imported before: the id of their draft by source hash."""
        found: dict[str, str] = {}
        for start in range(0, len(source_hashes), _HASHES_A_QUERY):
            wanted = (
                select(DraftSource.source_sha256, Draft.id)
                .join(Draft, col(Draft.sequence) == col(DraftSource.draft))
                .where(
                    DraftSource.institution == institution,
                    col(DraftSource.source_sha256).in_(source_hashes[start : start + _HASHES_A_QUERY]),
                )
            )
            found.update(dict(self._session.exec(wanted).all()))
        return found

    def list_page(
        self, institution: int, visible: Visible, status: str | None, after: int, limit: int
    ) -> Sequence[Draft]:
        """List drafts of sequences above `after`, oldest first; at most `limit`."""
        wanted = _within(
            select(Draft).where(Draft.institution == institution, col(Draft.sequence) > after), visible
        )
        if status is not None:
            wanted = wanted.where(Draft.status == status)
        return self._session.exec(wanted.order_by(col(Draft.sequence)).limit(limit)).all()

    def save(self, draft: Draft) -> None:
        """Write a changed draft with the next flush."""
        self._session.add(draft)

    def drop_preparations(self, draft: Draft) -> None:
        """Delete what was prepared of a draft and not submitted: it is no longer what the draft says."""
        self._session.connection().execute(
            delete(Preparation).where(
                col(Preparation.institution) == draft.institution,
                col(Preparation.draft_id) == draft.id,
                col(Preparation.submitted_at).is_(None),
            )
        )

    def delete(self, draft: Draft) -> None:
        """Delete a draft with its key; what it came from can then be imported again."""
        self._session.delete(draft)
        self._session.flush()


def _within(wanted: SelectOfScalar[RowT], visible: Visible) -> SelectOfScalar[RowT]:
    if visible.created_by is not None:
        wanted = wanted.where(Draft.created_by == visible.created_by)
    if visible.prescriber_code is not None:
        wanted = wanted.where(
            or_(col(Draft.prescriber_code).is_(None), Draft.prescriber_code == visible.prescriber_code)
        )
    return wanted
