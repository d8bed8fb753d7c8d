"""Shared by all tests: which of them need something that this machine lacks, said aloud at the end.

A test that needs a program which only a system package brings is marked `needs_system("program")`. Where it
is missing the test is left out, listed at the end with the command that brings it, and fails the run under
`--nothing-left-out` (what CI uses).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.confined import is_enforceable
from tests.support.system_programs import find_system_program

if TYPE_CHECKING:
    from tests.support.running_stack import WholeStack
    from tests.two_gateways import TwoGateways

# A busy machine makes no property false.
settings.register_profile(
    "untimed", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")

BROWSER_TESTS = Path(__file__).parent / "browser"
LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()


@pytest.fixture(scope="session")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """Chain, gateway and portal with a few prescriptions, once a session, for tests that only add to it."""
    from tests.support.running_stack import run_whole_stack  # loading the gateway takes seconds

    with run_whole_stack(tmp_path_factory.mktemp("whole-stack") / "home") as stack:
        yield stack


@pytest.fixture(scope="session")
def two_gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoGateways]:
    """Two gateways on one chain, once a session, for tests that don't mind what others did there."""
    from ledger_chain.engines import AnvilEngine
    from tests.two_gateways import deploy_for_two, run_two_gateways

    folder = tmp_path_factory.mktemp("two-gateways")
    with (
        AnvilEngine(folder / "chain") as engine,
        run_two_gateways(folder / "home", deploy_for_two(engine)) as running,
    ):
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nothing-left-out",
        action="store_true",
        help="fail if a test was left out for want of a system package",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out: dict[str, list[str]] = {}
    for item in items:
        for marker in item.iter_markers("needs_system"):
            program = str(marker.args[0])
            if is_missing(program):
                left_out.setdefault(program, []).append(item.nodeid)
                item.add_marker(pytest.mark.skip(reason=f"needs {program}: run `make system-deps`"))
    config.stash[LEFT_OUT] = left_out
    # Last: Playwright keeps an event loop in the main thread once started, where others could start none.
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER_TESTS))


def is_missing(need: str) -> bool:
    """Whether this system lacks a program, or `landlock`: a kernel that can confine one (Linux 5.13)."""
    return not is_enforceable() if need == "landlock" else find_system_program(need) is None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, {})
    if not left_out:
        terminalreporter.write_line("Nothing was left out for want of a system package.")
        return
    terminalreporter.section("left out for want of a system package: `make system-deps` brings it")
    for program, tests in sorted(left_out.items()):
        terminalreporter.write_line(f"{program}: {len(tests)} tests, for example {tests[0]}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--nothing-left-out") and session.config.stash.get(LEFT_OUT, {}):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
