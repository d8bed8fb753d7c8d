"""The gateway as a supervised subprocess: started, waited for, and never outliving this process."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from ledger_chain.engines.guarded_process import GuardedProcess
from ledger_cli.embedded.ports import LOOPBACK
from ledger_cli.errors import CouldNotCheck
from ledger_cli.secret_entry import PASSWORD_VARIABLE, PIN_VARIABLE, TOKEN_VARIABLE

_SECRETS = (PIN_VARIABLE, PASSWORD_VARIABLE, TOKEN_VARIABLE)
READY_SECONDS = 60.0
POLL_SECONDS = 0.1
LOG_TAIL_LINES = 12
MAX_LOG_BYTES = 20 * 1024 * 1024


class GatewayProcess:
    """`python -m ledger_api`, guarded: it ends when this process does, however that ends."""

    def __init__(
        self, port: int, log_path: Path, settings: Mapping[str, str], *, keep_open: Sequence[int] = ()
    ) -> None:
        self._port = port
        self._log_path = log_path
        self._settings = {"RXLEDGER_HOST": LOOPBACK, "RXLEDGER_PORT": str(port)} | dict(settings)
        self._keep_open = tuple(keep_open)
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.find_exit_code() is None

    def start(self) -> None:
        """Start it and wait until it is ready to serve."""
        self.stop()
        self._log_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._log_path.exists() and self._log_path.stat().st_size > MAX_LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))
        # `env` becomes the gateway: the settings are no secrets, and a PIN or password isn't handed down.
        settings = [f"{name}={value}" for name, value in self._settings.items()]
        unset = [word for name in _SECRETS for word in ("-u", name)]
        command = ["/usr/bin/env", *unset, *settings, sys.executable, "-m", "ledger_api"]
        self._process = GuardedProcess(command, self._log_path, self._keep_open)
        self._await_ready()

    def stop(self) -> None:
        """End it, politely first."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _await_ready(self) -> None:
        ends_at = time.monotonic() + READY_SECONDS
        with httpx.Client(base_url=self.url, timeout=2.0, trust_env=False) as probe:
            while time.monotonic() < ends_at:
                if not self.is_alive():
                    raise self._failure("ended while starting", "启动时退出")
                if _answers(probe):
                    return
                time.sleep(POLL_SECONDS)
        self.stop()
        raise self._failure(f"wasn't ready within {READY_SECONDS:.0f} s", f"{READY_SECONDS:.0f} 秒内未就绪")

    def _failure(self, en: str, zh: str) -> CouldNotCheck:
        tail = log_tail(self._log_path)
        return CouldNotCheck(
            "gateway.not_ready",
            f"the gateway {en}. Its last words, from {self._log_path}:\n{tail}",
            f"网关{zh}。其日志（{self._log_path}）末尾：\n{tail}",
        )


def log_tail(path: Path) -> str:
    """The last lines of a log file."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, path.stat().st_size - 8192))
            lines = source.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-LOG_TAIL_LINES:])


def _answers(probe: httpx.Client) -> bool:
    try:
        return probe.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
