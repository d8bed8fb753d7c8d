"""How far a prescription has come, as a timeline: pending, logged, anchored, final, each with its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.log.models import LogEntry
from ledger_api.log.progress import PROGRESS, EntryStatus, slowest, status_at
from ledger_api.log.repository import LogRepository
from ledger_api.records.models import StoredRecord
from ledger_proofs.entries import parse_entry


@dataclass(frozen=True)
class WindowProgress:
    """One window's entry: where it stands in the log, and which checkpoint holds it on the chain."""

    window: int
    status: EntryStatus
    not_before: int
    not_after: int
    claim_count: int
    log: int
    position: int | None
    logged_at: int | None
    checkpoint_size: int | None
    anchored_at: int | None
    block_number: int | None
    transaction_hash: str | None
    final_at: int | None


@dataclass(frozen=True)
class Milestone:
    """One stage of the way: `at` in Unix seconds once it is reached, None before (or where it isn't kept)."""

    status: EntryStatus
    is_reached: bool
    at: int | None


@dataclass(frozen=True)
class Progress:
    """A prescription's way: that of its slowest window, and each window's own."""

    prescription_id: str
    status: EntryStatus
    accepted_at: int
    milestones: Sequence[Milestone]
    windows: Sequence[WindowProgress]

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self.status == EntryStatus.FINAL


def read_progress(record: StoredRecord, log: LogRepository, anchoring: AnchoringRepository) -> Progress:
    """Read how far each window of a record has come."""
    windows = [_read_window(entry, log, anchoring) for entry in log.list_entries_of([record.id])]
    status = slowest([window.status for window in windows])
    return Progress(
        record.id, status, record.accepted_at, _build_milestones(record, status, windows), windows
    )


def _build_milestones(
    record: StoredRecord, status: EntryStatus, windows: Sequence[WindowProgress]
) -> Sequence[Milestone]:
    times: Mapping[EntryStatus, Sequence[int | None]] = {
        EntryStatus.PENDING: [record.accepted_at],
        EntryStatus.LOGGED: [window.logged_at for window in windows],
        EntryStatus.ANCHORED: [window.anchored_at for window in windows],
        EntryStatus.FINAL: [window.final_at for window in windows],
    }
    milestones = []
    for stage in PROGRESS:
        is_reached = PROGRESS.index(stage) <= PROGRESS.index(status)
        known = [at for at in times[stage] if at is not None]
        milestones.append(Milestone(stage, is_reached, max(known) if is_reached and known else None))
    return milestones


def _read_window(entry: LogEntry, log: LogRepository, anchoring: AnchoringRepository) -> WindowProgress:
    head = log.find_head(entry.log)
    if head is None:
        raise LookupError(f"log {entry.log} has entries and no head")
    parsed = parse_entry(entry.entry)
    held = None if entry.position is None else anchoring.find_first_holding(entry.log, entry.position)
    return WindowProgress(
        window=entry.window,
        status=status_at(entry.position, head),
        not_before=parsed.not_before,
        not_after=parsed.not_after,
        claim_count=parsed.claim_count,
        log=entry.log,
        position=entry.position,
        logged_at=entry.logged_at,
        checkpoint_size=held.size if held is not None else None,
        anchored_at=held.anchored_at if held is not None else None,
        block_number=held.block_number if held is not None else None,
        transaction_hash=_hex(held),
        final_at=held.final_at if held is not None else None,
    )


def _hex(checkpoint: LogCheckpoint | None) -> str | None:
    if checkpoint is None or checkpoint.transaction_hash is None:
        return None
    return "0x" + checkpoint.transaction_hash.hex()
