"""The sweep: fetch and verify the evidence of entries, and keep a verdict on each.

Evidence that doesn't hold, came late or isn't handed out is a finding of its entry, closed when a later look
no longer shows it. What couldn't be checked is no finding, and is looked at again by the next sweep; when
gateway or node don't answer at all the sweep stops there, with nothing changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger_proofs.bundles import parse_bundle
from ledger_proofs.errors import MalformedInput
from ledger_proofs.reports import Comparison, Outcome
from ledger_proofs.types import institution_of
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.linking.keeping import Disclosed, keep_disclosed, read_disclosed
from regulator_portal.mirror.models import EntryVerdict, MirroredEntry, MirroredLog
from regulator_portal.mirror.pinned_chain import PinnedChain
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import CouldNotCheck, Tools
from regulator_portal.sources.errors import NotYet, Withheld
from regulator_portal.sources.gateway import GatewayClient
from regulator_portal.verification.evidence import Expected, Judged, build_mirror_step, judge

ENTRIES_AT_A_TIME = 16
RETRIED_AT_A_SWEEP = 256
NOT_YET_SECONDS = 600
"""For how long after an anchoring a gateway may say that it has no evidence yet."""
EVIDENCE_CODES = (FindingCode.EVIDENCE_FAILED, FindingCode.EVIDENCE_LATE, FindingCode.EVIDENCE_WITHHELD)
NODE_SILENT = frozenset({"chain-unreachable", "chain-bad-answer", "chain.contradicts_pins"})
"""Codes of a verification that tell of the node and not of the entry."""
PROVEN = frozenset({EntryVerdict.PASSED, EntryVerdict.LATE})
"""Of evidence with these verdicts the disclosed fields are proven to be the committed ones."""

_CODE_OF = {
    EntryVerdict.FAILED: FindingCode.EVIDENCE_FAILED,
    EntryVerdict.LATE: FindingCode.EVIDENCE_LATE,
    EntryVerdict.WITHHELD: FindingCode.EVIDENCE_WITHHELD,
}
_COUNT_OF = {
    EntryVerdict.PASSED: "passed_count",
    EntryVerdict.FAILED: "failed_count",
    EntryVerdict.LATE: "late_count",
    EntryVerdict.WITHHELD: "withheld_count",
    EntryVerdict.COULD_NOT_CHECK: "could_not_check_count",
}


@dataclass(frozen=True)
class Verdict:
    """What came of one entry's evidence."""

    position: int
    verdict: EntryVerdict
    step: int | None = None
    code: str = ""
    where: str = ""
    compared: tuple[Comparison, ...] = ()
    as_of_block: int | None = None
    disclosed: Disclosed | None = None

    def as_finding(self, log: int) -> Found | None:
        """Return the finding that it is, if it is one."""
        code = _CODE_OF.get(self.verdict)
        if code is None:
            return None
        return Found(
            code, log, self.position, self.compared, self.as_of_block, self.step, self.code, self.where
        )


class Sweeping:
    """Verifies the evidence of one log's entries for one check, in batches."""

    def __init__(self, tools: Tools, log: int, check: str) -> None:
        self._tools = tools
        self._log = log
        self._check = check
        self.found = 0
        self.done = 0
        with tools.database.reading() as session:
            mirror = MirrorRepository(session)
            row = mirror.get_log(log)
            self._retried = list(mirror.list_positions_to_retry(log, row.swept_size, RETRIED_AT_A_SWEEP))
        self.total = len(self._retried) + row.verified_size - row.swept_size

    def advance(self) -> bool:
        """Verify one batch of entries that are due; return whether none is left.

        Raises GatewayUnusable or CouldNotCheck, with nothing kept of the batch.
        """
        if self._retried:
            self.verify_batch(self._retried[:ENTRIES_AT_A_TIME])
            self._retried = self._retried[ENTRIES_AT_A_TIME:]
            return False
        with self._tools.database.reading() as session:
            row = MirrorRepository(session).get_log(self._log)
        start = row.swept_size
        stop = min(row.verified_size, start + ENTRIES_AT_A_TIME)
        if start >= stop:
            return True
        self.verify_batch(range(start, stop))
        return stop >= row.verified_size

    def verify_batch(self, positions: Sequence[int]) -> None:
        """Verify the evidence at some positions, and keep the verdicts in one transaction."""
        client = self._tools.client_of(institution_of(self._log))
        chain = PinnedChain(self._tools.node.reader, self._tools.database, self._tools.trust.trust)
        fetched = [(position, _fetch(client, self._log, position)) for position in positions]
        verdicts = [self._judge(position, content, chain) for position, content in fetched]
        self._keep(verdicts)
        self.done += len(positions)

    def _judge(self, position: int, content: bytes | Withheld, chain: PinnedChain) -> Verdict:
        if isinstance(content, Withheld):
            reason = Comparison("what the gateway answered", "the evidence", content.code)
            may_wait = isinstance(content, NotYet) and self._is_fresh(position)
            verdict = EntryVerdict.COULD_NOT_CHECK if may_wait else EntryVerdict.WITHHELD
            return Verdict(position, verdict, code=content.code, compared=(reason,))
        try:
            bundle = parse_bundle(content)
        except MalformedInput as fault:
            reason = Comparison("what the gateway answered", "an evidence bundle", fault.code)
            return Verdict(position, EntryVerdict.WITHHELD, code=fault.code, compared=(reason,))
        with self._tools.database.reading() as session:
            mirror = MirrorRepository(session)
            entry = mirror.find_entry(self._log, position)
            pinned = mirror.find_checkpoint(self._log, bundle.checkpoint.size)
        step = build_mirror_step(bundle, Expected(log=self._log, position=position), entry, pinned)
        judged = _read_verdict(position, judge(bundle, self._tools.trust.trust, chain, step))
        is_proven = judged.verdict in PROVEN
        return replace(judged, disclosed=read_disclosed(bundle)) if is_proven else judged

    def _is_fresh(self, position: int) -> bool:
        """Whether an entry was anchored so lately that its gateway may not be ready to prove it."""
        with self._tools.database.reading() as session:
            pinned = MirrorRepository(session).find_checkpoint_holding(self._log, position)
        return pinned is not None and self._tools.clock() - pinned.anchored_at < NOT_YET_SECONDS

    def _keep(self, verdicts: Sequence[Verdict]) -> None:
        with self._tools.database.writing() as session:
            mirror = MirrorRepository(session)
            findings = FindingRepository(session, self._tools.clock)
            row = mirror.get_log(self._log)
            for each in verdicts:
                entry = mirror.find_entry(self._log, each.position)
                if entry is None:
                    continue
                _count(row, entry, each.verdict)
                entry.verdict, entry.step, entry.step_code = each.verdict, each.step, each.code or None
                entry.as_of_block, entry.verified_at = each.as_of_block, self._tools.clock()
                session.add(entry)
                if each.disclosed is not None:
                    keep_disclosed(session, self._tools.clock, each.disclosed)
                if each.position >= row.swept_size:
                    row.swept_size = each.position + 1
                self._note(findings, each)
            mirror.add(row)

    def _note(self, findings: FindingRepository, verdict: Verdict) -> None:
        found = verdict.as_finding(self._log)
        if found is not None:
            findings.note(found, self._check)
            self.found += 1
        if verdict.verdict not in (EntryVerdict.COULD_NOT_CHECK, EntryVerdict.WITHHELD):
            # Evidence that isn't handed out takes nothing back that was found when it was.
            place = (verdict.position, verdict.position)
            findings.close_unseen(self._log, EVIDENCE_CODES, self._check, place)


def _fetch(client: GatewayClient, log: int, position: int) -> bytes | Withheld:
    try:
        return client.fetch_evidence_at(log, position)
    except Withheld as fault:
        return fault


def _read_verdict(position: int, judged: Judged) -> Verdict:
    as_of_block = judged.report.as_of_block
    decisive = judged.decisive
    if decisive is None:
        return Verdict(position, EntryVerdict.PASSED, as_of_block=as_of_block)
    if judged.outcome is Outcome.COULD_NOT_CHECK and decisive.code in NODE_SILENT:
        raise CouldNotCheck(
            decisive.code,
            "The regulator's own node doesn't answer as it should.",
            "本方节点未如常应答。",
        )
    return Verdict(
        position,
        EntryVerdict(judged.outcome.value),
        decisive.number,
        decisive.code,
        decisive.where,
        decisive.compared,
        as_of_block,
    )


def _count(row: MirroredLog, entry: MirroredEntry, verdict: EntryVerdict) -> None:
    """Move one entry from its old verdict's count to its new one's."""
    before = _COUNT_OF.get(EntryVerdict(entry.verdict))
    if before is not None:
        setattr(row, before, getattr(row, before) - 1)
    setattr(row, _COUNT_OF[verdict], getattr(row, _COUNT_OF[verdict]) + 1)
