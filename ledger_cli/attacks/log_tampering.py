"""Rewriting a log in the running gateway's database, and putting it back exactly.

A rewritten log is consistent in itself: positions without gaps, tiles and head made anew, so that the gateway
serves it without noticing. What the gateway accepts in the meantime isn't lost: at the end it goes back to
pending, and gets its position in the true log.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, func, insert, inspect, select, update
from sqlmodel import Session, SQLModel, col

from ledger_api.anchoring.models import CheckpointState, LogCheckpoint
from ledger_api.log.models import LogEntry, LogHead, LogTile
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import StoredTiles
from ledger_api.records.models import StoredRecord
from ledger_api.records.sealing import OpenedRecord
from ledger_api.signing.authorships import build_authorships
from ledger_cli.attacks.insider import Insider
from ledger_cli.keyfiles import new_private_key
from ledger_proofs import tiles
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Domain
from ledger_proofs.entries import Entry
from ledger_proofs.records import record_from_json
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.types import Hash, RecordKey
from ledger_web.database import Database

Rewrite = Callable[[Session, list[int]], list[int]]
"""Takes the ids of a log's entries in their order, and gives back the order that they shall have."""


@dataclass(frozen=True)
class LogCopy:
    """A log's rows as they stood, by column."""

    head: dict[str, Any]
    entries: tuple[dict[str, Any], ...]
    tiles: tuple[dict[str, Any], ...]
    checkpoints: frozenset[int]
    known: frozenset[tuple[str, int]]
    """Record and window of all entries that had been given a place, a forged one's too."""

    @property
    def ids(self) -> list[int]:
        """The entries' ids in the order of their positions."""
        return [row["id"] for row in self.entries]

    def for_journal(self, log: int) -> dict[str, Any]:
        """The copy as the journal keeps it."""
        return {
            "log": log,
            "head": self.head,
            "entries": list(self.entries),
            "tiles": list(self.tiles),
            "checkpoints": sorted(self.checkpoints),
            "known": sorted(self.known),
        }

    @classmethod
    def from_journal(cls, kept: dict[str, Any]) -> LogCopy:
        """The copy that the journal kept."""
        return cls(
            kept["head"],
            tuple(kept["entries"]),
            tuple(kept["tiles"]),
            frozenset(kept["checkpoints"]),
            frozenset((str(record), int(window)) for record, window in kept["known"]),
        )


@contextmanager
def log_rewritten(insider: Insider, log: int, rewrite: Rewrite) -> Iterator[None]:
    """Rewrite a log; at the end everything stands as it stood."""
    with ExitStack() as noted:
        with insider.database.writing() as session:
            before = _copy_log(session, log)
            put_back = partial(put_back_log, insider.database, log, before)
            _place(session, log, rewrite(session, before.ids))
            _rebuild(session, log)
            # Written down last before the change is committed: without it nothing has to be put back.
            noted.enter_context(insider.journal.noted("log", before.for_journal(log), put_back))
        yield


def remove_entry(position: int) -> Rewrite:
    """Delete the entry at a position; the later ones move down."""

    def rewrite(session: Session, ids: list[int]) -> list[int]:
        session.connection().execute(delete(LogEntry).where(col(LogEntry.id) == ids[position]))
        return [*ids[:position], *ids[position + 1 :]]

    return rewrite


def insert_entry(forged: int, position: int) -> Rewrite:
    """Give an entry that is there without a position this one; the later ones move up."""

    def rewrite(_session: Session, ids: list[int]) -> list[int]:
        return [*ids[:position], forged, *ids[position:]]

    return rewrite


@contextmanager
def forged_prescription(insider: Insider, log: int, record_id: str, domain: Domain) -> Iterator[int]:
    """A prescription that never was: another's content under a new id, signed by nobody's key.

    Gives its entry's id, which has no position yet; record and entry are deleted at the end.
    """
    record, entry = _forge(insider, log, record_id, domain)
    delete_it = partial(delete_forged, insider.database, record["id"])
    with insider.journal.noted("forged", {"record_id": record["id"]}, delete_it):
        yield _keep_forged(insider, record, entry)


def delete_forged(database: Database, record_id: str) -> None:
    """Delete a forged prescription, its entry and its record."""
    with database.writing() as session:
        session.connection().execute(delete(LogEntry).where(col(LogEntry.record_id) == record_id))
        session.connection().execute(delete(StoredRecord).where(col(StoredRecord.id) == record_id))


def _forge(
    insider: Insider, log: int, record_id: str, domain: Domain
) -> tuple[dict[str, Any], dict[str, Any]]:
    opened = insider.open_record(record_id)
    document: dict[str, Any] = dict(opened.record.as_json()) | {"id": str(uuid.uuid4())}
    forged = OpenedRecord(record_from_json(document), RecordKey(secrets.token_bytes(32)))
    committed = build_commitment(document, forged.record_key)
    act = build_authorships(forged, committed.commitment)[0]
    key = new_private_key()
    signature = sign_digest(act.digest(domain), key)
    entry = Entry(
        act.kind,
        act.record,
        author_hash(signature),
        act.claim_count,
        act.not_before,
        act.not_after,
        act.terms,
    )
    sealed = insider.seal_new(forged, committed.commitment)
    with insider.database.reading() as session:
        template = _rows(session, StoredRecord, col(StoredRecord.id) == record_id)[0]
    record = template | {
        "id": document["id"],
        "commitment": committed.commitment,
        "leaf_hashes": b"".join(committed.leaves),
        "content": sealed.content,
        "wrapped_key": sealed.wrapped_key,
    }
    del record["sequence"]
    row = {
        "log": log,
        # A place of its own until it is moved: an entry without one would be placed by the gateway.
        "position": -1,
        "record_id": document["id"],
        "window": 0,
        "entry": entry.to_bytes(),
        "leaf_hash": entry.leaf_hash(),
        "signature": signature,
        "signer": address_of_key(key),
        "accepted_at": template["accepted_at"],
        "logged_at": template["accepted_at"],
    }
    return record, row


def _keep_forged(insider: Insider, record: dict[str, Any], entry: dict[str, Any]) -> int:
    with insider.database.writing() as session:
        session.connection().execute(insert(StoredRecord).values(**record))
        kept = session.connection().execute(insert(LogEntry).values(**entry))
        identifier: int = kept.inserted_primary_key[0]  # type: ignore[index] # an insert always gives one
        return identifier


def _copy_log(session: Session, log: int) -> LogCopy:
    placed = _rows(session, LogEntry, col(LogEntry.log) == log, col(LogEntry.position).is_not(None))
    entries = sorted((row for row in placed if row["position"] >= 0), key=lambda row: int(row["position"]))
    checkpoints = _rows(session, LogCheckpoint, col(LogCheckpoint.log) == log)
    return LogCopy(
        _rows(session, LogHead, col(LogHead.log) == log)[0],
        tuple(entries),
        tuple(_rows(session, LogTile, col(LogTile.log) == log)),
        frozenset(row["id"] for row in checkpoints),
        frozenset(map(_key_of, placed)),
    )


def _place(session: Session, log: int, ids: Sequence[int]) -> None:
    """Give these entries the positions from 0 on; no two ever hold the same one meanwhile."""
    connection = session.connection()
    _lift_all(session, log)
    for position, identifier in enumerate(ids):
        connection.execute(update(LogEntry).where(col(LogEntry.id) == identifier).values(position=position))


def _lift_all(session: Session, log: int) -> None:
    session.connection().execute(
        update(LogEntry)
        .where(col(LogEntry.log) == log, col(LogEntry.position).is_not(None))
        .values(position=-col(LogEntry.id) - 1)
    )


def _rebuild(session: Session, log: int) -> None:
    """Make tiles and head anew from the entries as they stand now."""
    session.connection().execute(delete(LogTile).where(col(LogTile.log) == log))
    leaves = session.connection().execute(
        select(LogEntry.leaf_hash)  # type: ignore[call-overload] # a mapped column
        .where(col(LogEntry.log) == log, col(LogEntry.position) >= 0)
        .order_by(col(LogEntry.position))
    )
    hashes = [Hash(row[0]) for row in leaves]
    stored = StoredTiles(LogRepository(session), log)
    for tile in tiles.new_tiles(stored.read_tile, 0, hashes):
        stored.save(tile)
    session.flush()
    size, root = len(hashes), stored.root_at(len(hashes))
    # It claims that the chain holds all of it, as a gateway that hides something would.
    session.connection().execute(
        update(LogHead)
        .where(col(LogHead.log) == log)
        .values(size=size, root=root, anchored_size=size, final_size=size)
    )


def put_back_log(database: Database, log: int, before: LogCopy) -> None:
    """Make a log stand again as it stood."""
    with database.writing() as session:
        _put_back(session, log, before)


def _put_back(session: Session, log: int, before: LogCopy) -> None:
    connection = session.connection()
    _lift_all(session, log)
    lifted = _rows(session, LogEntry, col(LogEntry.log) == log, col(LogEntry.position) < 0)
    _let_wait_again(session, [row for row in lifted if _key_of(row) not in before.known], before.ids)
    present = {_key_of(row) for row in lifted}
    for row in before.entries:
        if _key_of(row) in present:
            connection.execute(update(LogEntry).where(col(LogEntry.id) == row["id"]).values(**row))
        else:
            connection.execute(insert(LogEntry).values(**row))
    connection.execute(delete(LogTile).where(col(LogTile.log) == log))
    for tile in before.tiles:
        connection.execute(insert(LogTile).values(**tile))
    connection.execute(update(LogHead).where(col(LogHead.log) == log).values(**before.head))
    _forget_checkpoints(session, log, before.checkpoints)


def _let_wait_again(session: Session, newcomers: Sequence[dict[str, Any]], ids: Sequence[int]) -> None:
    """What was accepted meanwhile waits again, for its position in the true log.

    SQLite gives a deleted row's id out again, so that a newcomer may stand where the removed entry stood.
    """
    largest = session.connection().execute(select(func.max(col(LogEntry.id)))).scalar_one() or 0
    free = max(largest, *ids) + 1
    for row in newcomers:
        moved = {"id": free} if row["id"] in ids else {}
        free += len(moved)
        waiting = update(LogEntry).where(col(LogEntry.id) == row["id"])
        session.connection().execute(waiting.values(position=None, logged_at=None, **moved))


def _key_of(row: dict[str, Any]) -> tuple[str, int]:
    """What an entry is, whatever its row's id."""
    return str(row["record_id"]), int(row["window"])


def _forget_checkpoints(session: Session, log: int, known: frozenset[int]) -> None:
    """Delete checkpoints that the gateway meant to anchor of the rewritten log: the chain took none."""
    for row in _rows(session, LogCheckpoint, col(LogCheckpoint.log) == log):
        if row["id"] not in known and row["state"] == CheckpointState.INTENDED:
            session.connection().execute(delete(LogCheckpoint).where(col(LogCheckpoint.id) == row["id"]))


def _rows(session: Session, table: type[SQLModel], *wanted: Any) -> list[dict[str, Any]]:
    columns = inspect(table).local_table
    found = session.connection().execute(select(columns).where(*wanted))
    return [dict(row._mapping) for row in found]
