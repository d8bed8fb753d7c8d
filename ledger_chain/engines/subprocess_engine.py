"""The life of an engine's subprocess: start, readiness, death, restart, stop.

What differs between programs (the command, what its last words mean) is left to the subclasses.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from ledger_chain.engines import probe
from ledger_chain.engines.base import RunsInContext
from ledger_chain.engines.guarded_process import GuardedProcess
from ledger_chain.engines.home import ChainIdentity, EngineHome
from ledger_chain.errors import (
    BadAnswer,
    ChainUnreachable,
    EngineDied,
    EngineError,
    EngineNotReady,
    HomeCorrupt,
    HomeInUse,
    PortBusy,
)

READY_WITHIN_S = 60.0
"""How long an engine may take to answer; a first start on a slow, busy machine takes about ten seconds."""

_READY_POLL_S = 0.05
_FREE_PORT_TRIES = 3


class SubprocessEngine(RunsInContext):
    """An engine as a guarded subprocess; see `ChainEngine` for what its methods promise."""

    name: ClassVar[str]
    keeps_chain: ClassVar[bool]
    """Whether the chain survives the process, in the home folder."""

    def __init__(
        self,
        home: Path,
        *,
        port: int | None,
        chain_id: int,
        hardfork: str,
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        if port is not None and not 0 < port < 65_536:
            raise ValueError(f"{port} is no port: give a number from 1 to 65535, or None for a free one")
        self._home = EngineHome(home)
        self._given_port = port
        self._port = port
        self._chain_id = chain_id
        self._hardfork = hardfork
        self._ready_within_s = ready_within_s
        self._process: GuardedProcess | None = None

    @abstractmethod
    def build_command(self, port: int) -> list[str]:
        """The program with its arguments. :raises MissingTool: it is not installed."""

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""
        return self._chain_id

    @property
    def rpc_url(self) -> str:
        """JSON-RPC endpoint; see `ChainEngine.rpc_url`."""
        if self._port is None:
            raise EngineNotReady(f"{self.name} has no address before its first start.")
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the chain program, None when it isn't running."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    @property
    def log_path(self) -> Path:
        """File that holds what the program prints."""
        return self._home.log_path

    def is_alive(self) -> bool:
        """Whether the program runs. Looks after the log's size by the way."""
        self._home.bound_log()
        return self._process is not None and self._process.find_exit_code() is None

    def verify_alive(self) -> None:
        """Return if it runs. Errors as `ChainEngine.verify_alive`."""
        if self._process is None:
            raise EngineNotReady(f"{self.name} is not running; start it first.")
        if not self.is_alive():
            raise self._build_death(self._process.find_exit_code())

    def start(self) -> None:
        """Start and wait until it serves; see `ChainEngine.start` for the errors."""
        if self.is_alive():
            return
        self.stop()
        self._home.acquire()
        try:
            identity = self._home.find_identity() if self.keeps_chain else None
            if identity is not None:
                self._verify_settings(identity)
            self._launch()
            if self.keeps_chain:
                self._verify_genesis(identity)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the program, wait until it is gone, and free the home folder."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._home.release()

    def restart(self) -> None:
        """Stop and start again on the same port."""
        self.stop()
        self.start()

    def _launch(self) -> None:
        """Start the program on its port; a port of our own choice that was snatched away is chosen anew."""
        for tries_left in range(_FREE_PORT_TRIES, 0, -1):
            port = self._port or probe.find_free_port()
            try:
                self._launch_on(port)
            except PortBusy:
                if self._given_port is not None or tries_left == 1:
                    raise
                self._port = None
            else:
                self._port = port
                return

    def _launch_on(self, port: int) -> None:
        if probe.is_port_busy(port):
            raise PortBusy(port)
        command = self.build_command(port)
        self._home.begin_log()
        try:
            self._process = GuardedProcess(command, self.log_path, keep_open=[self._home.lock_descriptor])
        except OSError as error:
            raise EngineError(f"{self.name} can't be started: {error}") from error
        try:
            self._wait_until_ready(self._process, port)
        except EngineError:
            self._process.stop()
            self._process = None
            raise

    def _wait_until_ready(self, process: GuardedProcess, port: int) -> None:
        deadline = time.monotonic() + self._ready_within_s
        while True:
            exit_code = process.find_exit_code()
            if exit_code is not None:
                raise self._explain_failed_start(exit_code, port)
            try:
                stated = probe.read_chain_id(port)
            except (ChainUnreachable, BadAnswer) as error:
                if time.monotonic() > deadline:
                    raise EngineNotReady(
                        f"{self.name} did not answer on port {port} within {self._ready_within_s:.0f} s. "
                        f"Its last words, from {self.log_path}:\n{self._home.read_log_tail()}"
                    ) from error
            else:
                if stated != self._chain_id:
                    raise EngineNotReady(
                        f"What answers on port {port} is chain {stated}, not {self._chain_id}."
                    )
                return
            time.sleep(_READY_POLL_S)

    def _build_death(self, exit_code: int | None) -> EngineDied:
        return EngineDied(self.name, exit_code, self.log_path, self._home.read_log_tail())

    def _explain_failed_start(self, exit_code: int, port: int) -> EngineError:
        """The error that a program's last words stand for."""
        words = self._home.read_log_tail()
        if "EADDRINUSE" in words or "Address already in use" in words:
            return PortBusy(port)
        if "LOCK: " in words:
            return HomeInUse(self._home.folder, "its database is open elsewhere")
        if self.keeps_chain and any(
            sign in words for sign in ("Corruption", "OpenError", "ReadError", "NotFound")
        ):
            return HomeCorrupt(self._home.folder, "its database is damaged")
        return self._build_death(exit_code)

    def _verify_settings(self, identity: ChainIdentity) -> None:
        for what, stored, asked in (
            ("engine", identity.engine, self.name),
            ("chain id", identity.chain_id, self._chain_id),
            ("hard fork", identity.hardfork, self._hardfork),
        ):
            if stored != asked:
                raise HomeCorrupt(self._home.folder, f"its chain was made with {what} {stored}, not {asked}")

    def _verify_genesis(self, identity: ChainIdentity | None) -> None:
        assert self._port is not None  # noqa: S101 - set by the launch just before
        try:
            genesis_hash = probe.read_genesis_hash(self._port)
        except (BadAnswer, ChainUnreachable) as error:
            raise HomeCorrupt(self._home.folder, "its chain has no readable first block") from error
        if identity is None:
            self._home.record_identity(ChainIdentity(self.name, self._chain_id, self._hardfork, genesis_hash))
        elif identity.genesis_hash != genesis_hash:
            raise HomeCorrupt(self._home.folder, "its chain begins with another block than the one recorded")
