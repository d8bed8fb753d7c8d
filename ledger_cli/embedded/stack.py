"""The embedded stack as one thing that is started and stopped: chain, contracts, gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from ledger_api.config import Settings, load_settings
from ledger_chain.connection import connect
from ledger_chain.deployment import Deployment
from ledger_chain.engines import GanacheEngine
from ledger_chain.engines.probe import find_free_port
from ledger_cli.embedded.enrolment import enrol, find_or_deploy, write_profiles
from ledger_cli.embedded.gateway_process import GatewayProcess
from ledger_cli.embedded.home import Home, advance, lock_home, open_home, read_marker
from ledger_cli.embedded.ports import verify_port_free

Part = TypeVar("Part")
Announce = Callable[[str, str], None]
"""Takes a line of progress in English and in Chinese."""


@dataclass(frozen=True)
class StackOptions:
    """Where a stack lives and listens. Port 0: any that is free."""

    home: Path
    gateway_port: int = 0
    rpc_port: int = 0


class EmbeddedStack:
    """Chain engine, contracts and gateway of one home; a context manager that ends all its processes."""

    def __init__(self, options: StackOptions, announce: Announce = lambda _en, _zh: None) -> None:
        self._options = options
        self._announce = announce
        self._lock: IO[str] | None = None
        self._engine: GanacheEngine | None = None
        self._gateway: GatewayProcess | None = None
        self._deployment: Deployment | None = None
        self._home: Home | None = None

    @property
    def home(self) -> Home:
        """The stack's home folder."""
        return _started(self._home)

    @property
    def deployment(self) -> Deployment:
        """Where the contracts are."""
        return _started(self._deployment)

    @property
    def engine(self) -> GanacheEngine:
        """The chain engine."""
        return _started(self._engine)

    @property
    def gateway(self) -> GatewayProcess:
        """The gateway."""
        return _started(self._gateway)

    def __enter__(self) -> EmbeddedStack:
        """Start everything."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.stop()

    def start(self) -> None:
        """Start chain and gateway, setting up what is missing."""
        options = self._options
        home = open_home(options.home)
        self._lock = lock_home(home)
        self._home = home
        gateway_port = options.gateway_port or find_free_port()
        verify_port_free(gateway_port, "gateway", "网关", "--port")
        if options.rpc_port:
            verify_port_free(options.rpc_port, "chain's RPC", "链的 RPC", "--rpc-port")
        self._announce("starting the chain (ganache, one node)", "正在启动链（ganache，单节点）")
        self._engine = GanacheEngine(home.chain, port=options.rpc_port or None)
        self._engine.start()
        self._set_up(home, gateway_port)
        self._announce("starting the gateway", "正在启动网关")
        self.gateway.start()

    def stop(self) -> None:
        """End the gateway, then the chain, then let go of the home."""
        for part in (self._gateway, self._engine):
            if part is not None:
                part.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def revive(self) -> list[str]:
        """Start again whatever has ended unasked; returns what that was."""
        revived = []
        if not self.engine.is_alive():
            self.engine.restart()
            revived.append("chain")
        if not self.gateway.is_alive():
            self.gateway.start()
            revived.append("gateway")
        return revived

    def gateway_settings(self) -> dict[str, str]:
        """The gateway's environment."""
        return {
            "RXLEDGER_HOME": str(self.home.root),
            "RXLEDGER_DATABASE_URL": f"sqlite:///{self.home.database}",
            "RXLEDGER_KEYSTORE": str(self.home.keystore),
            "RXLEDGER_RPC_URL": self.engine.rpc_url,
            "RXLEDGER_DEPLOYMENT": str(self.home.deployment),
            "RXLEDGER_ENVIRONMENT": "development",
        }

    def load_gateway_settings(self) -> Settings:
        """The same settings, as the gateway's own code reads them."""
        return load_settings(self.gateway_settings())

    def _set_up(self, home: Home, gateway_port: int) -> None:
        w3 = connect(self.engine.rpc_url)
        if not read_marker(home).reached("deployed"):
            self._announce("deploying the contracts", "正在部署合约")
        self._deployment = find_or_deploy(home, w3)
        keep_open = () if self._lock is None else (self._lock.fileno(),)
        self._gateway = GatewayProcess(
            gateway_port, home.gateway_log, self.gateway_settings(), keep_open=keep_open
        )
        if not read_marker(home).reached("enrolled"):
            self._announce(
                "enrolling two example hospitals and their doctors", "正在登记两家示例医院及其医师"
            )
            enrol(home, w3, self._deployment, self.load_gateway_settings())
            advance(home, "enrolled")
        write_profiles(home, self._deployment, self._gateway.url)


def _started(part: Part | None) -> Part:
    if part is None:
        raise RuntimeError("the stack hasn't been started")
    return part
