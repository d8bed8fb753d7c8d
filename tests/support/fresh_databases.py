"""Databases with their schema and nothing in them, laid down as a copy of one that was migrated once.

Applying every schema change anew takes longer than most tests. The changes have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger_web.database import Database

Prepare = Callable[[Database], None]


def lay_fresh_database(url: str, prepare: Prepare) -> None:
    """Lay a migrated, empty file where a SQLite address names one that isn't there yet."""
    file = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_bytes(_migrate(prepare))


@cache
def _migrate(prepare: Prepare) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fresh.db"
        database = Database(f"sqlite:///{file}")
        prepare(database)
        database.close()
        return file.read_bytes()
