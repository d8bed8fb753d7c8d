"""The sequencer: gives accepted entries their positions, one after another and without gaps.

One batch is one transaction: positions, tiles, size and root of the head become visible together or not
at all. The head is moved by compare-and-set, so that even a second sequencer could neither skip nor double a
position.
"""

from collections.abc import Sequence

from sqlmodel import Session

from ledger_api.crash_points import CrashPoints
from ledger_api.log.models import LogEntry, LogHead
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import StoredTiles, TileTooNarrow
from ledger_proofs import tiles
from ledger_proofs.types import Hash
from ledger_web.clock import Clock
from ledger_web.database import Database

LARGEST_BATCH = 2_000
"""Entries placed in one transaction: bounds how long the write lock is held."""
IDLE_SECONDS = 5.0
"""How long to sleep when nothing is pending. Submitting wakes the sequencer, so this is only a safety net."""


class HeadMoved(Exception):
    """Another sequencer moved the head meanwhile; the batch is rolled back and tried again."""

    code = "log.head_moved"


class Sequencer:
    """Places pending entries of all logs."""

    def __init__(self, database: Database, clock: Clock, crash_points: CrashPoints) -> None:
        self._database = database
        self._clock = clock
        self._crash_points = crash_points

    def place_pending(self) -> int:
        """Place up to one batch per log; return how many entries got their position.

        Raises what went wrong with a log, once all the others had their turn.
        """
        with self._database.reading() as session:
            logs = LogRepository(session).list_logs_with_pending()
        placed, failure = 0, None
        for log in logs:
            try:
                with self._database.writing() as session:
                    placed += place_batch(session, log, self._clock())
            except (HeadMoved, TileTooNarrow) as one_logs_own:
                failure = one_logs_own
                continue
            self._crash_points.reach("sequenced")
        if failure is not None:
            raise failure
        return placed


def place_batch(session: Session, log: int, now: int, limit: int = LARGEST_BATCH) -> int:
    """Place the pending entries of one log within the caller's unit of work; return how many.

    Raises HeadMoved when the log's head isn't where it was read, or the log is closed.
    """
    repository = LogRepository(session)
    head = repository.find_head(log)
    entries = repository.list_pending(log, limit)
    if head is None or not entries:
        return 0
    root = _extend_tiles(repository, head, entries)
    new_size = head.size + len(entries)
    if not repository.advance_head(log, head.size, new_size, root):
        raise HeadMoved(f"log {log} is no longer open at size {head.size}")
    for position, entry in enumerate(entries, start=head.size):
        entry.position = position
        entry.logged_at = now
    return len(entries)


def _extend_tiles(repository: LogRepository, head: LogHead, entries: Sequence[LogEntry]) -> bytes:
    stored = StoredTiles(repository, head.log)
    for tile in tiles.new_tiles(stored.read_tile, head.size, [Hash(entry.leaf_hash) for entry in entries]):
        stored.save(tile)
    return stored.root_at(head.size + len(entries))
