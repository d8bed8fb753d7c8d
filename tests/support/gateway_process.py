"""A gateway in a process of its own, which can be told where to die and can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

START_SECONDS = 60


class GatewayProcess:
    """A gateway as an operator runs it; its home holds the deployment's file."""

    def __init__(self, home: Path, rpc_url: str) -> None:
        self._home = home
        self._rpc_url = rpc_url
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, crash_at: str = "") -> None:
        """Start it and wait until it answers."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "RXLEDGER_HOME": str(self._home),
            "RXLEDGER_PORT": str(port),
            "RXLEDGER_DEPLOYMENT": str(self._home / "deployment.json"),
            "RXLEDGER_RPC_URL": self._rpc_url,
            "RXLEDGER_CHECKPOINT_INTERVAL_MS": "50",
            "RXLEDGER_CRASH_AT": crash_at,
        }
        with (self._home / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger_api"], env=environment, stdout=log, stderr=log
            )
        wait_until(lambda: self._answers() or self.exit_code is not None, START_SECONDS, "the gateway")
        assert self.exit_code is None, (self._home / "gateway.log").read_text()

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def kill(self) -> None:
        """End it, if it hasn't ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False, verify=NO_AUTHORITIES).status_code == 200
        except httpx.TransportError:
            return False


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
