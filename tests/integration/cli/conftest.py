"""One embedded stack for the command's tests, started by the command itself as a user starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.command_support import RunningStack, start_stack


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """`rxledger run` with three seeded prescriptions, up until the last test that uses it has ended."""
    home = tmp_path_factory.mktemp("stack") / "home"
    stack = start_stack(home, "--seed-count", "3")
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def fresh_home(tmp_path: Path) -> Path:
    """A home folder that isn't there yet."""
    return tmp_path / "home"
