"""Putting back what a killed attack left changed, from the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ledger_cli.attacks.insider import Sealed, write_address, write_sealed
from ledger_cli.attacks.log_tampering import LogCopy, delete_forged, put_back_log
from ledger_cli.attacks.undo_journal import UndoJournal
from ledger_web.database import Database


def put_back_unfinished(home: Path, database_url: str) -> int:
    """Put everything back that the journal names, the latest first; return how much that was.

    To be called while no gateway runs. Killed in between it goes on the next time: each item can be put back
    twice without harm.
    """
    journal = UndoJournal(home)
    items = journal.read()
    if not items:
        return 0
    database = Database(database_url)
    try:
        for item in reversed(items):
            _put_back(database, item["kind"], item["before"])
            journal.forget(item["name"])
    finally:
        database.close()
    return len(items)


def _put_back(database: Database, kind: str, before: dict[str, Any]) -> None:
    match kind:
        case "log":
            put_back_log(database, before["log"], LogCopy.from_journal(before))
        case "forged":
            delete_forged(database, before["record_id"])
        case "sealed":
            write_sealed(database, before["record_id"], Sealed(before["content"], before["wrapped_key"]))
        case "address":
            write_address(database, before["username"], before["institution"], before["address"])
        case _:
            raise ValueError(f"the journal of attacks names something unknown: {kind}")
