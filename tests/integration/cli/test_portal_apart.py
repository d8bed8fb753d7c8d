"""The portal is another party: its process can't open what the gateway, the doctors and the chain keep.

What holds it back is the kernel (see `tests/support/confined.py`), not the portal's good manners.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from ledger_cli.embedded.auditing import await_mirror
from tests.support.confined import Grants, build_launcher
from tests.support.running_stack import WholeStack, files_of_others, portal_grants

pytestmark = [pytest.mark.integration, pytest.mark.chain]

OPENS_EACH = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").close()
        print("opened")
    except PermissionError:
        print("refused")
"""


def open_each(launcher: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Try to open each path in a process that is started by `launcher`; what came of each."""
    command = [*launcher, sys.executable, "-c", OPENS_EACH, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


def everything_of_others(stack: WholeStack) -> list[Path]:
    """All of the home that is not the portal's; of the chain's database, which is astir, the folder alone."""
    portal, chain = stack.home.portal.root, stack.home.chain / "db"
    return [
        path
        for path in stack.home.root.rglob("*")
        if path != portal and portal not in path.parents and chain not in path.parents
    ]


@pytest.mark.needs_system("landlock")
def test_a_process_confined_as_the_portal_is_opens_nothing_of_the_others(whole_stack: WholeStack) -> None:
    others = everything_of_others(whole_stack)
    assert whole_stack.home.database in others and len(others) > 20
    as_portal = build_launcher(portal_grants(whole_stack.home), without=files_of_others(whole_stack.home))
    assert set(open_each(as_portal, others)) == {"refused"}
    assert set(open_each((), others)) == {"opened"}, "unconfined, the same account opens every one"


@pytest.mark.needs_system("landlock")
def test_confined_it_still_opens_its_own(whole_stack: WholeStack) -> None:
    portal = whole_stack.home.portal
    own = [portal.database, portal.trust, portal.sources, portal.token]
    as_portal = build_launcher(portal_grants(whole_stack.home), without=())
    assert open_each(as_portal, own) == ["opened"] * len(own)


@pytest.mark.needs_system("landlock")
def test_a_program_that_could_open_what_it_must_not_is_not_started(tmp_path: Path) -> None:
    secret = tmp_path / "gateway.db"
    secret.write_text("secret")
    too_much = Grants(read=[Path("/")])
    launcher = build_launcher(too_much, without=[secret])
    done = subprocess.run(
        [*launcher, sys.executable, "-c", "print('started')"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "not started" in done.stderr and "started" not in done.stdout


def test_the_running_portal_is_a_process_of_its_own_with_its_own_database(whole_stack: WholeStack) -> None:
    process = psutil.Process(whole_stack.stack.portal.pid)
    assert process.pid not in {os.getpid(), whole_stack.stack.gateway.pid}
    assert "regulator_portal" in process.cmdline()
    held = {Path(file.path) for file in process.open_files()}
    assert whole_stack.home.portal.database in held
    allowed = {whole_stack.home.portal_log, whole_stack.home.root / "run.lock"}
    foreign = {path for path in held if path.is_relative_to(whole_stack.home.root)} - allowed
    assert all(path.is_relative_to(whole_stack.home.portal.root) for path in foreign), foreign


@pytest.mark.needs_system("landlock")
def test_the_running_portal_went_through_the_confinement(whole_stack: WholeStack) -> None:
    # Confining itself, a process first gives up gaining privileges: the kernel shows that, and only that.
    assert gave_up_privileges(whole_stack.stack.portal.pid)
    assert not gave_up_privileges(whole_stack.stack.gateway.pid)


def gave_up_privileges(pid: int | None) -> bool:
    """Whether a process can gain no privileges any more."""
    return "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()


def test_confined_the_portal_mirrors_and_verifies_every_entry(whole_stack: WholeStack) -> None:
    state = await_mirror(whole_stack.home, whole_stack.portal_url, whole_stack.rpc_url, patience_seconds=60)
    assert state.is_whole and state.anchored >= 4
    assert state.open_findings == 0
