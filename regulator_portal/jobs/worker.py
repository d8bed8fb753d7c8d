"""The portal's one working thread: rounds of the mirror, sweeps, rechecks, and jobs that people ask for."""

from collections.abc import Callable

from ledger_web.workers import Worker
from regulator_portal.jobs.rounds import Rounds


class PortalWorker:
    """Does queued jobs first, then whatever round is due. All state stands in the database."""

    def __init__(self, rounds: Rounds, count_failure: Callable[[], None] = lambda: None) -> None:
        self.rounds = rounds
        self.worker = Worker("portal", rounds.step, count_failure)

    def wake(self) -> None:
        """Let it look for work now: a job was queued."""
        self.worker.wake()
