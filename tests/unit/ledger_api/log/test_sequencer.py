"""The sequencer on a real SQLite file: gapless positions, and tiles that lead to the root."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger_api import migrations
from ledger_api.crash_points import CrashPoints
from ledger_api.identity.models import Institution
from ledger_api.log.errors import TileNotFound
from ledger_api.log.heads import build_empty_head
from ledger_api.log.models import LogEntry
from ledger_api.log.progress import EntryStatus, slowest, status_at
from ledger_api.log.queue_state import read_queue
from ledger_api.log.repository import LogRepository
from ledger_api.log.sequencer import HeadMoved, Sequencer, place_batch
from ledger_api.log.tiles import StoredTiles, TileTooNarrow, get_tile_bytes
from ledger_api.records.models import StoredRecord
from ledger_proofs import merkle
from ledger_proofs.tiles import inclusion_proof_from_tiles, parse_entry_bundle, parse_tile_path
from ledger_proofs.types import Hash
from ledger_web.database import Database
from tests.factories import seeded_bytes

NOW = 1_800_000_000
LOG = 1 << 32 | 1


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'log.db'}")
    migrations.upgrade(database)
    with database.writing() as session:
        hospital = Institution(number=1, name_zh="医院", name_en="Hospital", roles=1, created_at=NOW)
        session.add(hospital)
        session.flush()
        LogRepository(session).add_head(build_empty_head(hospital))
    yield database
    database.close()


def _entry(number: int) -> bytes:
    return seeded_bytes(f"entry {number}", 224)


def _accept(database: Database, first: int, count: int, log: int = LOG) -> None:
    """Accept records, each with one entry."""
    with database.writing() as session:
        for number in range(first, first + count):
            session.add(
                StoredRecord(
                    id=f"{number:036d}",
                    institution=1,
                    kind=1,
                    schema_name="rx.prescription/1",
                    commitment=seeded_bytes(f"commitment {number}"),
                    issued_at=NOW,
                    author_id="a doctor",
                    accepted_at=NOW + number,
                    leaf_hashes=b"",
                )
            )
        session.flush()
        LogRepository(session).add_entries(
            [
                LogEntry(
                    log=log,
                    record_id=f"{number:036d}",
                    window=0,
                    entry=_entry(number),
                    leaf_hash=merkle.leaf_hash(_entry(number)),
                    signature=bytes(65),
                    signer=bytes(20),
                    accepted_at=NOW + number,
                )
                for number in range(first, first + count)
            ]
        )


def _sequencer(database: Database) -> Sequencer:
    return Sequencer(database, lambda: NOW, CrashPoints())


def test_positions_follow_acceptance_and_the_root_is_that_of_all_leaves(database: Database) -> None:
    placed = 0
    for size in (1, 2, 3, 250, 1, 255, 300):  # across tile borders at 256 and 512, and within
        _accept(database, placed, size)
        assert _sequencer(database).place_pending() == size
        placed += size
        with database.reading() as session:
            repository = LogRepository(session)
            head = repository.find_head(LOG)
            assert head is not None
            leaves = [merkle.leaf_hash(_entry(number)) for number in range(placed)]
            assert (head.size, head.root) == (placed, merkle.root(leaves))
            assert repository.list_entry_bytes(LOG, 0, placed) == [_entry(n) for n in range(placed)]
            stored = StoredTiles(repository, LOG)
            for index in (0, placed // 2, placed - 1):
                path = inclusion_proof_from_tiles(stored.read_tile, placed, index)
                merkle.verify_inclusion(leaves[index], index, placed, path, Hash(head.root))
    assert _sequencer(database).place_pending() == 0


def test_older_sizes_stay_provable_from_the_same_tiles(database: Database) -> None:
    _accept(database, 0, 600)
    _sequencer(database).place_pending()
    leaves = [merkle.leaf_hash(_entry(number)) for number in range(600)]
    with database.reading() as session:
        stored = StoredTiles(LogRepository(session), LOG)
        for size in (1, 2, 255, 256, 257, 511, 512, 600):
            assert stored.root_at(size) == merkle.root(leaves[:size])


def test_a_batch_is_bounded_and_the_rest_follows(database: Database) -> None:
    _accept(database, 0, 10)
    for expected in (4, 4, 2, 0):
        with database.writing() as session:
            assert place_batch(session, LOG, NOW, limit=4) == expected
    with database.reading() as session:
        assert len(LogRepository(session).list_entry_bytes(LOG, 0, 10)) == 10


def test_a_head_that_moved_meanwhile_rolls_the_batch_back(database: Database) -> None:
    """As a second sequencer would move it, had the database let it in."""
    _accept(database, 0, 3)
    with database.writing() as session:
        session.execute(text("UPDATE log_head SET is_open = false"))
    with pytest.raises(HeadMoved), database.writing() as session:
        place_batch(session, LOG, NOW)
    with database.reading() as session:
        repository = LogRepository(session)
        assert len(repository.list_pending(LOG, 10)) == 3
        assert repository.find_tile(LOG, 0, 0) is None


def test_two_sequencers_at_once_leave_no_gap_and_no_double(database: Database) -> None:
    _accept(database, 0, 200)

    def place_all() -> None:
        while True:
            with database.writing() as session:
                if place_batch(session, LOG, NOW, limit=7) == 0:
                    return

    threads = [threading.Thread(target=place_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.reading() as session:
        head = LogRepository(session).find_head(LOG)
        assert head is not None
        entries = LogRepository(session).list_entry_bytes(LOG, 0, 200)
        assert head.root == merkle.root([merkle.leaf_hash(entry) for entry in entries])
        assert len(entries) == 200


def test_the_database_refuses_a_position_given_twice(database: Database) -> None:
    _accept(database, 0, 2)
    with pytest.raises(Exception, match="UNIQUE constraint failed"), database.writing() as session:
        session.execute(text("UPDATE log_entry SET position = 0"))


def test_a_lost_tile_is_noticed_rather_than_papered_over(database: Database) -> None:
    _accept(database, 0, 3)
    _sequencer(database).place_pending()
    with database.writing() as session:
        session.execute(text("UPDATE log_tile SET hashes = substr(hashes, 1, 64)"))
    _accept(database, 3, 1)
    with pytest.raises(TileTooNarrow):
        _sequencer(database).place_pending()


def test_a_damaged_log_does_not_hold_up_the_others(database: Database) -> None:
    with database.writing() as session:
        other = Institution(number=2, name_zh="", name_en="", roles=1, created_at=NOW)
        session.add(other)
        session.flush()
        LogRepository(session).add_head(build_empty_head(other))
    _accept(database, 0, 3)
    _sequencer(database).place_pending()
    with database.writing() as session:
        session.execute(text("DELETE FROM log_tile"))
    _accept(database, 3, 1)
    _accept(database, 4, 2, log=2 << 32 | 1)
    with pytest.raises(TileTooNarrow):
        _sequencer(database).place_pending()
    with database.reading() as session:
        head = LogRepository(session).find_head(2 << 32 | 1)
        assert head is not None
        assert head.size == 2


@pytest.mark.parametrize(
    ("path", "is_there"),
    [
        ("tile/0/000", True),
        ("tile/0/001.p/44", True),
        ("tile/0/001.p/45", False),
        ("tile/0/001", False),
        ("tile/1/000.p/1", True),
        ("tile/1/000.p/2", False),
        ("tile/2/000.p/1", False),
        ("tile/entries/000", True),
        ("tile/entries/001.p/44", True),
        ("tile/entries/001.p/45", False),
        ("tile/63/000.p/1", False),
    ],
)
def test_tiles_are_served_as_far_as_the_log_goes(database: Database, path: str, is_there: bool) -> None:
    _accept(database, 0, 300)
    _sequencer(database).place_pending()
    parsed = parse_tile_path(path)
    with database.reading() as session:
        repository = LogRepository(session)
        if not is_there:
            with pytest.raises(TileNotFound):
                get_tile_bytes(repository, LOG, 300, parsed)
            return
        content = get_tile_bytes(repository, LOG, 300, parsed)
    if parsed.level is None:
        first = parsed.index * 256
        entries = [_entry(number) for number in range(first, first + parsed.width)]
        assert parse_entry_bundle(content, parsed.width) == entries
    else:
        assert len(content) == 32 * parsed.width


def test_the_queue_is_counted_by_status(database: Database) -> None:
    _accept(database, 0, 5)
    _sequencer(database).place_pending()
    _accept(database, 5, 2)
    with database.writing() as session:
        repository = LogRepository(session)
        repository.set_anchored_size(LOG, 3)
        repository.set_final_size(LOG, 1)
    with database.reading() as session:
        queue = read_queue(session)
    assert queue.depths == {EntryStatus.PENDING: 2, EntryStatus.LOGGED: 2, EntryStatus.ANCHORED: 2}
    assert queue.oldest_accepted_at == NOW + 3


def test_a_status_follows_from_position_and_head() -> None:
    hospital = Institution(number=1, name_zh="", name_en="", roles=1, created_at=0)
    head = build_empty_head(hospital)
    assert head.root == hashlib.sha256(b"").digest()
    head.size, head.anchored_size, head.final_size = 9, 6, 3
    statuses = [status_at(position, head) for position in (None, 0, 2, 3, 5, 6, 8)]
    assert statuses == ["pending", "final", "final", "anchored", "anchored", "logged", "logged"]
    assert slowest(statuses) is EntryStatus.PENDING
    assert slowest(statuses[1:]) is EntryStatus.LOGGED
