"""`rxledger run`: set up once, supervised, killed and started again with nothing lost or doubled."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from ledger_cli.embedded.home import read_marker, write_marker
from ledger_cli.embedded.people import DOCTORS, HOSPITALS
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.gateway_client import GatewayClient
from tests.integration.cli.command_support import (
    ANY_PORTS,
    COMMAND,
    PARTS,
    RunningStack,
    call,
    is_gone,
    start_stack,
)
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

UPGRADED_WITHIN_S = 420.0
"""Set-up of what is new, and the portal's verification of it all, beside other tests."""


def list_commitments(stack: RunningStack) -> list[str]:
    """Every prescription at the gateway, by all doctors of the example."""
    found = []
    for doctor in DOCTORS:
        password = (stack.doctor(doctor.username) / "password").read_text().strip()
        with GatewayClient(stack.gateway) as client:
            client.log_in(
                doctor.hospital.number, doctor.username, password, idempotency_key="any-key-will-do"
            )
            found += [item["commitment"] for item in client.pages("/v1/prescriptions")]
    return sorted(found)


def list_drafts(stack: RunningStack) -> list[str]:
    """The drafts that wait for Dr Li."""
    password = (stack.doctor() / "password").read_text().strip()
    with GatewayClient(stack.gateway) as client:
        client.log_in(1, "dr-li", password, idempotency_key="any-key-will-do")
        return [item["id"] for item in client.pages("/v1/drafts", status="draft")]


@pytest.mark.slow
def test_whatever_is_killed_the_next_start_has_everything_once(fresh_home: Path) -> None:
    first = start_stack(fresh_home, "--seed-count", "3")
    issued, waiting = list_commitments(first), list_drafts(first)
    assert len(issued) == 3 and len(set(issued)) == 3 and len(waiting) == 2
    verify_everything_good(first)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    first.await_children_gone()
    first.trust.unlink()  # it follows from deployment.json

    second = start_stack(fresh_home, "--seed-count", "3")
    assert second.said["seeded_now"] == 0
    assert list_commitments(second) == issued and list_drafts(second) == waiting
    verify_everything_good(second)
    for part in PARTS:
        _kill_and_await_revival(second, part)
    assert list_commitments(second) == issued

    assert second.stop(signal.SIGINT) == 0
    assert b"nothing was issued again" in (fresh_home.parent / "errors.log").read_bytes()


def verify_everything_good(stack: RunningStack) -> None:
    """Every bundle passed here, and every entry at the portal, which found nothing."""
    assert [item["outcome"] for item in stack.said["bundles"]] == ["passed"] * 4
    mirror = stack.said["mirror"]
    # Four windows, two reviews, and the lots of the example's packs.
    assert mirror["anchored"] > 6 and mirror["open_findings"] == 0
    assert mirror["mirrored"] == mirror["verified"] == mirror["anchored"]
    assert stack.said["ok"] is True


def _kill_and_await_revival(stack: RunningStack, part: str) -> None:
    psutil.Process(stack.said["pids"][part]).kill()
    wait_until(lambda: is_gone(stack.said["pids"][part]), 10, f"the {part} to die")
    log = stack.home.parent / "errors.log"
    wait_until(lambda: f"the {part} had died".encode() in log.read_bytes(), 60, f"the {part} to be revived")
    for url in (stack.gateway, stack.second_gateway, stack.portal):
        wait_until(partial(_serves, url), 60, f"{url} to be ready again")
    _learn_new_pids(stack)


def _serves(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/readyz", timeout=5, verify=NO_AUTHORITIES).json()["status"] == "ok")
    except httpx.TransportError:
        return False


def _learn_new_pids(stack: RunningStack) -> None:
    """The supervisor's present children, by what they run."""
    words_of = {"portal": "regulator_portal", "chain": "ganache"}
    ports = {
        stack.gateway.rpartition(":")[2]: "gateway",
        stack.second_gateway.rpartition(":")[2]: "gateway-b",
    }
    for child in psutil.Process(stack.process.pid).children():
        words = " ".join(child.cmdline())
        for part, word in words_of.items():
            if word in words:
                stack.said["pids"][part] = child.pid
        if "ledger_api" in words:
            stack.said["pids"][ports[child.environ()["RXLEDGER_PORT"]]] = child.pid


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


def test_stopped_while_it_starts_it_leaves_no_process_and_starts_again(fresh_home: Path) -> None:
    fresh_home.parent.mkdir(exist_ok=True)
    command = [*COMMAND, "run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--no-seed"]
    with (fresh_home.parent / "out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    wait_until((fresh_home / "chain").is_dir, 60, "the chain's folder")
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 2
    for child in children:
        wait_until(partial(is_gone, child.pid), 15, f"process {child.pid} to end")
    again = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--no-seed", "--once")
    assert again.exit_code == 0, again.stderr


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
def test_a_chain_that_was_replaced_is_noticed(fresh_home: Path, running: RunningStack) -> None:
    made = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--no-seed", "--once")
    assert made.exit_code == 0, made.stderr
    for item in ("deployment.json", "trust.json"):
        (fresh_home / item).write_bytes((running.home / item).read_bytes())
    refused = call("run", "--home", str(fresh_home), *ANY_PORTS, "--no-attacks", "--json")
    assert refused.exit_code == 1
    assert refused.document["error"]["code"] == "home.corrupt"
    assert "deployment.json" in refused.document["error"]["message"]
