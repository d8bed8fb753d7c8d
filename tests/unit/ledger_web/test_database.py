import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ledger_api import migrations
from ledger_api.identity.models import Institution
from ledger_web.database import BUSY_TIMEOUT_MS, Database
from ledger_web.errors import StartRefused


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    migrations.upgrade(database)
    return database


def _institution(number: int) -> Institution:
    return Institution(number=number, name_zh="甲", name_en="A", roles=1, created_at=1)


def _count(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM institution")).scalar_one())


def test_a_commit_survives_power_loss(database: Database) -> None:
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_the_database_file_is_its_owners_alone(database: Database) -> None:
    path = Path(str(database.engine.url.database))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_unit_of_work_commits_as_a_whole(database: Database) -> None:
    with database.writing() as session:
        session.add(_institution(1))
        session.add(_institution(2))
    assert _count(database) == 2


def test_a_unit_of_work_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="on purpose"), database.writing() as session:
        session.add(_institution(1))
        session.flush()
        raise ValueError("on purpose")
    assert _count(database) == 0


def test_a_reading_session_never_commits(database: Database) -> None:
    with database.reading() as session:
        session.add(_institution(1))
        session.flush()
    assert _count(database) == 0


def test_writers_queue_up_instead_of_failing_half_way(database: Database) -> None:
    """Read, then write, in many threads at once: deferred transactions would fail with a stale snapshot."""
    failures: list[Exception] = []

    def add(number: int) -> None:
        try:
            with database.writing() as session:
                session.execute(text("SELECT count(*) FROM institution")).scalar_one()
                session.add(_institution(number))
        except Exception as failure:  # noqa: BLE001 - collected for the assertion
            failures.append(failure)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 31)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert _count(database) == 30


def test_a_writer_that_fails_gives_its_turn_back(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError), database.writing() as session:
            session.add(_institution(0))
    started = time.monotonic()
    with database.writing() as session:
        session.add(_institution(1))
    assert time.monotonic() - started < BUSY_TIMEOUT_MS / 1000
    assert _count(database) == 1


def test_an_unused_or_abandoned_writing_session_holds_nobody_up(database: Database) -> None:
    with database.open_writing_session():
        pass
    with database.open_writing_session() as abandoned:
        abandoned.add(_institution(1))
        abandoned.flush()
    with database.writing() as session:
        session.add(_institution(2))
    assert _count(database) == 1


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite://", "sqlite:///:memory:", "oracle9://x/y", "mysql+mysqldb://x/y"]
)
def test_a_database_that_cannot_keep_records_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="RXLEDGER_DATABASE_URL"):
        Database(url)


def test_a_folder_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StartRefused, match="RXLEDGER_DATABASE_URL"):
        Database(f"sqlite:///{tmp_path / 'file' / 'gateway.db'}")
