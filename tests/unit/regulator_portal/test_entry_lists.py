"""Lists of entries: filters and paging, answered by the indexes that were made for them."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text, update
from sqlmodel import col

from ledger_web.database import Database
from regulator_portal.mirror.models import EntryVerdict, MirroredEntry, MirroredLog
from regulator_portal.mirror.repository import EntryFilter, MirrorRepository

LOG = 1 << 32 | 1
COUNT = 1_000


@pytest.fixture
def filled(database: Database) -> Database:
    with database.writing() as session:
        mirror = MirrorRepository(session)
        mirror.add(MirroredLog(log=LOG, institution=1, generation=1, size=COUNT, swept_size=900))
        mirror.add_entries(
            [(LOG, each, b"e", 3 if each == 700 else 1, bytes(32), "passed") for each in range(900)]
        )
        mirror.add_entries([(LOG, each, b"e", 1, bytes(32), "pending") for each in range(900, COUNT)])
        failed = update(MirroredEntry).where(col(MirroredEntry.position).in_([5, 500]))
        session.execute(failed.values(verdict=EntryVerdict.FAILED))
    return database


def positions(database: Database, wanted: EntryFilter, after: int | None = None) -> list[int]:
    with database.reading() as session:
        mirror = MirrorRepository(session)
        return [each.position for each in mirror.list_entries(mirror.get_log(LOG), wanted, after, 3)]


def test_filters_and_pages(filled: Database) -> None:
    assert positions(filled, EntryFilter()) == [0, 1, 2]
    assert positions(filled, EntryFilter(), after=997) == [998, 999]
    assert positions(filled, EntryFilter(verdict="failed")) == [5, 500]
    assert positions(filled, EntryFilter(verdict="failed"), after=5) == [500]
    assert positions(filled, EntryFilter(verdict="pending")) == [900, 901, 902]
    assert positions(filled, EntryFilter(kind=3)) == [700]
    assert positions(filled, EntryFilter(verdict="failed", kind=3)) == []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EntryFilter(verdict="failed"), "ix_mirrored_entry_noteworthy"),
        (EntryFilter(kind=3), "ix_mirrored_entry_rare_kind"),
    ],
)
def test_rare_entries_are_found_by_their_own_index(filled: Database, wanted: EntryFilter, index: str) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(
        filled.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, parameters, *_more: asked.append((statement, parameters)),
    )
    positions(filled, wanted)
    statement, parameters = next(each for each in asked if "mirrored_entry.position \n" in each[0])
    with filled.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        connection.execute(text("SELECT 1"))
    assert index in str(plan)
