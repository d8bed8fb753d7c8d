"""Run a QBFT network of several validators on this machine until Ctrl-C.

Its chain begins anew each time. Every account may send, gas is free; the keys are made for this run. A node
that ends, killed by whoever tries that out, is started again after a while.

Usage: python scripts/run_network.py [--validators N] [--home FOLDER] [--first-port PORT]
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from ledger_chain.errors import EngineError
from ledger_chain.qbft import QbftNetwork

ROOT = Path(__file__).resolve().parent.parent
WATCH_EVERY_S = 1.0
RESTART_AFTER_S = 20.0


def parse_options() -> argparse.Namespace:
    """What the caller wants."""
    parser = argparse.ArgumentParser(description="一个本地 QBFT 网络 | a QBFT network on this machine")
    parser.add_argument("--validators", type=int, default=4, help="验证节点数 | how many nodes validate")
    parser.add_argument("--home", type=Path, default=ROOT / "build" / "network", help="文件夹 | its folder")
    parser.add_argument("--first-port", type=int, help="首个 JSON-RPC 端口 | JSON-RPC port of the first node")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    """Start the network, say where it is, and watch it.

    :raises EngineError: a node doesn't start
    """
    first = options.first_port
    ports = range(first, first + options.validators) if first else ()
    if (options.home / "genesis.json").is_file():
        shutil.rmtree(options.home)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with QbftNetwork(options.home, validators=options.validators, rpc_ports=ports) as network:
        print(f"链号 | chain id: {network.chain_id}")
        for position, node in enumerate(network.nodes):
            print(f"节点 | node {position + 1}: {node.rpc_url}  0x{node.key.address.hex()}  pid {node.pid}")
        print("按 Ctrl-C 结束。 | Press Ctrl-C to end it.", flush=True)
        watch(network, stop)


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
    except EngineError as error:
        print(f"网络未能启动或已停止。 | The network doesn't run: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
