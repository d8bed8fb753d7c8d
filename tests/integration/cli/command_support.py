"""The command `rxledger` as a separate process, and a stack that it keeps running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from ledger_cli.embedded.people import DOCTORS
from ledger_cli.gateway_client import GatewayClient
from tests.support.waiting import wait_until

COMMAND = (sys.executable, "-m", "ledger_cli.app")
ANY_PORTS = ("--port", "0", "--portal-port", "0", "--rpc-port", "0", "--second-gateway-port", "0")
PARTS = ("gateway", "gateway-b", "portal", "chain")
STARTED_WITHIN_S = 240.0
ENDED_WITHIN_S = 30.0
CALL_ENDS_WITHIN_S = 240.0


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """Its JSON output."""
        return json.loads(self.stdout)


def call(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
    within_s: float = CALL_ENDS_WITHIN_S,
) -> Finished:
    """Run the command to its end; a traceback on either stream fails the test."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=given,
        capture_output=True,
        timeout=within_s,
        env=os.environ | {"LANG": "C.UTF-8", "COLUMNS": "200"} | dict(environment or {}),
    )
    finished = Finished(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in finished.stdout + finished.stderr, finished
    return finished


@dataclass
class RunningStack:
    """`rxledger run`, up; what it said of itself."""

    home: Path
    process: subprocess.Popen[bytes]
    said: dict[str, Any]

    @property
    def gateway(self) -> str:
        """The gateway's address."""
        return str(self.said["gateway"])

    @property
    def second_gateway(self) -> str:
        """The address of the gateway of pharmacies, insurer and manufacturer."""
        return str(self.said["second_gateway"])

    @property
    def portal(self) -> str:
        """The portal's address."""
        return str(self.said["portal"])

    @property
    def rpc(self) -> str:
        """The chain's address."""
        return str(self.said["rpc"])

    @property
    def trust(self) -> Path:
        """The trust file."""
        return self.home / "trust.json"

    @property
    def bundles(self) -> list[Path]:
        """The seeded evidence bundles."""
        return [Path(item["path"]) for item in self.said["bundles"]]

    def doctor(self, username: str = "dr-li") -> Path:
        """A doctor's folder of credentials."""
        return self.home / "development-credentials" / username

    def token(self, hospital: str = "peoples") -> Path:
        """The token of a hospital's machine client."""
        return self.home / "development-credentials" / f"{hospital}-his-import.token"

    def children(self) -> list[int]:
        """The process ids of gateways, portal and chain."""
        return [int(pid) for name, pid in self.said["pids"].items() if name != "supervisor"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait until the command and everything that it started is gone; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(ENDED_WITHIN_S)
        self.await_children_gone()
        return code

    def await_children_gone(self) -> None:
        """Wait until none of them runs any more."""
        for pid in self.children():
            wait_until(partial(is_gone, pid), ENDED_WITHIN_S, f"process {pid} to end")


@dataclass(frozen=True)
class Killed:
    """A stack that was killed once it was up, and what the gateway held then."""

    stack: RunningStack
    issued: list[str]
    waiting: list[str]


def start_stack(home: Path, *arguments: str) -> RunningStack:
    """Start `rxledger run` on free ports, and wait until it says that everything is up."""
    home.parent.mkdir(parents=True, exist_ok=True)
    said, errors = home.parent / "said.json", home.parent / "errors.log"
    with said.open("wb") as out, errors.open("ab") as err:
        process = subprocess.Popen(
            [*COMMAND, "run", "--home", str(home), *ANY_PORTS, "--no-attacks", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    wait_until(
        lambda: process.poll() is not None or said.read_bytes().endswith(b"}\n"),
        STARTED_WITHIN_S,
        "the stack to come up",
    )
    assert process.poll() is None, said.read_text() + errors.read_text()
    return RunningStack(home, process, json.loads(said.read_text()))


def is_gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


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
