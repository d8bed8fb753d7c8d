"""Run a QBFT network of several validators on this machine until Ctrl-C.

Every account may send, gas is free; the keys are made for this network. Started again with the same folder it
goes on where it was. A node that ends, killed by whoever tries that out, is started again after a while.

Usage: python scripts/run_network.py [--validators N] [--home FOLDER] [--first-port PORT] [--fresh]
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ledger_chain.engines.probe import is_port_busy
from ledger_chain.errors import ChainError, EngineError
from ledger_chain.qbft import QbftNetwork

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 20545
WATCH_EVERY_S = 1.0
RESTART_AFTER_S = 20.0
BLOCKS_WITHIN_S = 60.0
SERVED_NODES = 3
"""As many as a stack has parts with a node of their own: two gateways and the portal."""


def parse_options() -> argparse.Namespace:
    """What the caller wants."""
    parser = argparse.ArgumentParser(description="一个本地 QBFT 网络 | a QBFT network on this machine")
    parser.add_argument("--validators", type=int, default=4, help="验证节点数 | how many nodes validate")
    parser.add_argument(
        "--home", type=Path, default=ROOT / ".rxledger-network" / "nodes", help="文件夹 | its folder"
    )
    parser.add_argument(
        "--first-port", type=int, help=f"首个节点的 JSON-RPC 端口 | the first node's; {FIRST_PORT} if free"
    )
    parser.add_argument("--fresh", action="store_true", help="弃旧链, 从头开始 | drop the chain, begin anew")
    options = parser.parse_args()
    if options.validators < 1:
        parser.error("--validators: 至少 1 个 | at least 1")
    return options


def choose_ports(options: argparse.Namespace) -> Sequence[int]:
    """The nodes' JSON-RPC ports: those asked for; the usual ones, which can be noted down; or free ones."""
    first = options.first_port or FIRST_PORT
    ports = range(first, first + options.validators)
    return ports if options.first_port or not any(map(is_port_busy, ports)) else ()


def run(options: argparse.Namespace) -> None:
    """Start the network, say where it is, and watch it.

    :raises ChainError: a node doesn't start, or they make no blocks
    """
    if options.fresh and (options.home / "genesis.json").is_file():
        shutil.rmtree(options.home)
    goes_on = (options.home / "genesis.json").is_file()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(f"==> 启动 {options.validators} 个节点 | starting {options.validators} nodes", flush=True)
    ports = choose_ports(options)
    with QbftNetwork(options.home, validators=options.validators, rpc_ports=ports) as network:
        height = await_block(network, stop)
        if not stop.is_set():
            print(describe(network, options.home, height, goes_on=goes_on), flush=True)
            watch(network, stop)
    print("==> 网络已停止 | the network has ended", flush=True)


def await_block(network: QbftNetwork, stop: threading.Event) -> int:
    """The height, once the nodes have found each other and agreed on a block.

    :raises EngineError: they don't
    """
    began, ends_at = network.height(), time.monotonic() + BLOCKS_WITHIN_S
    while (height := network.height()) == began and not stop.wait(0.2):
        if time.monotonic() > ends_at:
            raise EngineError(
                f"{BLOCKS_WITHIN_S:.0f} 秒内没有新区块，请查看各节点日志 | no new block within "
                f"{BLOCKS_WITHIN_S:.0f} s; look into the nodes' logs"
            )
    return height


def describe(network: QbftNetwork, home: Path, height: int, *, goes_on: bool) -> str:
    """What there is, and what can be done with it."""
    urls = network.rpc_urls
    nodes = " ".join(f"--node {url}" for url in urls[:SERVED_NODES])
    # A stack belongs to one chain: another chain's stack has another home.
    stack = f".rxledger-network/stack-{network.nodes[0].key.address.hex()[:6]}"
    rpcs = " ".join(f"--rpc {url}" for url in urls)
    begun = "接续已有的链 | the chain goes on" if goes_on else "新链 | a new chain"
    lines = [
        "",
        f"RxLedger QBFT 网络已就绪 | the network is up: {len(urls)} 个验证节点 validators, "
        f"链号 chain id {network.chain_id}, 区块 block {height} ({begun})",
        "",
        *(
            f"  节点 node {position}   {node.rpc_url}   0x{node.key.address.hex()}   pid {node.pid}"
            for position, node in enumerate(network.nodes, start=1)
        ),
        "",
        "在另一个终端 | in another terminal:",
        "  在其上运行整套服务 | run the whole stack on it",
        f"    .venv/bin/rxledger run --home {stack} {nodes}",
        "  在其上自动演示 | play the demo on it",
        f"    .venv/bin/rxledger demo {nodes}",
        "  查看网络 | look at it (doctor: 诊断 what is wrong)",
        f"    .venv/bin/rxledger network status {rpcs}",
        "  停掉一个节点, 网络继续; 停掉两个, 网络停止 | kill one node, work goes on; kill two, it stops",
        f"    kill -9 {network.nodes[-1].pid}",
        f"    ({RESTART_AFTER_S:.0f} 秒后自动重启 | it is started again after {RESTART_AFTER_S:.0f} s)",
        "",
        f"日志 | logs: {home}/node-*/engine.log",
        "按 Ctrl-C 结束; 再次启动时接着同一条链 | Ctrl-C ends it; started again it goes on with this chain.",
        "从头开始 | to begin anew: make network FRESH=1",
        "",
    ]
    return "\n".join(lines)


def watch(network: QbftNetwork, stop: threading.Event) -> None:
    """Until told to stop: say which nodes ended, and start them again."""
    ended: dict[int, float] = {}
    while not stop.wait(WATCH_EVERY_S):
        for position, node in enumerate(network.nodes):
            if node.is_alive():
                continue
            name = position + 1
            if position not in ended:
                ended[position] = time.monotonic()
                print(f"节点 {name} 已停止 | node {name} has ended", flush=True)
            elif time.monotonic() - ended[position] > RESTART_AFTER_S:
                del ended[position]
                node.start()
                print(f"节点 {name} 已重新启动 | node {name} runs again, pid {node.pid}", flush=True)


def main() -> int:
    """0 if it was ended by its user."""
    options = parse_options()
    try:
        run(options)
    except ChainError as error:
        print(f"网络未能启动或已停止。 | The network doesn't run: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
