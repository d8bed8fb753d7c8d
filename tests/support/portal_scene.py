"""Records, acts and lots in a portal's database, without chain or gateway: what its rules and pages look at.

Rows come by the portal's own functions wherever there is one: events become rows as mirrored ones do, what is
disclosed is selected and kept as proven evidence is, and index and rules run as the worker runs them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger_chain.register_events import (
    Place,
    RegisterEvent,
)
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import DisclosedField, Disclosure, build_commitment
from ledger_proofs.entries import Entry
from ledger_proofs.types import ClaimKey, Commitment, Hash, JsonValue, RecordKey, log_id
from regulator_portal.linking.disclosing import select_members
from regulator_portal.linking.indexing import Indexing
from regulator_portal.linking.judging import Judging
from regulator_portal.linking.keeping import Disclosed, keep_disclosed
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.mirror.models import (
    CheckpointOutcome,
    EntryVerdict,
    LogState,
    MirroredLog,
    PinnedCheckpoint,
)
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.register.models import RegisterAct, RegisterState
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.register.rows import build_rows

HOSPITAL, PHARMACY, INSURER, MAKER, REGULATOR = 1, 2, 3, 4, 5
ZERO = Hash(bytes(32))
DAY = 86_400
MINUTE = 60


def digest(what: str) -> bytes:
    """32 bytes that stand for something."""
    return hashlib.sha256(what.encode()).digest()


def hex_of(value: bytes) -> str:
    """0x and hex."""
    return "0x" + value.hex()


@dataclass(frozen=True)
class Logged:
    """A record in a log, with what refers to it."""

    institution: int
    kind: int
    id: str
    commitment: Commitment
    not_before: int = 0

    def ref(self) -> dict[str, JsonValue]:
        """A reference to it (protocol 11)."""
        return {"institution": self.institution, "id": self.id, "commitment": hex_of(self.commitment)}

    def claim(self, ordinal: int) -> ClaimKey:
        """One of its claims."""
        return claim_key(self.institution, self.kind, self.commitment, self.not_before, ordinal)


@dataclass
class PortalScene:
    """What a test has put into a portal. Times are of `now` and before; blocks count up with each event.

    `contents`: each record by its id, with its key.
    """

    tools: Tools
    now: int
    block: int = 10
    logs: dict[int, int] = field(default_factory=dict)
    made: int = 0
    contents: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)

    def log(
        self,
        institution: int,
        kind: int,
        body: Mapping[str, JsonValue],
        *,
        terms: Hash = ZERO,
        claim_count: int = 0,
        at: int | None = None,
        verdict: EntryVerdict = EntryVerdict.PASSED,
        is_shown: bool = True,
        hidden: Sequence[str] = (),
    ) -> Logged:
        """Put a record into an institution's log, mirrored, and by default its evidence verified."""
        self.made += 1
        record_id = f"00000000-0000-4000-8000-{self.made:012d}"
        signed_at = self.now - 30 * MINUTE if at is None else at
        content: dict[str, Any] = {
            "schema": f"rx.kind{kind}/1",
            "id": record_id,
            "issuer": institution,
            "issued_at": "2026-11-22T01:00:00Z",
            "body": dict(body),
        }
        committed = build_commitment(content, RecordKey(digest(record_id)))
        self.contents[record_id] = (content, digest(record_id))
        window = signed_at - MINUTE if claim_count else 0
        entry = Entry(
            kind,
            committed.commitment,
            Hash(digest(f"author {record_id}")),
            claim_count,
            window,
            window + 3 * DAY if claim_count else 0,
            terms,
        )
        position = self._append(institution, entry, signed_at, verdict)
        if is_shown:
            shown = Disclosure(
                committed.pointers,
                committed.salts[0],
                committed.leaves,
                tuple(
                    DisclosedField(index, committed.values[index - 1], committed.salts[index])
                    for index in range(1, len(committed.pointers) + 1)
                    if committed.pointers[index - 1] not in hidden
                ),
            )
            self._show(institution, kind, entry, shown, position, signed_at)
        return Logged(institution, kind, record_id, committed.commitment, window)

    def _append(self, institution: int, entry: Entry, at: int, verdict: EntryVerdict) -> int:
        position = self.logs.get(institution, 0)
        self.logs[institution] = position + 1
        log = log_id(institution, 1)
        with self.tools.database.writing() as session:
            mirror = MirrorRepository(session)
            row = mirror.find_log(log) or MirroredLog(log=log, institution=institution, generation=1)
            row.state = LogState.PASSED
            row.size = row.verified_size = row.head_size = row.pinned_size = position + 1
            row.swept_size, row.as_of_block, row.head_anchored_at = position + 1, self.block, at
            row.checkpoint_count, row.checked_at = position + 1, self.now
            setattr(row, f"{verdict.value}_count", getattr(row, f"{verdict.value}_count") + 1)
            mirror.add(row)
            mirror.add_entries(
                [(log, position, entry.to_bytes(), entry.kind, bytes(entry.record), verdict.value)]
            )
            stored = mirror.get_entry(log, position)
            stored.as_of_block, stored.verified_at = self.block, self.now
            session.add(stored)
            mirror.add(
                PinnedCheckpoint(
                    log=log,
                    size=position + 1,
                    root=digest(f"root {log} {position}"),
                    previous_size=position,
                    anchored_at=at,
                    block_number=self.block,
                    block_hash=digest(f"block {self.block}"),
                    outcome=CheckpointOutcome.PASSED,
                    pinned_at=self.now,
                )
            )
        return position

    def _show(
        self, institution: int, kind: int, entry: Entry, shown: Disclosure, position: int, at: int
    ) -> None:
        with self.tools.database.writing() as session:
            disclosed = Disclosed(
                bytes(entry.record),
                institution,
                kind,
                log_id(institution, 1),
                position,
                at,
                bytes(entry.terms),
                digest(f"signer {institution} {kind}")[:20],
                at,
                select_members(kind, shown),
            )
            keep_disclosed(session, self.tools.clock, disclosed)

    def tell(self, event: RegisterEvent, at: int) -> None:
        """Let the register tell an event, in the block that it names."""
        with self.tools.database.writing() as session:
            links = LinkRepository(session, self.tools.clock)
            for row in build_rows(event, at):
                session.add(row)
                if isinstance(row, RegisterAct):
                    links.note_act(row)

    def place(self) -> Place:
        """The next block."""
        self.block += 1
        return Place(
            self.block, Hash(digest(f"block {self.block}")), Hash(digest(f"transaction {self.block}")), 0
        )

    def judge(self, at: int | None = None, *, logs_at: int | None = None) -> None:
        """Index, and judge everything as of the block so far, whose time is `at`, else now.

        `logs_at`: as of which block the logs' heads were asked for; else as of the same one.
        """
        with self.tools.database.writing() as session:
            mirror = MirrorRepository(session)
            for log in mirror.list_logs():
                log.as_of_block = self.block if logs_at is None else logs_at
                mirror.add(log)
            register = RegisterRepository(session)
            row = register.get_mirror()
            row.next_block, row.block_time = self.block + 1, self.now if at is None else at
            row.state, row.checked_at = RegisterState.PASSED, self.now
            register.add(row)
            LinkRepository(session, self.tools.clock).mark_all()
        indexing, judging = Indexing(self.tools), Judging(self.tools, "scene")
        while not indexing.advance():
            pass
        with self.tools.database.writing() as session:
            LinkRepository(session, self.tools.clock).mark_all()
        while not judging.advance():
            pass

    def get(self, logged: Logged) -> LinkedRecord:
        """A record as it is linked and judged."""
        with self.tools.database.reading() as session:
            found = LinkRepository(session, self.tools.clock).find(logged.commitment, logged.institution)
        assert found is not None
        return found

    def outcomes(self, logged: Logged) -> dict[str, str]:
        """How each rule judged a record."""
        return {str(each["code"]): str(each["outcome"]) for each in self.get(logged).rulings}
