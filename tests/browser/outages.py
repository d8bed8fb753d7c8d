"""A part of the stack that fails while somebody looks at a page: it stands still, or it is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def standing_still(pid: int | None) -> Iterator[None]:
    """A process that answers nothing until the block ends: to others it looks like a lost line."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def kill(pid: int | None) -> None:
    """End a process as a power cut does."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
