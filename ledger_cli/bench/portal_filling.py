"""Fills a portal's database with a mirrored log, for the benchmarks and for tests of the pages.

The rows are synthetic and well-formed: every entry parses, every checkpoint's root is the root of the entries
before it, and the log's counts are those of its entries. No chain and no gateway stand behind them.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col

from ledger_proofs.entries import Entry
from ledger_proofs.types import Commitment, Hash, InstitutionNumber, log_id
from ledger_web.database import Database
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.models import Finding, FindingState
from regulator_portal.identity.models import Auditor
from regulator_portal.jobs.models import Job, JobKind, JobState
from regulator_portal.mirror.compact_range import CompactRange
from regulator_portal.mirror.models import (
    CheckpointOutcome,
    EntryVerdict,
    LogState,
    MirroredEntry,
    MirroredLog,
    PinnedBlock,
    PinnedCheckpoint,
)
from regulator_portal.mirror.repository import EntryRow, MirrorRepository
from regulator_portal.verification.models import Verification, Way

ENTRIES_A_CHECKPOINT: Final = 256
ENTRIES_A_BATCH: Final = 4096
DAY_SECONDS: Final = 86_400
_RARE: Final = ((997, EntryVerdict.LATE), (1499, EntryVerdict.FAILED), (2503, EntryVerdict.WITHHELD))
_KINDS: Final = (1, 1, 1, 1, 1, 1, 1, 2, 3, 4)


@dataclass(frozen=True)
class Filling:
    """What to fill in: one log of an institution, with this many entries, ending at this time."""

    institution: int
    entries: int
    findings: int
    jobs: int
    verifications: int
    now: int

    @property
    def log(self) -> int:
        """The log's number."""
        return log_id(InstitutionNumber(self.institution), 1)


def fill_portal(database: Database, filling: Filling, auditor: Auditor) -> None:
    """Write the log and everything about it. The auditor stands in the database already."""
    with database.writing() as session:
        repository = MirrorRepository(session)
        row = MirroredLog(log=filling.log, institution=filling.institution, generation=1)
        repository.add(row)
        growing = CompactRange()
        checkpoints: list[PinnedCheckpoint] = []
        for batch in _list_batches(filling):
            repository.add_entries([each[:6] for each in batch])
            for entry in batch:
                growing.append([hashlib.sha256(b"\x00" + entry[2]).digest()])
                if growing.size % ENTRIES_A_CHECKPOINT == 0 or growing.size == filling.entries:
                    checkpoints.append(_build_checkpoint(filling, growing, checkpoints))
            _count(row, batch)
        session.add_all(checkpoints)
        session.add(PinnedBlock(number=len(checkpoints), hash=_digest("block", 0), pinned_at=filling.now))
        _finish_log(row, filling, growing, checkpoints)
        session.add(row)
        _date_verdicts(session, filling)
        session.add_all(_list_findings(filling))
        session.add_all(_list_jobs(filling, auditor))
        session.add_all(_list_verifications(filling, auditor))


def _list_batches(filling: Filling) -> Iterator[list[EntryRow]]:
    for start in range(0, filling.entries, ENTRIES_A_BATCH):
        yield [
            _build_entry(filling, position)
            for position in range(start, min(start + ENTRIES_A_BATCH, filling.entries))
        ]


def _build_entry(filling: Filling, position: int) -> EntryRow:
    kind = _KINDS[position % len(_KINDS)]
    record = Commitment(_digest("record", position))
    begins = filling.now - (filling.entries - position) * 60
    entry = Entry(
        kind,
        record,
        Hash(_digest("author", position)),
        1 + position % 4 if kind == 1 else 0,
        begins if kind == 1 else 0,
        begins + DAY_SECONDS if kind == 1 else 0,
        Hash(bytes(32)),
    )
    return filling.log, position, entry.to_bytes(), kind, record, choose_verdict(filling, position)


def choose_verdict(filling: Filling, position: int) -> str:
    """Choose a position's verdict: most pass, a few don't, the last twentieth wasn't looked at."""
    if position >= filling.entries - filling.entries // 20:
        return EntryVerdict.PENDING
    return next((verdict for every, verdict in _RARE if position % every == every - 1), EntryVerdict.PASSED)


def _build_checkpoint(
    filling: Filling, growing: CompactRange, before: list[PinnedCheckpoint]
) -> PinnedCheckpoint:
    number = len(before) + 1
    anchored_at = filling.now - (filling.entries - growing.size) * 60
    return PinnedCheckpoint(
        log=filling.log,
        size=growing.size,
        root=growing.root(),
        previous_size=before[-1].size if before else 0,
        anchored_at=anchored_at,
        block_number=number,
        block_hash=_digest("block", number),
        outcome=CheckpointOutcome.PASSED,
        pinned_at=anchored_at + 5,
        compared_at=anchored_at + 6,
    )


def _count(row: MirroredLog, batch: list[EntryRow]) -> None:
    for *_, verdict in batch:
        name = f"{verdict}_count"
        if hasattr(row, name) and verdict != EntryVerdict.PENDING:
            setattr(row, name, getattr(row, name) + 1)


def _finish_log(
    row: MirroredLog, filling: Filling, growing: CompactRange, checkpoints: list[PinnedCheckpoint]
) -> None:
    row.state = LogState.PASSED
    row.size = row.verified_size = row.pinned_size = row.head_size = growing.size
    row.compact_range = row.verified_range = growing.to_bytes()
    row.checkpoint_count = len(checkpoints)
    row.head_root = growing.root()
    row.head_anchored_at = filling.now - 60
    row.as_of_block = len(checkpoints)
    row.swept_size = filling.entries - filling.entries // 20
    row.checked_at, row.rechecked_at = filling.now - 10, filling.now - 3600


def _date_verdicts(session: Session, filling: Filling) -> None:
    """Say of every verdict when it was given, and of those that decided otherwise, in which step."""
    looked_at = update(MirroredEntry).where(
        col(MirroredEntry.log) == filling.log, col(MirroredEntry.verdict) != EntryVerdict.PENDING
    )
    session.execute(looked_at.values(verified_at=filling.now - 600, as_of_block=1))
    for verdict, step, code in (
        (EntryVerdict.LATE, 6, "time.late"),
        (EntryVerdict.FAILED, 3, "proof.root_mismatch"),
    ):
        decided = looked_at.where(col(MirroredEntry.verdict) == verdict)
        session.execute(decided.values(step=step, step_code=code))


def _list_findings(filling: Filling) -> Iterator[Finding]:
    codes = list(FindingCode)
    for number in range(filling.findings):
        code = codes[number % len(codes)]
        seen = filling.now - number * 600
        is_open = number % 3 != 0
        yield Finding(
            id=str(uuid.uuid4()),
            fingerprint=_digest("finding", number).hex(),
            code=code,
            verdict=WORDS[code].verdict,
            log=None if code.startswith("chain.") else filling.log,
            place=number * 7 % filling.entries,
            step=3 if code.startswith("evidence.") else None,
            step_code="proof.root_mismatch" if code.startswith("evidence.") else "",
            as_of_block=120,
            evidence=[
                {
                    "what": "checkpoint's root",
                    "expected": "0x" + _digest("expected", number).hex(),
                    "observed": "0x" + _digest("observed", number).hex(),
                }
            ],
            state=FindingState.OPEN if is_open else FindingState.CLOSED,
            first_seen=seen - 3600,
            last_seen=seen,
            times_seen=1 + number % 9,
            last_check=str(uuid.uuid4()),
            closed_at=None if is_open else seen,
        )


def _list_jobs(filling: Filling, auditor: Auditor) -> Iterator[Job]:
    kinds = list(JobKind)
    for number in range(filling.jobs):
        asked_at = filling.now - number * 900
        yield Job(
            id=str(uuid.uuid4()),
            kind=kinds[number % len(kinds)],
            log=filling.log,
            state=JobState.DONE,
            done=filling.entries,
            total=filling.entries,
            asked_by=f"auditor:{auditor.id}",
            asked_at=asked_at,
            started_at=asked_at + 1,
            ended_at=asked_at + 90,
            as_of_block=120,
        )


def _list_verifications(filling: Filling, auditor: Auditor) -> Iterator[Verification]:
    for number in range(filling.verifications):
        position = number % filling.entries
        yield Verification(
            id=str(uuid.uuid4()),
            asked_by=f"auditor:{auditor.id}",
            how=Way.POSITION,
            outcome="passed",
            report={"outcome": "passed", "as_of_block": 120, "steps": _build_steps()},
            reference=f"{filling.log}:{position}",
            log=filling.log,
            position=position,
            commitment="0x" + _digest("record", position).hex(),
            as_of_block=120,
            at=filling.now - (filling.verifications - number) * 30,
        )


def _build_steps() -> list[dict[str, object]]:
    names = ("fields", "entry", "inclusion", "anchor", "author", "time", "claims")
    return [
        {
            "number": number,
            "name": name,
            "outcome": "passed",
            "code": "passed",
            "where": "",
            "message": "as stated",
            "message_zh": "与所述一致",
            "compared": [
                {
                    "what": "checkpoint's root",
                    "expected": "0x" + _digest("root", number).hex(),
                    "observed": "0x" + _digest("root", number).hex(),
                }
            ],
        }
        for number, name in enumerate(names, start=1)
    ]


def _digest(what: str, number: int) -> bytes:
    return hashlib.sha256(f"{what} {number}".encode()).digest()
