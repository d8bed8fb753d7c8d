"""Runs one job at a time, in slices, so that a long one doesn't keep the others waiting.

A job begins with the checks of the chain, at every start of it, whether new or interrupted: on a chain that
isn't the trusted and pinned one nothing else is compared.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import structlog

from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.jobs.models import Job, JobKind, JobState
from regulator_portal.jobs.service import JobRepository
from regulator_portal.mirror.chain_checks import (
    PINS_OF_A_ROUND,
    CheckedChain,
)
from regulator_portal.mirror.mirroring import Mirroring, is_up_to_date
from regulator_portal.mirror.models import LogState, MirroredLog
from regulator_portal.mirror.pinning import follow_checkpoints
from regulator_portal.mirror.rechecking import Rechecking
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.successors import open_successor
from regulator_portal.mirror.sweeping import Sweeping
from regulator_portal.mirror.tools import CouldNotCheck, Tools, explain_fault
from regulator_portal.nodes.lies import build_lie_finding, explain_lie
from regulator_portal.nodes.looking import look_at_chain
from regulator_portal.nodes.retiring import retire_forged_checkpoints
from regulator_portal.sources.errors import GatewayFault

PINS_OF_A_RECHECK = 1_000
LOG_CODES = (
    FindingCode.ROOT_DIFFERS,
    FindingCode.ENTRY_CHANGED,
    FindingCode.PIN_DIFFERS,
    FindingCode.NOT_EXTENSION,
    FindingCode.ENTRY_MALFORMED,
)
FOLLOW_CODES = (FindingCode.NOT_EXTENSION, FindingCode.NODE_PROOF_FAILS)
MIRROR_BEHIND = CouldNotCheck(
    "mirror.behind",
    "What is mirrored was checked; the log isn't mirrored up to its head yet.",
    "已镜像的部分已核验；日志尚未镜像至其头部。",
)


class Work(Protocol):
    """One kind of job under way."""

    def advance(self) -> bool:
        """Do one batch; return whether that was all."""


@dataclass
class _UnderWay:
    job: str
    work: Work


class JobRunner:
    """Takes jobs forward. What it keeps in memory can be lost at any time: the rows say where to go on."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._under_way: _UnderWay | None = None
        self._logger = structlog.get_logger("rxledger.portal.jobs")

    def advance(self, job_id: str) -> bool:
        """Take a job one batch forward; return whether it has ended."""
        try:
            work = self._work_of(job_id)
            if work is None:
                return True
            if not work.advance():
                self._note_progress(job_id, work)
                return False
        except NodeLies as lie:
            self._end_by_lie(job_id, lie)
            return True
        except (ChainError, GatewayFault, CouldNotCheck) as fault:
            self._end(job_id, JobState.COULD_NOT_CHECK, explain_fault(fault))
            return True
        except Exception as fault:
            self._logger.error("job_failed", job=job_id, exc_info=fault)
            self._end(job_id, JobState.FAILED, _explain_failure(fault))
            raise
        self._note_progress(job_id, work)
        self._end(job_id, JobState.DONE, None)
        return True

    def _work_of(self, job_id: str) -> Work | None:
        """Return the job's work, begun now if it isn't; None where the chain's checks ended the job."""
        if self._under_way is not None and self._under_way.job == job_id:
            return self._under_way.work
        job = self._begin(job_id)
        chain = self._check_chain(job)
        if not chain.is_trusted:
            self._end_distrusted(job, chain)
            return None
        work = self._build_work(job, chain)
        if work is not None:
            self._under_way = _UnderWay(job_id, work)
        return work

    def _begin(self, job_id: str) -> Job:
        with self._tools.database.writing() as session:
            jobs = JobRepository(session)
            job = jobs.get(job_id)
            job.state = JobState.RUNNING
            job.started_at = job.started_at or self._tools.clock()
            jobs.add(job)
            return job

    def _check_chain(self, job: Job) -> CheckedChain:
        tools = self._tools
        count = PINS_OF_A_RECHECK if job.kind == JobKind.RECHECK else PINS_OF_A_ROUND
        chain = look_at_chain(tools, count, job.id)
        with tools.database.writing() as session:
            jobs = JobRepository(session)
            fresh = jobs.get(job.id)
            fresh.as_of_block = chain.block_number
            jobs.add(fresh)
        return chain

    def _build_work(self, job: Job, chain: CheckedChain) -> Work | None:
        tools = self._tools
        if job.kind == JobKind.SWEEP:
            return Sweeping(tools, job.log, job.id)
        found = self._follow(job, chain)
        if not found:
            opened = open_successor(tools, job.log, chain.block_number)
            found = [] if opened is None else [opened]
        self._note_followed(job, found)
        if job.kind == JobKind.RECHECK:
            return Rechecking(tools, job, chain)
        if found:
            self._end(job.id, JobState.DONE, None)
            return None
        return Mirroring(tools, job.log, job.id, chain.block_number)

    def _follow(self, job: Job, chain: CheckedChain) -> list[Found]:
        proven = self._tools.find_proven()
        if proven is not None and chain.header is not None:
            retire_forged_checkpoints(self._tools, proven, job.log, chain.header, job.id)
        return list(follow_checkpoints(self._tools, job.log, chain).found)

    def _note_followed(self, job: Job, found: list[Found]) -> None:
        with self._tools.database.writing() as session:
            findings = FindingRepository(session, self._tools.clock)
            jobs = JobRepository(session)
            for each in found:
                findings.note(each, job.id)
            if not found:
                findings.close_unseen(job.log, FOLLOW_CODES, job.id)
                pinned = MirrorRepository(session).get_log(job.log).pinned_size
                findings.close_unseen(job.log, (FindingCode.PIN_DIFFERS,), job.id, (pinned, pinned))
            fresh = jobs.get(job.id)
            fresh.findings += len(found)
            jobs.add(fresh)

    def _note_progress(self, job_id: str, work: Work) -> None:
        if isinstance(work, Rechecking):
            return  # it keeps its own
        with self._tools.database.writing() as session:
            jobs = JobRepository(session)
            job = jobs.get(job_id)
            if isinstance(work, Mirroring | Sweeping):
                job.done, job.total, job.findings = work.done, work.total, work.found
            jobs.add(job)

    def _end_by_lie(self, job_id: str, lie: NodeLies) -> None:
        """What the node told isn't what is proven: that is found, and nothing is said of the log."""
        with self._tools.database.reading() as session:
            job = JobRepository(session).get(job_id)
        told = build_lie_finding(lie, job.log)
        self._note_followed(job, [told])
        self._end(job.id, JobState.COULD_NOT_CHECK, explain_lie(told.code))

    def _end_distrusted(self, job: Job, chain: CheckedChain) -> None:
        code = chain.found[0].code
        self._end(
            job.id,
            JobState.DONE,
            CouldNotCheck(
                code,
                "The node's chain isn't the trusted and pinned one: see the finding.",
                "节点所在的链不是所信任并钉住的链：见发现。",
            ),
            len(chain.found),
        )

    def _end(self, job_id: str, state: JobState, problem: CouldNotCheck | None, found: int = 0) -> None:
        self._under_way = None
        tools = self._tools
        with tools.database.writing() as session:
            jobs = JobRepository(session)
            job = jobs.get(job_id)
            job.state, job.ended_at = state, tools.clock()
            job.findings += found
            if problem is not None:
                job.problem, job.problem_en, job.problem_zh = problem.code, problem.en, problem.zh
            jobs.add(job)
            mirror = MirrorRepository(session)
            row = mirror.get_log(job.log)
            open_codes = FindingRepository(session, tools.clock).list_open_codes(job.log)
            _judge_log(row, problem, open_codes, is_whole=job.kind != JobKind.SWEEP)
            row.checked_at = tools.clock()
            mirror.add(row)


def _judge_log(
    row: MirroredLog, problem: CouldNotCheck | None, open_codes: Collection[str], *, is_whole: bool
) -> None:
    """Say how the log stands after a job: nothing said, else the worst of what is open, else passed.

    Only a job that goes over the log itself can make it pass, and only a log mirrored up to its head does: a
    sweep's evidence says nothing of the log, and a recheck nothing of what was never mirrored.
    """
    failed = [code for code in LOG_CODES if code in open_codes]
    if problem is not None:
        _set_state(row, LogState.COULD_NOT_CHECK, problem.code, problem)
    elif failed:
        _set_state(row, LogState.FAILED, failed[0])
    elif FindingCode.ENTRIES_WITHHELD in open_codes:
        _set_state(row, LogState.WITHHELD, FindingCode.ENTRIES_WITHHELD)
    elif is_whole and is_up_to_date(row):
        _set_state(row, LogState.PASSED, None)
    elif is_whole and row.state != LogState.COULD_NOT_CHECK:
        _set_state(row, LogState.COULD_NOT_CHECK, MIRROR_BEHIND.code, MIRROR_BEHIND)


def _set_state(
    row: MirroredLog, state: LogState, code: str | None, words: CouldNotCheck | None = None
) -> None:
    row.state, row.problem = state, code
    row.problem_en, row.problem_zh = ("", "") if words is None else (words.en, words.zh)


def _explain_failure(fault: Exception) -> CouldNotCheck:
    name = type(fault).__name__
    return CouldNotCheck(
        "job.failed",
        f"The portal itself failed ({name}). Tell its operator.",
        f"监管门户自身出错（{name}），请告知运维人员。",
    )
