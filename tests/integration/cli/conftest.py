"""Two stacks for the command's tests: one that the command itself started, and one with a confined portal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.command_support import (
    Killed,
    RunningStack,
    list_commitments,
    list_drafts,
    start_stack,
)
from tests.support.enrolled_home import lay_enrolled_home
from tests.support.running_stack import WholeStack, run_whole_stack


@pytest.fixture(scope="package")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """`rxledger run` with three seeded prescriptions in a fresh home, killed with all its processes."""
    stack = start_stack(tmp_path_factory.mktemp("stack") / "home", "--seed-count", "3")
    try:
        had = Killed(stack, list_commitments(stack), list_drafts(stack))
    finally:
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait()
        stack.await_children_gone()
    stack.trust.unlink()  # it follows from deployment.json
    return had


@pytest.fixture(scope="package")
def running(killed: Killed) -> Iterator[RunningStack]:
    """The same home, started again, and up until the last test that uses it has ended."""
    stack = start_stack(killed.stack.home, "--seed-count", "3")
    try:
        yield stack
    finally:
        assert stack.stop(signal.SIGINT) == 0


@pytest.fixture(scope="package")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """A stack with three seeded prescriptions whose portal is confined; a day is played on it, once."""
    home = tmp_path_factory.mktemp("whole-stack") / "home"
    lay_enrolled_home(home)
    with run_whole_stack(home) as stack:
        yield stack


@pytest.fixture
def fresh_home(tmp_path: Path) -> Path:
    """A home folder that isn't there yet."""
    return tmp_path / "home"
