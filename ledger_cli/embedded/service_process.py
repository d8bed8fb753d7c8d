"""A web service of ours as a supervised subprocess: started, waited for, and never outliving this process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from ledger_chain.engines.guarded_process import GuardedProcess
from ledger_cli.embedded.ports import LOOPBACK
from ledger_cli.errors import CouldNotCheck
from ledger_cli.gateway_client import WITHOUT_TLS
from ledger_cli.language import Text

OUR_VARIABLES = "RXLEDGER_"
READY_SECONDS = 60.0
POLL_SECONDS = 0.1
LOG_TAIL_LINES = 12
MAX_LOG_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Service:
    """Which service it is: its name for code and people, and the words after `python -m` that run it."""

    name: str
    shown: Text
    command: Sequence[str]


GATEWAY = Service("gateway", Text("the gateway", "网关"), ("ledger_api",))
SECOND_GATEWAY = Service("gateway-b", Text("the second gateway", "第二网关"), ("ledger_api",))
PORTAL = Service("portal", Text("the portal", "监管门户"), ("regulator_portal", "serve"))


class ServiceProcess:
    """`python -m <service>`, guarded: it ends when this process does, however that ends.

    Of this process's environment it gets everything but our own variables: its settings are those given
    here, and no PIN, password or passphrase is handed down.
    """

    def __init__(
        self,
        service: Service,
        port: int,
        log_path: Path,
        settings: Mapping[str, str],
        *,
        keep_open: Sequence[int] = (),
        launcher: Sequence[str] = (),
    ) -> None:
        """Describe it; nothing is started.

        :param keep_open: file descriptors that the service holds until it ends (a lock's)
        :param launcher: a program with arguments that is put before the service's own command and becomes it,
            having given up what the service is to do without
        """
        self._service = service
        self._port = port
        self._log_path = log_path
        self._settings = dict(settings)
        self._keep_open = tuple(keep_open)
        self._launcher = tuple(launcher)
        self._process: GuardedProcess | None = None

    @property
    def name(self) -> str:
        """Which service it is: `gateway`, `gateway-b` or `portal`."""
        return self._service.name

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    @property
    def log_path(self) -> Path:
        """What it wrote."""
        return self._log_path

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.find_exit_code() is None

    def start(self) -> None:
        """Start it and wait until it is ready to serve."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start it, and don't wait: several can start side by side."""
        self.stop()
        self._log_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._log_path.exists() and self._log_path.stat().st_size > MAX_LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))
        # `env` becomes the service: the settings that it shows in a list of processes are no secrets.
        ours = [name for name in sorted(os.environ) if name.startswith(OUR_VARIABLES)]
        unset = [word for name in ours for word in ("-u", name)]
        settings = [f"{name}={value}" for name, value in self._settings.items()]
        module = [sys.executable, "-m", *self._service.command]
        command = ["/usr/bin/env", *unset, *settings, *self._launcher, *module]
        self._process = GuardedProcess(command, self._log_path, self._keep_open)

    def await_ready(self) -> None:
        """Wait until it is ready to serve. Raises CouldNotCheck, with its last words, if it never is."""
        ends_at = time.monotonic() + READY_SECONDS
        with httpx.Client(base_url=self.url, timeout=2.0, trust_env=False, verify=WITHOUT_TLS) as probe:
            while time.monotonic() < ends_at:
                if not self.is_alive():
                    raise self._failure(Text("ended while starting", "启动时退出"))
                if _answers(probe):
                    return
                time.sleep(POLL_SECONDS)
        self.stop()
        raise self._failure(
            Text(f"wasn't ready within {READY_SECONDS:.0f} s", f"{READY_SECONDS:.0f} 秒内未就绪")
        )

    def stop(self) -> None:
        """End it, politely first."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _failure(self, what: Text) -> CouldNotCheck:
        tail, shown = log_tail(self._log_path), self._service.shown
        return CouldNotCheck(
            f"{self._service.name}.not_ready",
            f"{shown.en} {what.en}. Its last words, from {self._log_path}:\n{tail}",
            f"{shown.zh}{what.zh}。其日志（{self._log_path}）末尾：\n{tail}",
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
