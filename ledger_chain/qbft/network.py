"""Several validators as processes on this machine: one network, each with its folder, key and ports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from ledger_chain.connection import ask, connect
from ledger_chain.engines.base import RunsInContext
from ledger_chain.engines.probe import find_free_port
from ledger_chain.errors import HomeCorrupt
from ledger_chain.qbft.genesis import QbftTiming, build_genesis
from ledger_chain.qbft.node import NodeFiles, QbftNode
from ledger_chain.qbft.node_key import NodeKey, build_enode, generate_node_key, load_node_key
from ledger_proofs.types import Address

NETWORK_CHAIN_ID: Final = 20262
"""Chain id of the local network, unlike that of the embedded stack and of any public chain."""

_LOCAL = "127.0.0.1"

Route = Callable[[int, int, int], int]
"""The port that a node dials to reach another (positions, then its real port): tests cut links that way."""


class QbftNetwork(RunsInContext):
    """The nodes by their position; the first ones validate from the first block on.

    Usable as a context manager: all are started on entry and stopped on exit.
    """

    def __init__(
        self,
        home: Path,
        *,
        validators: int = 4,
        spare: int = 0,
        chain_id: int = NETWORK_CHAIN_ID,
        timing: QbftTiming | None = None,
        accounts: Sequence[Address] | None = None,
        route: Route | None = None,
        rpc_ports: Sequence[int] = (),
    ) -> None:
        """Write the network's files; nothing is started.

        :param home: folder of this network alone. One that is there goes on, with its keys, first block and
            chains; ports and allowlists are written anew
        :param spare: nodes that follow the chain, and can be voted in
        :param accounts: who may send transactions; everybody if not given
        :param rpc_ports: the nodes' JSON-RPC ports; free ones if not given
        :raises HomeCorrupt: the network that is there has more nodes or fewer, or a key of it is none
        """
        self.chain_id = chain_id
        self._home = home
        self._genesis = home / "genesis.json"
        goes_on = self._genesis.is_file()
        count = validators + spare
        self._keys = load_keys(home, count) if goes_on else [generate_node_key() for _ in range(count)]
        self._ports = find_free_ports(len(self._keys))
        home.mkdir(parents=True, exist_ok=True)
        self._accounts_allowlist: Path | None = None
        if accounts is not None:
            self._accounts_allowlist = home / "accounts-allowlist.toml"
            write_allowlist(self._accounts_allowlist, "accounts-allowlist", [_hex(each) for each in accounts])
        self._nodes_allowlist = home / "nodes-allowlist.toml"
        enodes = [build_enode(key, _LOCAL, port) for key, port in zip(self._keys, self._ports, strict=True)]
        write_allowlist(self._nodes_allowlist, "nodes-allowlist", enodes)
        self.nodes = [
            self._describe(position, route, rpc_ports[position] if rpc_ports else None)
            for position in range(len(self._keys))
        ]
        if not goes_on:  # last: where it stands, the network is whole
            content = build_genesis(chain_id, [key.address for key in self._keys[:validators]], timing)
            self._genesis.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _describe(self, position: int, route: Route | None, rpc_port: int | None) -> QbftNode:
        """Write one node's own files."""
        folder, key = self._home / f"node-{position + 1}", self._keys[position]
        folder.mkdir(parents=True, exist_ok=True)
        files = NodeFiles(
            self._genesis,
            folder / "key",
            folder / "static-nodes.json",
            self._accounts_allowlist,
            self._nodes_allowlist,
        )
        key.save(files.node_key)
        known = []
        for other, port in enumerate(self._ports):
            if other != position:
                dialled = port if route is None else route(position, other, port)
                known.append(build_enode(self._keys[other], _LOCAL, dialled))
        files.static_nodes.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        return QbftNode(
            folder, files, key, p2p_port=self._ports[position], chain_id=self.chain_id, port=rpc_port
        )

    @property
    def rpc_urls(self) -> list[str]:
        """The nodes' JSON-RPC addresses."""
        return [node.rpc_url for node in self.nodes]

    def start(self) -> None:
        """Start all nodes at once and wait until each answers; errors as `ChainEngine.start`."""
        try:
            with ThreadPoolExecutor(len(self.nodes)) as pool:
                list(pool.map(lambda node: node.start(), self.nodes))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all nodes, paused ones too."""
        for node in self.nodes:
            node.resume()
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(lambda node: node.stop(), self.nodes))

    def ask(self, position: int, method: str, *parameters: Any) -> Any:
        """One JSON-RPC question to one node. :raises ChainError: as it answers"""
        url = self.nodes[position].rpc_url
        return ask(connect(url), url, method, list(parameters))

    def height(self, position: int = 0) -> int:
        """How many blocks a node has after the first."""
        return int(str(self.ask(position, "eth_blockNumber")), 16)

    def validators(self, position: int = 0) -> set[Address]:
        """Who seals, by the latest block of a node."""
        listed = self.ask(position, "qbft_getValidatorsByBlockNumber", "latest")
        return {Address(bytes.fromhex(str(each)[2:])) for each in listed}

    def vote(self, position: int, subject: Address, *, add: bool) -> None:
        """Have a validator vote to add another one or to drop it, from its next block on."""
        self.ask(position, "qbft_proposeValidatorVote", _hex(subject), add)


def load_keys(home: Path, count: int) -> list[NodeKey]:
    """The keys of a network's nodes, by position.

    :raises HomeCorrupt: there are more nodes or fewer, or a key is none
    """
    kept = len(list(home.glob("node-*/key")))
    if kept != count:
        raise HomeCorrupt(home, f"its network has {kept} nodes, and {count} are asked for")
    try:
        return [load_node_key(home / f"node-{position + 1}" / "key") for position in range(count)]
    except (OSError, ValueError) as error:
        raise HomeCorrupt(home, f"a node's key can't be read ({error})") from error


def write_allowlist(path: Path, name: str, values: Sequence[str]) -> None:
    """Write a permissions file in Besu's form (TOML)."""
    path.write_text(f"{name}={json.dumps(list(values))}\n", encoding="utf-8")


def find_free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on just now."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(find_free_port())
    return sorted(ports)


def _hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()
