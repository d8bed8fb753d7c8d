"""`rxledger run`: what it finds in its home, what it refuses, and what a start that was broken off leaves."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from ledger_cli.embedded.home import read_marker, write_marker
from ledger_cli.embedded.people import DOCTORS, HOSPITALS
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from tests.integration.cli.command_support import (
    ANY_PORTS,
    COMMAND,
    Finished,
    RunningStack,
    call,
    is_gone,
)
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

UPGRADED_WITHIN_S = 420.0
"""Set-up of what is new, and the portal's verification of it all, beside other tests."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_home_of_the_version_before_gets_what_it_lacks(fresh_home: Path, made_before: None) -> None:
    assert json.loads((fresh_home / "home.json").read_text())["stage"] == "enrolled"
    options = ("--no-attacks", "--seed-count", "2", "--once", "--json")
    upgraded = call("run", "--home", str(fresh_home), *ANY_PORTS, *options, within_s=UPGRADED_WITHIN_S)
    assert upgraded.exit_code == 0, upgraded.stderr
    mirror = upgraded.document["mirror"]
    assert mirror["verified"] == mirror["anchored"] > 3
    assert "enrolling" in upgraded.stderr
    again = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--once", "--json")
    assert again.exit_code == 0, again.stderr
    assert "enrolling" not in again.stderr
    assert len(again.document["bundles"]) == len(upgraded.document["bundles"]) == 3
    assert again.document["seeded_now"] == 0 and again.document["drafts_waiting"] == 2


@pytest.fixture
def made_before(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with what the first version made: two hospitals, and a marker that knows no parts."""
    monkeypatch.setattr("ledger_cli.embedded.gateways.FIRST_TENANTS", HOSPITALS)
    monkeypatch.setattr("ledger_cli.embedded.credentials.INSTITUTIONS", HOSPITALS)
    monkeypatch.setattr("ledger_cli.embedded.credentials.NON_SIGNERS", ())
    monkeypatch.setattr("ledger_cli.embedded.enrolment.ADMINISTRATORS", ())
    # That version knew no regulator: nobody of hers was enrolled, at whichever gateway.
    monkeypatch.setattr("ledger_cli.embedded.enrolment.REGULATOR", HOSPITALS[0])
    for module in ("credentials", "enrolment"):
        monkeypatch.setattr(f"ledger_cli.embedded.{module}.PRACTITIONERS", DOCTORS)
    options = StackOptions(fresh_home, portal_port=None, second_gateway_port=None)
    with EmbeddedStack(options) as stack:
        marker = read_marker(stack.home)
        write_marker(stack.home, replace(marker, parts=frozenset()))


@dataclass(frozen=True)
class BrokenOff:
    """A start that was stopped in its middle, the children it had then, and the start after it."""

    home: Path
    exit_code: int
    children: list[int]
    again: Finished


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> BrokenOff:
    """A home whose first start was stopped while it set up, and whose second went through."""
    home = tmp_path_factory.mktemp("broken-off") / "home"
    words = ("run", "--home", str(home), *ANY_PORTS, "--no-attacks", "--no-seed")
    with (home.parent / "out").open("wb") as out:
        process = subprocess.Popen([*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    wait_until((home / "chain").is_dir, 60, "the chain's folder")
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    exit_code = process.wait(30)
    for child in children:
        wait_until(partial(is_gone, child), 15, f"process {child} to end")
    return BrokenOff(home, exit_code, children, call(*words, "--once"))


def test_stopped_while_it_starts_it_leaves_no_process_and_starts_again(broken_off: BrokenOff) -> None:
    assert broken_off.exit_code == 2
    assert all(map(is_gone, broken_off.children))
    assert broken_off.again.exit_code == 0, broken_off.again.stderr


def test_a_second_run_on_the_same_home_is_told_who_has_it(running: RunningStack) -> None:
    refused = call("run", "--home", str(running.home), *ANY_PORTS, "--no-attacks")
    assert refused.exit_code == 2
    assert str(running.process.pid) in refused.stderr and "--home" in refused.stderr


@pytest.mark.parametrize(
    "option", ["--port", "--rpc-port", "--portal-port", "--attack-port", "--second-gateway-port"]
)
def test_a_busy_port_is_named_with_a_way_out(fresh_home: Path, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ports = [*ANY_PORTS, "--attack-port", "0", option, port]
        refused = call("run", "--home", str(fresh_home), *ports)
    assert refused.exit_code == 2
    assert port in refused.stderr and f"{option} " in refused.stderr


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    refused = call("run", "--home", str(tmp_path), *ANY_PORTS, "--no-attacks")
    assert refused.exit_code == 1
    assert "thesis.doc" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        ("home.json", "home.json"),
        ("deployment.json", "deployment.json"),
        ("chain", "chain"),
        ("gateway.db", "gateway.db"),
        ("keystore.json", "keystore.json"),
    ],
)
def test_a_damaged_home_is_refused_with_what_to_do(fresh_home: Path, harm: str, finding: str) -> None:
    _pretend_enrolled(fresh_home)
    damaged = fresh_home / harm
    if harm == "home.json":
        damaged.write_text('{"format": "rxledger.home/1", "stage": ')
    elif damaged.is_dir():
        for item in damaged.iterdir():
            item.unlink()
    else:
        damaged.unlink()
    refused = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--json")
    assert refused.exit_code == 1
    error = refused.document["error"]
    assert error["code"] == "home.corrupt"
    assert finding in error["message"] and "backup" in error["message"]


def _pretend_enrolled(home: Path) -> None:
    (home / "chain").mkdir(parents=True)
    (home / "chain" / "chain.json").write_text("{}")
    (home / "development-credentials").mkdir()
    for name in ("deployment.json", "gateway.db", "keystore.json"):
        (home / name).write_text("{}")
    marker = {"format": "rxledger.home/1", "key": "00", "stage": "enrolled"}
    (home / "home.json").write_text(json.dumps(marker))


@pytest.mark.slow
def test_a_chain_that_was_replaced_is_noticed(
    broken_off: BrokenOff, fresh_home: Path, running: RunningStack
) -> None:
    shutil.copytree(broken_off.home, fresh_home)
    for item in ("deployment.json", "trust.json"):
        (fresh_home / item).write_bytes((running.home / item).read_bytes())
    refused = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--json")
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "home.corrupt"
    assert "deployment.json" in refused.document["error"]["message"]
