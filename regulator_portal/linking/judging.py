"""Judging linked records by the rules, and keeping what comes of it: rulings, findings, the next look.

A record is judged when something about it changes, and again when what it waits for is due or what couldn't
be checked may be answered. A code's findings about a record close when its rule has passed, never because it
couldn't be checked.
"""

from collections.abc import Sequence

from sqlmodel import Session

from ledger_proofs.json_members import to_hex
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.linking.rules.book import Book
from regulator_portal.linking.rules.demands import judge_demand
from regulator_portal.linking.rules.packs import judge_packs
from regulator_portal.linking.rules.reviews import judge_reviews
from regulator_portal.linking.rules.rulings import COULD_NOT_CHECK, PENDING, Ruling, merge, worst_of
from regulator_portal.linking.rules.settlements import judge_settlement
from regulator_portal.linking.rules.statements import STATING, judge_statement
from regulator_portal.linking.rules.uses import judge_use
from regulator_portal.mirror.pinned_chain import PinnedChain
from regulator_portal.mirror.tools import Tools

RECORDS_AT_A_TIME = 16
RETRY_SECONDS = 30
"""How long what couldn't be checked, or is awaited, waits for its next look."""
DISPENSING_KIND, DEMAND_KIND = 3, 11
LINK_CODES = (
    FindingCode.USE_WITHOUT_RECORD,
    FindingCode.USE_RECORD_LATE,
    FindingCode.USE_DIFFERS,
    FindingCode.USE_UNKNOWN_CLAIM,
    FindingCode.RECORD_WITHOUT_USE,
    FindingCode.ACT_WITHOUT_STATEMENT,
    FindingCode.ACT_DIFFERS,
    FindingCode.SETTLEMENT_SUM_MISMATCH,
    FindingCode.SETTLEMENT_WITHOUT_DISPENSING,
    FindingCode.SETTLEMENT_CLAIMS_DIFFER,
    FindingCode.REVIEW_MISSING,
    FindingCode.PACK_UNKNOWN_LOT,
    FindingCode.PACK_AFTER_EXPIRY,
    FindingCode.PACK_RECALLED,
    FindingCode.PACK_TOTAL_DIFFERS,
    FindingCode.CONTENT_WITHHELD,
)
"""The findings that are about linked records."""


class Judging:
    """Judges the records that are due, a batch at a time."""

    def __init__(self, tools: Tools, check: str) -> None:
        self._tools = tools
        self._check = check

    def advance(self) -> bool:
        """Judge one batch; return whether there was none."""
        tools = self._tools
        chain = PinnedChain(tools.node.reader, tools.database, tools.trust.trust)
        with tools.database.reading() as session:  # the node may be asked here: no writer waits for it
            due = LinkRepository(session, tools.clock).list_due(tools.clock(), RECORDS_AT_A_TIME)
            book = Book(session, tools.clock, tools.rules, chain)
            judged = [(record, merge(judge_record(record, book))) for record in due]
            logs = [book.log_of(record) for record in due]
        with tools.database.writing() as session:
            for (record, rulings), log in zip(judged, logs, strict=True):
                self._keep(session, record, rulings, log, book.as_of_block)
        return not due

    def _keep(
        self,
        session: Session,
        seen: LinkedRecord,
        rulings: Sequence[Ruling],
        log: int | None,
        block: int | None,
    ) -> None:
        tools = self._tools
        findings = FindingRepository(session, tools.clock)
        subject = to_hex(seen.commitment)
        for ruling in rulings:
            if ruling.is_finding:
                findings.note(_build_finding(seen, ruling, log, block), self._check)
        unsure = {ruling.code for ruling in rulings if ruling.outcome in (COULD_NOT_CHECK, PENDING)}
        against = {ruling.code for ruling in rulings if ruling.is_finding}
        findings.close_about(subject, seen.institution, set(LINK_CODES) - unsure - against)
        record = LinkRepository(session, tools.clock).find(seen.commitment, seen.institution)
        if record is None:
            raise LookupError("no record is ever taken out of the links")
        record.verdict = worst_of(rulings)
        record.rulings = [ruling.as_json() for ruling in rulings]
        record.judged_at, record.as_of_block = tools.clock(), block
        if record.due_at == seen.due_at:  # else something about it has changed meanwhile: it stays due
            record.due_at = tools.clock() + RETRY_SECONDS if unsure else None
        session.add(record)


def judge_record(record: LinkedRecord, book: Book) -> list[Ruling]:
    """Judge one record by the rules of its kind."""
    if record.kind == DISPENSING_KIND:
        rulings = judge_use(record, book)
        if record.log is not None and book.use_of(record.commitment, record.institution) is not None:
            rulings += judge_reviews(record, book)
        return rulings + judge_packs(record, book)
    if record.kind in STATING:
        return judge_statement(record, book)
    if record.kind == DEMAND_KIND:
        return judge_demand(record, book)
    return judge_settlement(record, book)


def _build_finding(record: LinkedRecord, ruling: Ruling, log: int | None, block: int | None) -> Found:
    return Found(
        ruling.code,
        log,
        record.position,
        ruling.compared,
        block,
        subject=to_hex(record.commitment),
        institution=record.institution,
    )
