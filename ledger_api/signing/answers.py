"""From rows to the API shapes that the nouns of signed records share."""

from collections.abc import Sequence
from typing import Any, cast

from sqlmodel import Session

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.log.models import LogEntry
from ledger_api.log.progress import EntryStatus, slowest, status_at
from ledger_api.log.repository import LogRepository
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordSummary
from ledger_api.signing.nouns import Noun
from ledger_api.signing.schemas import (
    EntryAnswer,
    IssuedAnswer,
    IssuedSummary,
    Links,
    PrepareAnswer,
    WindowToSign,
)
from ledger_api.signing.service import Prepared
from ledger_api.spends.answers import build_act_answer
from ledger_api.spends.repository import SpendRepository
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entries import parse_entry
from ledger_proofs.json_members import to_hex


def build_prepare_answer(prepared: Prepared, domain: Domain) -> PrepareAnswer:
    """Build what the author's client is given to check and sign."""
    opened = prepared.opened
    return PrepareAnswer(
        preparation_id=prepared.preparation_id,
        record=cast("dict[str, Any]", opened.record.as_json()),
        record_key=to_hex(opened.record_key),
        commitment=to_hex(prepared.commitment),
        entries=[
            _window_to_sign(window, authorship, domain)
            for window, authorship in enumerate(prepared.authorships)
        ],
        expires_at=prepared.expires_at,
    )


def build_issued_answer(
    noun: Noun, record: StoredRecord, entries: Sequence[LogEntry], session: Session
) -> IssuedAnswer:
    """Build a record's answer, looking up how far each entry, and its act on the chain, has come."""
    log, anchoring = LogRepository(session), AnchoringRepository(session)
    answers = [_entry_answer(entry, log, anchoring) for entry in entries]
    path = f"{noun.path}/{record.id}"
    intent = SpendRepository(session).find_of_record(record.id)
    return IssuedAnswer(
        id=record.id,
        kind=noun.kind.name,
        commitment=to_hex(record.commitment),
        status=slowest([answer.status for answer in answers]),
        issued_at=record.issued_at,
        accepted_at=record.accepted_at,
        entries=answers,
        act=None if intent is None else build_act_answer(intent),
        links=Links(
            self=path,
            record=f"{path}/record",
            bundles=[f"{path}/bundle?window={answer.window}" for answer in answers],
        ),
    )


def build_summary(noun: Noun, summary: RecordSummary) -> IssuedSummary:
    """Build one row of a list."""
    return IssuedSummary(
        id=summary.id,
        kind=noun.kind.name,
        commitment=to_hex(summary.commitment),
        status=summary.status,
        issued_at=summary.issued_at,
        accepted_at=summary.accepted_at,
    )


def list_summaries(noun: Noun, records: Sequence[StoredRecord], session: Session) -> list[IssuedSummary]:
    """Build the rows of a list of some records, in their order."""
    log = LogRepository(session)
    entries = log.list_entries_of([record.id for record in records])
    heads = {each: log.find_head(each) for each in {entry.log for entry in entries}}
    progress: dict[str, list[EntryStatus]] = {}
    for entry in entries:
        head = heads[entry.log]
        if head is not None:
            progress.setdefault(entry.record_id, []).append(status_at(entry.position, head))
    return [
        IssuedSummary(
            id=record.id,
            kind=noun.kind.name,
            commitment=to_hex(record.commitment),
            status=slowest(progress[record.id]),
            issued_at=record.issued_at,
            accepted_at=record.accepted_at,
        )
        for record in records
    ]


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
        transaction_hash=None if held is None else to_hex(held.transaction_hash or b""),
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
        terms=to_hex(authorship.terms),
        typed_data=cast("dict[str, Any]", authorship.typed_data(domain)),
    )
