"""A service's time: whole Unix seconds, from one replaceable source.

Every row and every rule takes its `now` from the clock that `app.build_app` was given, so that expiry can be
tested by moving the clock instead of waiting.
"""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives the present time in Unix seconds."""


def system_clock() -> int:
    """Return the system's time in Unix seconds."""
    return int(time.time())
