"""The database: engine and units of work.

SQLite runs in WAL mode with `synchronous=FULL`: a commit that returned survives power loss. PostgreSQL takes
the same models and queries. Times are whole Unix seconds in 64-bit integers, so both databases hold the same
values.

A unit of work is `with database.writing() as session:` (commits at the end, rolls back on any exception) or
`with database.reading() as session:` (never commits). On SQLite a writing unit takes the write lock with its
first statement (BEGIN IMMEDIATE), so that it can't fail half-way because another writer came first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Integer, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from ledger_web.errors import StartRefused

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 24
POOL_OVERFLOW = 40  # more than the server's 40 worker threads together with the engines' threads ever hold
_WRITES = "rxledger_writes"

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}

SequenceId = BigInteger().with_variant(Integer, "sqlite")
"""Column type of a database-given ascending id: SQLite counts up only its own INTEGER primary key."""


class Database:
    """One database and its connections. Safe to share between threads.

    `settings_prefix` begins the names of the service's settings, for what is said when `url` doesn't do.
    """

    def __init__(self, url: str, settings_prefix: str = "RXLEDGER_") -> None:
        self.engine = _create_engine(url, settings_prefix + "DATABASE_URL")
        self._writing_engine = self.engine.execution_options(**{_WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session for reading. Whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a unit of work: committed at the end, rolled back on any exception."""
        with Session(self._writing_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def open_writing_session(self) -> Session:
        """Open a session whose owner commits it. Not committed means rolled back."""
        return Session(self._writing_engine, expire_on_commit=False)

    def verify_answers(self) -> None:
        """Return when the database answers; raises SQLAlchemyError otherwise."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all idle connections."""
        self.engine.dispose()


def _create_engine(url: str, setting: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _create_sqlite_engine(url, parsed.database, setting)
        return create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_pre_ping=True)
    except ModuleNotFoundError as fault:
        raise StartRefused(
            f"{setting} names a database whose driver is not installed: {fault.name}"
        ) from None
    except ArgumentError:
        raise StartRefused(
            f"{setting} is not a database address. Use sqlite:////path/to/file or postgresql+psycopg://..."
        ) from None


def _create_sqlite_engine(url: str, path: str | None, setting: str) -> Engine:
    if path is None or path in ("", ":memory:"):
        raise StartRefused(f"{setting} names a database in memory: records must survive, name a file")
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise StartRefused(
            f"The database file {file} can't be made ({error.strerror}). Check {setting}, and the"
            " rights of its folder."
        ) from None
    engine = create_engine(
        url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _configure_sqlite)
    turn = _WriteTurn()
    event.listen(engine, "begin", turn.begin)
    event.listen(engine, "checkin", turn.give_back)
    return engine


def _configure_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not open transactions by itself
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


class _WriteTurn:
    """Lets this process's writers in one after the other.

    SQLite's own lock is taken by polling, so that under load a writer can starve; here the waiting are woken.
    The turn is taken with a writing transaction's BEGIN and given back with its connection. Other processes
    are still kept out by SQLite.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: Connection) -> None:
        if not connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise PoolTimeout("no turn to write came in time")
        connection.info[_WRITES] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def give_back(self, _connection: Any, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop(_WRITES, False):
            self._turn.release()
