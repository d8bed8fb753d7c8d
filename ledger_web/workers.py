"""Threads of the outbox: each repeats one step for ever, sleeps as long as the step says, and is woken early.

A step reads what to do from the database, so that a woken thread, a restarted process and a repeated step
all go on from the same rows. A step that raises is repeated after a growing pause; readiness shows it
meanwhile.
"""

import random
import threading
from collections.abc import Callable

import structlog

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


def build_pause(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, bounded, jittered."""
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 30))
    return pause * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, hides nothing


class Worker:
    """One named thread that repeats `step`, which returns the seconds to sleep unless woken.

    `gather_seconds` is how long it lets more work come together after it was woken: a step that commits costs
    the same for one piece of work as for many.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        count_failure: Callable[[], None] = lambda: None,
        gather_seconds: float = 0.0,
    ) -> None:
        self.name = name
        self._step = step
        self._count_failure = count_failure
        self._gather_seconds = gather_seconds
        self._last_failure = ""
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"rxledger-{name}", daemon=True)
        self._logger = structlog.get_logger("rxledger.worker").bind(worker=name)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def failures_in_a_row(self) -> int:
        """How many steps have raised since the last one that didn't."""
        return self._failures

    @property
    def last_failure(self) -> str:
        """The code, or else the class, of what the last step raised; empty if it didn't."""
        return self._last_failure if self._failures else ""

    def start(self) -> None:
        """Start the thread; its first step runs at once, which is how work left by a crash is resumed."""
        self._thread.start()

    def wake(self) -> None:
        """Make the next step run now. Cheap, and safe from any thread."""
        self._woken.set()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Let the running step end, then the thread."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._step()
            except Exception as failure:  # noqa: BLE001 - the thread must outlive whatever one step meets
                self._note_failure(failure)
                self._stopping.wait(build_pause(self._failures))  # being woken mends nothing: sleep it out
                continue
            self._failures = 0
            if self._woken.wait(pause) and self._gather_seconds:
                self._stopping.wait(self._gather_seconds)
            self._woken.clear()

    def _note_failure(self, failure: Exception) -> None:
        code = getattr(failure, "code", None)
        self._last_failure = str(code or type(failure).__name__)
        self._failures += 1
        self._count_failure()
        self._logger.warning(
            "worker_step_failed",
            failure=type(failure).__name__,
            code=code,
            failures_in_a_row=self._failures,
            exc_info=code is None,  # an error of ours says enough by its code
        )
