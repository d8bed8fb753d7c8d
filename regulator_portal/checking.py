"""One full round without serving: every log mirrored and rechecked, its evidence verified anew.

For an auditor's command line, and for a second opinion with another node or a copy of the database.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger_chain.errors import ChainError
from ledger_proofs.types import JsonValue
from ledger_web.clock import Clock
from ledger_web.database import Database
from regulator_portal.audit.service import AuditTrail
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.models import Finding
from regulator_portal.findings.service import FindingFilter, FindingRepository
from regulator_portal.jobs.models import Job, JobKind, JobState
from regulator_portal.jobs.rounds import run_to_end
from regulator_portal.jobs.service import JobRepository, start
from regulator_portal.linking.following import Following
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.mirror.chain_checks import PINS_OF_A_ROUND, CheckedChain
from regulator_portal.mirror.pinning import survey_logs
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import CouldNotCheck, Tools, explain_fault
from regulator_portal.nodes.looking import look_at_chain

OPERATOR = "system:check"
CLEAN, FINDINGS, COULD_NOT_CHECK = 0, 1, 2
MOST_FINDINGS = 10_000


@dataclass(frozen=True)
class Checked:
    """What a full round showed: open findings, and what couldn't be checked."""

    as_of_block: int | None
    findings: tuple[Finding, ...]
    unchecked: tuple[tuple[int | None, CouldNotCheck], ...]

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 nothing found but not all could be checked."""
        if self.findings:
            return FINDINGS
        return COULD_NOT_CHECK if self.unchecked else CLEAN

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as a JSON object."""
        return {
            "as_of_block": self.as_of_block,
            "findings": [finding_as_json(each) for each in self.findings],
            "could_not_check": [
                {"log": log, "code": each.code, "message": each.en, "message_zh": each.zh}
                for log, each in self.unchecked
            ],
        }


def finding_as_json(finding: Finding) -> dict[str, JsonValue]:
    """Return a finding as a JSON object."""
    words = WORDS[FindingCode(finding.code)]
    return {
        "id": finding.id,
        "code": finding.code,
        "verdict": finding.verdict,
        "title": words.title_en,
        "title_zh": words.title_zh,
        "log": finding.log,
        "place": finding.place,
        "institution": finding.institution,
        "subject": finding.subject,
        "step": finding.step,
        "step_code": finding.step_code,
        "where": finding.where,
        "as_of_block": finding.as_of_block,
        "evidence": [dict(each) for each in finding.evidence],
        "repeat": words.repeat_en,
        "repeat_zh": words.repeat_zh,
        "state": finding.state,
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
    }


def check_all(tools: Tools) -> Checked:
    """Do one full round over all logs of the chain's directory."""
    try:
        chain, logs = _survey(tools)
    except ChainError as fault:
        unchecked = ((None, explain_fault(fault)),)
        return Checked(None, _list_open(tools.database, tools.clock), unchecked)
    unchecked_logs: list[tuple[int | None, CouldNotCheck]] = []
    for log in logs:
        for kind in (JobKind.MIRROR, JobKind.RECHECK):
            job = _run(tools, kind, log)
            if job.state != JobState.DONE:
                problem = CouldNotCheck(job.problem or "job.failed", job.problem_en, job.problem_zh)
                unchecked_logs.append((log, problem))
        unchecked_logs += _list_unchecked_evidence(tools, log)
    if chain.is_trusted:
        unchecked_logs += _follow(tools, chain)
    return Checked(chain.block_number, _list_open(tools.database, tools.clock), tuple(unchecked_logs))


def _survey(tools: Tools) -> tuple[CheckedChain, Sequence[int]]:
    chain = look_at_chain(tools, PINS_OF_A_ROUND, str(uuid.uuid4()))
    return chain, survey_logs(tools) if chain.is_trusted else []


def _run(tools: Tools, kind: JobKind, log: int) -> Job:
    with tools.database.writing() as session:
        audit = AuditTrail(session, tools.clock, "check")
        job_id = start(session, tools.clock, audit, kind, log, OPERATOR).id
    with suppress(Exception):  # the job's row says that the portal itself failed, and its log says how
        run_to_end(tools, [job_id])
    with tools.database.reading() as session:
        return JobRepository(session).get(job_id)


def _follow(tools: Tools, chain: CheckedChain) -> list[tuple[int | None, CouldNotCheck]]:
    """Mirror and recheck the register, link the records, judge all; what couldn't be checked of it."""
    following = Following(tools)
    following.begin(chain)
    following.recheck()
    with tools.database.writing() as session:
        LinkRepository(session, tools.clock).mark_all()
    while not following.advance():
        pass
    unchecked: list[tuple[int | None, CouldNotCheck]] = []
    if following.problem is not None:
        unchecked.append((None, following.problem))
    with tools.database.reading() as session:
        count = LinkRepository(session, tools.clock).count_verdict("could_not_check")
    if count:
        en = f"The links of {count} records could not be checked."
        problem = CouldNotCheck("links.could_not_check", en, f"{count} 份记录的关联无法核验。")
        unchecked.append((None, problem))
    return unchecked


def _list_unchecked_evidence(tools: Tools, log: int) -> list[tuple[int | None, CouldNotCheck]]:
    """Say of a log that some entries' evidence couldn't be checked, or wasn't looked at."""
    with tools.database.reading() as session:
        row = MirrorRepository(session).get_log(log)
    count = row.could_not_check_count + row.pending_count
    if not count:
        return []
    problem = CouldNotCheck(
        "evidence.could_not_check",
        f"The evidence of {count} entries could not be checked.",
        f"{count} 个条目的证据无法核验。",
    )
    return [(log, problem)]


def _list_open(database: Database, clock: Clock) -> tuple[Finding, ...]:
    with database.reading() as session:
        repository = FindingRepository(session, clock)
        return tuple(repository.list(FindingFilter(state="open"), 0, MOST_FINDINGS))
