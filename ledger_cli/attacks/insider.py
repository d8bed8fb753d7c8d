"""The insider: whoever runs the hospital's gateway, with its database and its keystore open.

Everything here is really written, into the database of the gateway that is running. Whatever is changed is
put back when the `with` ends, or, where the process was killed, from the journal at the next start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from ledger_api.anchoring.chain import Receipt
from ledger_api.anchoring.node import NodeChain
from ledger_api.config import Settings
from ledger_api.identity.models import Person
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.log.models import LogEntry, LogHead
from ledger_api.records.models import StoredRecord
from ledger_api.records.sealing import OpenedRecord, RecordVault, SealedRecord
from ledger_api.signing.models import Preparation
from ledger_cli.attacks.undo_journal import UndoJournal
from ledger_cli.errors import CouldNotCheck
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.records import record_from_json
from ledger_proofs.types import Address, Commitment, Hash, LogId, RecordKey, institution_of
from ledger_web.database import Database

QUIET_SECONDS = 20.0
RECEIPT_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Sealed:
    """The two columns that hide a record: its encrypted content and its wrapped key."""

    content: bytes
    wrapped_key: bytes


class Insider:
    """One gateway's database and keystore, opened beside the gateway."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url)
        self.journal = UndoJournal(settings.home)
        self.keystore = FileKeystore.open(settings.keystore, settings.keystore_passphrase.get_secret_value())
        self._vault = RecordVault(self.keystore)

    def __enter__(self) -> Insider:
        """The insider."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.database.close()

    def open_record(self, record_id: str) -> OpenedRecord:
        """Read a patient's prescription, as whoever holds database and keystore can."""
        stored = self._get_record(record_id)
        return self._vault.open(
            SealedRecord(
                stored.id,
                stored.institution,
                Commitment(stored.commitment),
                stored.content or b"",
                stored.wrapped_key or b"",
            )
        )

    def read_sealed(self, record_id: str) -> Sealed:
        """The sealed columns of a record as they are stored."""
        stored = self._get_record(record_id)
        return Sealed(stored.content or b"", stored.wrapped_key or b"")

    def seal_anew(
        self, record_id: str, alter: Callable[[dict[str, Any]], None], key: RecordKey | None = None
    ) -> Sealed:
        """The record's sealed form after an alteration, encrypted properly under its own key or another."""
        opened = self.open_record(record_id)
        document: dict[str, Any] = dict(opened.record.as_json())
        alter(document)
        altered = OpenedRecord(record_from_json(document), key or opened.record_key)
        sealed = self._vault.seal(altered, Commitment(self._get_record(record_id).commitment))
        return Sealed(sealed.content, sealed.wrapped_key)

    def seal_new(self, opened: OpenedRecord, commitment: Commitment) -> Sealed:
        """The sealed form of a record of the insider's own making."""
        sealed = self._vault.seal(opened, commitment)
        return Sealed(sealed.content, sealed.wrapped_key)

    @contextmanager
    def sealed_replaced(self, record_id: str, sealed: Sealed) -> Iterator[None]:
        """Write these columns over a record's; at the end what stood there stands there again."""
        before = self.read_sealed(record_id)
        kept = {"record_id": record_id, "content": before.content, "wrapped_key": before.wrapped_key}
        with self.journal.noted("sealed", kept, lambda: write_sealed(self.database, record_id, before)):
            write_sealed(self.database, record_id, sealed)
            yield

    @contextmanager
    def signing_address_replaced(self, username: str, institution: int, address: Address) -> Iterator[None]:
        """Register another key for a doctor at the gateway; at the end hers is registered again."""
        before = self._read_address(username, institution)
        kept = {"username": username, "institution": institution, "address": before}

        def register(registered: str | None) -> None:
            write_address(self.database, username, institution, registered)

        with self.journal.noted("address", kept, lambda: register(before)):
            register("0x" + address.hex())
            yield

    def age_preparation(self, preparation_id: str, seconds: int) -> None:
        """Make what was prepared look as if it had lain there; housekeeping clears it."""
        with self.database.writing() as session:
            row = session.get(Preparation, preparation_id)
            if row is not None:
                row.issued_at -= seconds

    def list_leaves(self, log: int, size: int) -> list[Hash]:
        """The leaf hashes of a log's first `size` entries."""
        with self.database.reading() as session:
            leaves = session.exec(
                select(LogEntry.leaf_hash)
                .where(LogEntry.log == log, col(LogEntry.position) < size)
                .order_by(col(LogEntry.position))
            ).all()
        return [Hash(leaf) for leaf in leaves]

    def await_quiet(self, log: int) -> None:
        """Wait until the chain holds all of a log, so that the gateway itself has nothing to send."""
        ends_at = time.monotonic() + QUIET_SECONDS
        while not self._is_quiet(log):
            if time.monotonic() > ends_at:
                raise CouldNotCheck(
                    "attack.not_quiet",
                    "the gateway is still anchoring; wait a moment and try again",
                    "网关仍在锚定；请稍候再试",
                )
            time.sleep(POLL_SECONDS)

    def anchor(
        self, node: NodeChain, log: LogId, size: int, root: Hash, proof: list[Hash]
    ) -> tuple[Receipt, Checkpoint | None]:
        """Send a real anchoring transaction, signed with the institution's own key; what became of it."""
        institution = institution_of(log)
        account = Address(self.keystore.anchoring_address(institution))
        nonce = node.mined_nonce(account)
        unsigned = node.build_anchoring(nonce, (log, size, root), proof)
        signed = self.keystore.sign_transaction(institution, unsigned)
        node.send(signed, account, nonce)
        ends_at = time.monotonic() + RECEIPT_SECONDS
        while (receipt := node.find_receipt(Hash(signed.hash))) is None:
            if time.monotonic() > ends_at:
                raise CouldNotCheck(
                    "attack.not_mined", "the chain didn't take the transaction up", "链未收录该交易"
                )
            time.sleep(POLL_SECONDS)
        return receipt, node.find_checkpoint(log, size)

    def _is_quiet(self, log: int) -> bool:
        with self.database.reading() as session:
            head = session.get(LogHead, log, populate_existing=True)
            pending = session.exec(
                select(LogEntry.id).where(LogEntry.log == log, col(LogEntry.position).is_(None)).limit(1)
            ).first()
        return pending is None and (head is None or head.final_size == head.size)

    def _get_record(self, record_id: str) -> StoredRecord:
        with self.database.reading() as session:
            return session.exec(select(StoredRecord).where(StoredRecord.id == record_id)).one()

    def _read_address(self, username: str, institution: int) -> str | None:
        with self.database.reading() as session:
            return _get_person(session, username, institution).signing_address


def write_sealed(database: Database, record_id: str, sealed: Sealed) -> None:
    """Write the sealed columns of a record."""
    with database.writing() as session:
        row = session.exec(select(StoredRecord).where(StoredRecord.id == record_id)).one()
        row.content, row.wrapped_key = sealed.content, sealed.wrapped_key


def write_address(database: Database, username: str, institution: int, address: str | None) -> None:
    """Register a signing address for a doctor at the gateway."""
    with database.writing() as session:
        _get_person(session, username, institution).signing_address = address


def _get_person(session: Session, username: str, institution: int) -> Person:
    return session.exec(
        select(Person).where(Person.username == username, Person.institution == institution)
    ).one()
