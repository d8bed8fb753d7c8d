"""Waiting for a condition in a test, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable

POLL_S = 0.02


def wait_until(condition: Callable[[], object], within_s: float, what: str) -> None:
    """Return as soon as `condition` holds; fail, saying `what` was awaited, after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s} s in vain for {what}")
        time.sleep(POLL_S)
