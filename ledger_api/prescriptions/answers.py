"""From rows to the API shapes of prescriptions."""

from collections.abc import Sequence
from typing import Any, cast

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.log.models import LogEntry
from ledger_api.log.progress import slowest, status_at
from ledger_api.log.repository import LogRepository
from ledger_api.prescriptions.schemas import (
    EntryAnswer,
    Links,
    PrepareAnswer,
    PrescriptionAnswer,
    PrescriptionSummary,
    WindowToSign,
)
from ledger_api.prescriptions.service import Prepared
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordSummary
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import parse_entry


def build_prepare_answer(prepared: Prepared, domain: Domain) -> PrepareAnswer:
    """Build what the doctor's client is given to check and sign."""
    opened = prepared.opened
    return PrepareAnswer(
        preparation_id=prepared.preparation_id,
        record=cast("dict[str, Any]", opened.record.as_json()),
        record_key=_hex(opened.record_key),
        commitment=_hex(prepared.commitment),
        entries=[
            _window_to_sign(window, authorship, domain)
            for window, authorship in enumerate(prepared.authorships)
        ],
        expires_at=prepared.expires_at,
    )


def build_prescription_answer(
    record: StoredRecord,
    entries: Sequence[LogEntry],
    log: LogRepository,
    anchoring: AnchoringRepository,
) -> PrescriptionAnswer:
    """Build a prescription's answer, looking up how far each entry has come."""
    answers = [_entry_answer(entry, log, anchoring) for entry in entries]
    path = f"/v1/prescriptions/{record.id}"
    return PrescriptionAnswer(
        id=record.id,
        commitment=_hex(record.commitment),
        status=slowest([answer.status for answer in answers]),
        issued_at=record.issued_at,
        accepted_at=record.accepted_at,
        entries=answers,
        links=Links(
            self=path,
            record=f"{path}/record",
            bundles=[f"{path}/bundle?window={answer.window}" for answer in answers],
        ),
    )


def build_summary(summary: RecordSummary) -> PrescriptionSummary:
    """Build one row of the list."""
    return PrescriptionSummary(
        id=summary.id,
        commitment=_hex(summary.commitment),
        status=summary.status,
        issued_at=summary.issued_at,
        accepted_at=summary.accepted_at,
    )


def _entry_answer(entry: LogEntry, log: LogRepository, anchoring: AnchoringRepository) -> EntryAnswer:
    head = log.find_head(entry.log)
    if head is None:
        raise LookupError(f"log {entry.log} has entries and no head")
    parsed = parse_entry(entry.entry)
    held = _find_checkpoint(entry, anchoring)
    return EntryAnswer(
        window=entry.window,
        status=status_at(entry.position, head),
        log=entry.log,
        position=entry.position,
        claim_count=parsed.claim_count,
        not_before=parsed.not_before,
        not_after=parsed.not_after,
        checkpoint_size=None if held is None else held.size,
        anchored_at=None if held is None else held.anchored_at,
        transaction_hash=None if held is None else _hex(held.transaction_hash or b""),
    )


def _find_checkpoint(entry: LogEntry, anchoring: AnchoringRepository) -> LogCheckpoint | None:
    if entry.position is None:
        return None
    return anchoring.find_first_holding(entry.log, entry.position)


def _window_to_sign(window: int, authorship: Authorship, domain: Domain) -> WindowToSign:
    return WindowToSign(
        window=window,
        kind=authorship.kind,
        claim_count=authorship.claim_count,
        not_before=authorship.not_before,
        not_after=authorship.not_after,
        terms=_hex(authorship.terms),
        typed_data=cast("dict[str, Any]", authorship.typed_data(domain)),
    )


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
