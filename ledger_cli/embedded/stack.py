"""The embedded stack as one thing that is started and stopped: chain, contracts, gateways, portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from web3 import Web3

from ledger_api.config import Settings
from ledger_chain.connection import connect
from ledger_chain.deployment import Deployment
from ledger_chain.engines import ChainEngine, GanacheEngine
from ledger_chain.engines.foreign import ForeignNode
from ledger_chain.engines.probe import find_free_port
from ledger_cli.embedded.enrolment import (
    DEVELOPMENT_NOTE,
    NETWORK_NOTE,
    enrol,
    find_or_deploy,
    write_profiles,
)
from ledger_cli.embedded.gateways import (
    GatewayPlace,
    Nodes,
    first_place,
    gateway_environment,
    gateway_process,
    read_settings,
    second_place,
    write_shared_files,
)
from ledger_cli.embedded.home import Home, advance, lock_home, note_part, open_home, read_marker
from ledger_cli.embedded.portal_setup import portal_settings, provision_auditors, write_portal_files
from ledger_cli.embedded.ports import verify_port_free
from ledger_cli.embedded.sealed_trust import pin_validators
from ledger_cli.embedded.service_process import PORTAL, ServiceProcess

Part = TypeVar("Part")
Announce = Callable[[str, str], None]
"""Takes a line of progress in English and in Chinese."""


@dataclass(frozen=True)
class StackOptions:
    """Where a stack lives and listens. Port 0: any that is free; no port: no such part.

    The first gateway serves the hospitals and the regulator, the second the pharmacies, the insurer and the
    manufacturer.

    `nodes`: JSON-RPC addresses on a network that somebody else runs, in place of a chain of the stack's own.
    The first gateway, the second and the portal use one each, in this order, and in turn if there are fewer.

    `portal_launcher` is a program with arguments that becomes the portal, having given up what the portal is
    to do without: the files of everybody else, say.
    """

    home: Path
    gateway_port: int = 0
    rpc_port: int = 0
    portal_port: int | None = None
    second_gateway_port: int | None = 0
    portal_launcher: Sequence[str] = ()
    nodes: Sequence[str] = ()


@dataclass(frozen=True)
class _Ports:
    gateway: int
    second_gateway: int | None
    portal: int | None


class EmbeddedStack:
    """Chain engine, contracts, gateways and portal of one home; a context manager that ends all processes."""

    def __init__(self, options: StackOptions, announce: Announce = lambda _en, _zh: None) -> None:
        self._options = options
        self._announce = announce
        self._lock: IO[str] | None = None
        self._engine: ChainEngine | None = None
        self._gateway: ServiceProcess | None = None
        self._second_gateway: ServiceProcess | None = None
        self._portal: ServiceProcess | None = None
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
    def engine(self) -> ChainEngine:
        """The chain engine, or the first gateway's node on a network."""
        return _started(self._engine)

    @property
    def is_on_network(self) -> bool:
        """Whether the chain is a network that somebody else runs."""
        return bool(self._options.nodes)

    @property
    def gateway(self) -> ServiceProcess:
        """The first gateway: hospitals and regulator."""
        return _started(self._gateway)

    @property
    def second_gateway(self) -> ServiceProcess:
        """The second gateway: pharmacies, insurer, manufacturer."""
        return _started(self._second_gateway)

    @property
    def has_second_gateway(self) -> bool:
        """Whether a second gateway is part of it."""
        return self._options.second_gateway_port is not None

    @property
    def portal(self) -> ServiceProcess:
        """The regulator's portal."""
        return _started(self._portal)

    @property
    def has_portal(self) -> bool:
        """Whether a portal is part of it."""
        return self._options.portal_port is not None

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
        """Start chain, gateways and portal, setting up what is missing."""
        self.set_up()
        self._announce("starting gateways and portal", "正在启动网关与监管门户")
        for service in self._services():
            service.launch()
        for service in self._services():
            service.await_ready()

    def set_up(self) -> None:
        """Start the chain and set up what is missing; gateways and portal aren't started."""
        home = open_home(self._options.home, has_chain=not self.is_on_network)
        self._lock = lock_home(home)
        self._home = home
        ports = self._choose_ports()
        self._engine = self._find_chain(home)
        self._engine.start()
        self._put_back_attacks(home)
        self._set_up_parts(home, ports)

    def stop(self) -> None:
        """End portal and gateways, then the chain, then let go of the home."""
        for part in (self._portal, self._second_gateway, self._gateway, self._engine):
            if part is not None:
                part.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_alive(self) -> bool:
        """Whether every part runs."""
        return self.engine.is_alive() and all(service.is_alive() for service in self._services())

    def log_paths(self) -> list[Path]:
        """Where the parts write what happens to them."""
        chain = [] if self.is_on_network else [self.engine.log_path]
        return [*chain, *(service.log_path for service in self._services())]

    def revive(self) -> list[str]:
        """Start again whatever has ended unasked; returns what that was."""
        revived = []
        if not self.engine.is_alive():
            self.engine.restart()
            revived.append("chain")
        for service in self._services():
            if not service.is_alive():
                service.start()
                revived.append(service.name)
        return revived

    def gateway_settings(self) -> dict[str, str]:
        """The first gateway's environment."""
        return gateway_environment(self.home, first_place(self.home), self._nodes_of(0))

    def load_gateway_settings(self) -> Settings:
        """The same settings, as the gateway's own code reads them."""
        return read_settings(self.home, first_place(self.home), self._nodes_of(0))

    def load_second_gateway_settings(self) -> Settings:
        """The second gateway's settings, as its own code reads them."""
        return read_settings(self.home, second_place(self.home), self._nodes_of(1))

    def _find_chain(self, home: Home) -> ChainEngine:
        if self._options.nodes:
            self._announce("joining the network by its nodes", "正在通过各节点接入网络")
            return ForeignNode(self._options.nodes[0])
        self._announce("starting the chain (ganache, one node)", "正在启动链（ganache，单节点）")
        return GanacheEngine(home.chain, port=self._options.rpc_port or None)

    def _nodes_of(self, position: int) -> Nodes:
        """How the first gateway (0), the second (1) and the portal (2) reach the chain."""
        nodes = self._options.nodes
        if not nodes:
            return Nodes(self.engine.rpc_url)
        own = nodes[position % len(nodes)]
        return Nodes(own, tuple(each for each in nodes if each != own))

    def _put_back_attacks(self, home: Home) -> None:
        """Put back what an attack had changed that was killed in its middle."""
        # Loaded only here: it stands on the stack.
        from ledger_cli.attacks.putting_back import put_back_unfinished

        if put_back_unfinished(home.root, self.gateway_settings()["RXLEDGER_DATABASE_URL"]):
            self._announce("put back what a killed attack had changed", "已恢复被中断的攻击所做的改动")

    def _services(self) -> list[ServiceProcess]:
        parts = (self._gateway, self._second_gateway, self._portal)
        return [service for service in parts if service is not None]

    def _choose_ports(self) -> _Ports:
        """Free ports for the services; refuses a wanted one that isn't free."""
        options = self._options
        gateway = options.gateway_port or find_free_port()
        verify_port_free(gateway, "gateway", "网关", "--port")
        if options.rpc_port and not options.nodes:
            verify_port_free(options.rpc_port, "chain's RPC", "链的 RPC", "--rpc-port")
        second = _other_port(options.second_gateway_port, gateway)
        if second is not None:
            verify_port_free(second, "second gateway", "第二网关", "--second-gateway-port")
        portal = _other_port(options.portal_port, gateway, second)
        if portal is not None:
            verify_port_free(portal, "portal", "监管门户", "--portal-port")
        return _Ports(gateway, second, portal)

    def _set_up_parts(self, home: Home, ports: _Ports) -> None:
        w3 = connect(self.engine.rpc_url)
        if not read_marker(home).reached("deployed"):
            self._announce("deploying the contracts", "正在部署合约")
        note = NETWORK_NOTE if self.is_on_network else DEVELOPMENT_NOTE
        self._deployment = find_or_deploy(home, w3, note)
        if self.is_on_network:
            pin_validators(home, self._deployment, self.engine.rpc_url)
        keep_open = () if self._lock is None else (self._lock.fileno(),)
        first, second = first_place(home), second_place(home)
        self._gateway = gateway_process(home, first, ports.gateway, self._nodes_of(0), keep_open)
        serving = [(first, self._gateway.url)]
        if ports.second_gateway is not None:
            self._second_gateway = gateway_process(
                home, second, ports.second_gateway, self._nodes_of(1), keep_open
            )
            serving.append((second, self._second_gateway.url))
        write_shared_files(home, {url: place.tenants for place, url in serving})
        self._enrol_once(home, w3, self._deployment, [place for place, _ in serving])
        write_profiles(home, self._deployment, serving)
        if ports.portal is not None:
            write_portal_files(home, serving)
            settings = portal_settings(home, self._nodes_of(2), ports.portal, self._gateway.url)
            self._set_portal_up(home, settings)
            self._portal = ServiceProcess(
                PORTAL,
                ports.portal,
                home.portal_log,
                settings,
                keep_open=keep_open,
                launcher=self._options.portal_launcher,
            )

    def _set_portal_up(self, home: Home, settings: Mapping[str, str]) -> None:
        was_there, is_there = read_marker(home).has("portal"), home.portal.database.exists()
        if was_there and is_there:
            return
        if was_there:
            self._announce(
                "the portal's database is gone: it begins anew, and remembers no earlier checkpoint",
                "监管门户的数据库已不在：将重新开始，且不记得此前的检查点",
            )
        provision_auditors(home, settings)
        note_part(home, "portal")

    def _enrol_once(
        self, home: Home, w3: Web3, deployment: Deployment, places: Sequence[GatewayPlace]
    ) -> None:
        marker = read_marker(home)
        wanted = {"regulator", "second-gateway"} if self.has_second_gateway else {"regulator"}
        if marker.reached("enrolled") and marker.parts >= wanted:
            return
        self._announce("enrolling the example's institutions with their people", "正在登记示例机构及其人员")
        settings = [(place, read_settings(home, place, Nodes(self.engine.rpc_url))) for place in places]
        enrol(home, w3, deployment, settings)
        if not marker.reached("enrolled"):
            advance(home, "enrolled")
        for part in sorted(wanted):
            note_part(home, part)


def _other_port(wanted: int | None, *taken: int | None) -> int | None:
    """The wanted port, or a free one that no other part has; None where no part is wanted."""
    port = wanted
    while port is not None and (port == 0 or port in taken):
        port = find_free_port()
    return port


def _started(part: Part | None) -> Part:
    if part is None:
        raise RuntimeError("the stack hasn't been started, or has no such part")
    return part
