"""A subprocess that ends when its parent does, however the parent ends.

The program is started through a few lines of POSIX shell. They leave a guard in the background, then become
the program (`exec`), so that the process id is the program's own. The guard reads from a pipe whose other
end only the parent holds: when the parent stops the program, or dies by any signal, the pipe closes, and the
guard sends SIGTERM to its process group, then SIGKILL after a grace. A process group can't be reused while
the guard lives in it, so that no stranger is ever hit. This works on Linux and macOS alike, and from any
thread (Linux's `PR_SET_PDEATHSIG` would end the program with the *thread* that started it).

The group is a new session: Ctrl-C in the terminal reaches the parent alone, which then stops things in order.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

GRACE_S = 5.0
"""How long a program may take to end by itself before it is killed."""

_GUARD = """
exec 3<&0
(
  trap '' TERM INT HUP
  cat <&3 >/dev/null
  kill -TERM 0
  waited=0
  while [ "$waited" -lt 50 ] && kill -0 "$$"; do sleep 0.1; waited=$((waited + 1)); done
  kill -KILL 0
) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"""


class GuardedProcess:
    """One run of a program. What it prints is appended to a log file."""

    def __init__(self, command: Sequence[str], log_path: Path, keep_open: Sequence[int] = ()) -> None:
        """Start it.

        :param keep_open: file descriptors that the program and its guard hold until they end (a lock's)
        :raises OSError: the shell can't be started, or the log can't be written
        """
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(keep_open),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id of the program; also that of its process group."""
        return self._process.pid

    def find_exit_code(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def stop(self) -> int | None:
        """End the program and its guard, and wait for it; returns the exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=GRACE_S + 2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        return self._process.returncode
