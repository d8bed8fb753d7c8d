"""What the working thread does next: jobs that wait, then what is due by the clock.

A round asks the chain for every log's head. Where one has grown, or wasn't right the last time, the log's
mirror goes on; new entries are swept after it; and once in a longer while every log is rechecked as a whole.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies
from regulator_portal.jobs.models import Job, JobKind
from regulator_portal.jobs.runner import JobRunner
from regulator_portal.jobs.service import JobRepository, queue_own
from regulator_portal.linking.following import Following
from regulator_portal.mirror.chain_checks import PINS_OF_A_ROUND, CheckedChain
from regulator_portal.mirror.models import LogState, MirroredLog
from regulator_portal.mirror.pinning import survey_logs
from regulator_portal.mirror.proven_log import read_head
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import CouldNotCheck, Tools, explain_fault
from regulator_portal.nodes.looking import look_at_chain
from regulator_portal.register.mirroring import note_problem

SLICE_SECONDS = 1.0
"""How long one job has its turn before what is due is looked at again."""
RETRY_SECONDS = 30.0
"""How long what couldn't be checked or wasn't handed out waits for its next look."""
KEPT_SECONDS = 86_400
"""How long the portal's own jobs that found nothing are listed."""


@dataclass(frozen=True)
class Cadence:
    """The longest pauses, in seconds, between rounds and between rechecks."""

    mirror_seconds: float
    recheck_seconds: float


class Rounds:
    """Chooses and does the next work. One thread calls `step`; all state that matters is in the database."""

    def __init__(
        self, tools: Tools, cadence: Cadence, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tools = tools
        self._cadence = cadence
        self._monotonic = monotonic
        self._runner = JobRunner(tools)
        self._following = Following(tools)
        self._next_round = monotonic()
        self._next_sweep: dict[int, float] = {}

    def step(self) -> float:
        """Do the next piece of work; return the seconds until there may be more."""
        if self._monotonic() >= self._next_round:
            self.survey()
            self._next_round = self._monotonic() + self._cadence.mirror_seconds
        job = self._find_next()
        if job is not None:
            self._run_slice(job)
        is_followed = self._follow()
        if job is None and is_followed:
            return max(0.0, self._next_round - self._monotonic())
        return 0.0

    def _follow(self) -> bool:
        """Go on with the register and the links for a turn; return whether there is nothing more."""
        until = self._monotonic() + SLICE_SECONDS
        while self._monotonic() < until:
            if self._following.advance():
                return True
        return False

    def survey(self) -> None:
        """Ask the chain for its state and every log's head, and queue what follows from it."""
        tools = self._tools
        try:
            chain = look_at_chain(tools, PINS_OF_A_ROUND, str(uuid.uuid4()))
            if not chain.is_trusted:
                self._note_problem(chain.found[0].code)
                return
            logs = survey_logs(tools)
            grown = {log for log in logs if self._has_grown(log, chain)}
        except ChainError as fault:
            self._note_problem(explain_fault(fault))
            return
        self._queue(grown, chain.block_number)
        self._following.begin(chain)
        if self._following.is_recheck_due(self._cadence.recheck_seconds):
            self._following.recheck()

    def _has_grown(self, log: int, chain: CheckedChain) -> bool:
        try:
            head = read_head(self._tools, log, chain)
        except NodeLies:
            return True  # its job says what the node told, and what is proven
        with self._tools.database.reading() as session:
            row = MirrorRepository(session).get_log(log)
        if head is None:
            return row.head_size > 0
        return (head.size, head.root) != (row.head_size, row.head_root)

    def _queue(self, grown: Iterable[int], block: int) -> None:
        tools = self._tools
        now = tools.clock()
        with tools.database.writing() as session:
            mirror = MirrorRepository(session)
            for row in mirror.list_logs():
                if row.log in grown or row.state != LogState.PASSED:
                    queue_own(session, tools.clock, JobKind.MIRROR, row.log)
                else:
                    row.as_of_block, row.checked_at = block, now
                    mirror.add(row)
                if self._is_sweep_due(row):
                    queue_own(session, tools.clock, JobKind.SWEEP, row.log)
                if row.verified_size and now - (row.rechecked_at or 0) >= self._cadence.recheck_seconds:
                    queue_own(session, tools.clock, JobKind.RECHECK, row.log)
            JobRepository(session).forget_own_ended_before(now - KEPT_SECONDS)

    def _is_sweep_due(self, row: MirroredLog) -> bool:
        if self._tools.sources.find(row.institution) is None:
            return False
        if row.swept_size < row.verified_size:
            return True
        if row.could_not_check_count + row.withheld_count == 0:
            return False
        return self._monotonic() >= self._next_sweep.get(row.log, 0.0)

    def _find_next(self) -> Job | None:
        with self._tools.database.reading() as session:
            return JobRepository(session).find_next()

    def _run_slice(self, job: Job) -> None:
        until = self._monotonic() + SLICE_SECONDS
        while self._monotonic() < until:
            if self._runner.advance(job.id):
                self._go_on_after(job)
                return

    def _go_on_after(self, job: Job) -> None:
        """After a mirror's job come the new entries' evidence; what couldn't be checked waits a while."""
        if job.kind == JobKind.SWEEP:
            self._next_sweep[job.log] = self._monotonic() + RETRY_SECONDS
        if job.kind != JobKind.MIRROR:
            return
        tools = self._tools
        with tools.database.writing() as session:
            row = MirrorRepository(session).get_log(job.log)
            if row.swept_size < row.verified_size and tools.sources.find(row.institution) is not None:
                queue_own(session, tools.clock, JobKind.SWEEP, job.log)

    def _note_problem(self, problem: CouldNotCheck | str) -> None:
        """Say of every log that nothing can be said now."""
        if isinstance(problem, str):
            problem = CouldNotCheck(
                problem,
                "The node's chain isn't the trusted and pinned one: see the finding.",
                "节点所在的链不是所信任并钉住的链：见发现。",
            )
        with self._tools.database.writing() as session:
            mirror = MirrorRepository(session)
            for row in mirror.list_logs():
                row.state = LogState.COULD_NOT_CHECK
                row.problem, row.problem_en, row.problem_zh = problem.code, problem.en, problem.zh
                row.checked_at = self._tools.clock()
                mirror.add(row)
        note_problem(self._tools, problem)


def run_to_end(tools: Tools, jobs: Sequence[str]) -> None:
    """Run jobs one after the other to their end."""
    runner = JobRunner(tools)
    for job in jobs:
        while not runner.advance(job):
            pass
