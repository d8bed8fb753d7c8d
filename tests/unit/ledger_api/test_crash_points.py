"""Named places where a development gateway dies on request."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ledger_api.crash_points import CRASH_POINTS, CrashPoints, UnknownCrashPoint


def test_without_a_name_every_place_is_passed() -> None:
    points = CrashPoints()
    for name in CRASH_POINTS:
        points.reach(name)


def test_other_places_than_the_named_one_are_passed() -> None:
    points = CrashPoints("proof_kept")
    for name in CRASH_POINTS:
        if name != "proof_kept":
            points.reach(name)


def test_the_named_place_ends_the_process_without_a_word() -> None:
    script = (
        "import atexit; atexit.register(lambda: print('cleaned up'));"
        "from ledger_api.crash_points import CrashPoints;"
        "CrashPoints('sequenced').reach('sequenced'); print('lived on')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, b"")


@pytest.mark.parametrize("name", ["", "nowhere", "Accepted"])
def test_unknown_places_are_refused(name: str) -> None:
    with pytest.raises(UnknownCrashPoint):
        CrashPoints(name)
    with pytest.raises(UnknownCrashPoint):
        CrashPoints().reach(name)
