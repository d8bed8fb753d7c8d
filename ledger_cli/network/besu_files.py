"""What a Besu node is given to read: its configuration, whom it dials, whom it lets in.

Option names are those of Besu's reference ("Options", for public and private networks); in a configuration
file each stands without its dashes, and lists are arrays of strings ("Configure Besu").
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ledger_cli.network.plan import Member

BESU_RELEASE: Final = "26.9.0"
"""The release that the files are made for, with fixes of security. From its release notes: since 26.6 Besu
needs Java 25 and takes hexadecimal block numbers alone; since 26.8.0 a peer of another genesis stays refused
until the next start; since 26.8.1 pools refuse transactions over 128 KiB; since 26.9.0 Besu ends when its
memory is used up, and has to be started again."""

CONFIG_FOLDER: Final = "/etc/rxledger-node"
DATA_FOLDER: Final = "/var/lib/rxledger-node"
GENESIS_FILE: Final = "genesis.json"
STATIC_NODES_FILE: Final = "static-nodes.json"
NODES_FILE: Final = "nodes-allowlist.toml"
ACCOUNTS_FILE: Final = "accounts-allowlist.toml"
KEY_FILE: Final = "key"
CONFIG_FILE: Final = "besu.toml"

APIS: Final = ("ETH", "NET", "WEB3", "QBFT", "TXPOOL", "ADMIN", "PERM")
MAX_LOGS_RANGE: Final = 5_000
POOL_SIZE: Final = 4_096
POOL_SHARE: Final = 0.5
"""How much of the pool one sender may fill. Besu's 0.001 is four transactions, and a gateway sends many."""

SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "data-path": "Chain: full sync, every block's state kept (proofs of old blocks) · "
        "链：完整同步，保留每个区块的状态（以便证明旧区块）",
        "p2p-enabled": "Other nodes: known ones only, nobody is searched for · "
        "其他节点：仅限已知节点，不作发现",
        "permissions-nodes-config-file-enabled": "Who may connect and who may send · 谁可连接、谁可发送交易",
        "min-gas-price": "Gas is free; the pool is a queue, and one account may fill half of it · "
        "燃料免费；交易池为队列，单一账户至多占一半",
        "rpc-http-enabled": "JSON-RPC: for this institution alone; it can cast votes: never open it to others"
        " · JSON-RPC：仅供本机构；可投票，切勿对外开放",
        "metrics-enabled": "Measurements for Prometheus · 供 Prometheus 采集的指标",
    }
)
"""What stands over the first option of each section."""

Value = str | int | float | bool | Sequence[str]


def build_besu_options(member: Member, peers: int) -> dict[str, Value]:
    """A node's options, in order. `peers`: how many other nodes there are."""
    return {
        "data-path": DATA_FOLDER,
        "genesis-file": f"{CONFIG_FOLDER}/{GENESIS_FILE}",
        "node-private-key-file": f"{CONFIG_FOLDER}/{KEY_FILE}",
        "sync-mode": "FULL",
        "data-storage-format": "FOREST",
        "logging": "INFO",
        "p2p-enabled": True,
        "p2p-host": member.host,
        "p2p-port": member.p2p_port,
        "nat-method": "NONE",
        "discovery-enabled": False,
        "static-nodes-file": f"{CONFIG_FOLDER}/{STATIC_NODES_FILE}",
        # Room for nodes that are voted in later, without a restart.
        "max-peers": max(25, 2 * peers),
        "remote-connections-limit-enabled": False,
        "permissions-nodes-config-file-enabled": True,
        "permissions-nodes-config-file": f"{CONFIG_FOLDER}/{NODES_FILE}",
        "permissions-accounts-config-file-enabled": True,
        "permissions-accounts-config-file": f"{CONFIG_FOLDER}/{ACCOUNTS_FILE}",
        "min-gas-price": 0,
        "tx-pool": "sequenced",
        "tx-pool-max-size": POOL_SIZE,
        "tx-pool-limit-by-account-percentage": POOL_SHARE,
        "rpc-http-enabled": True,
        "rpc-http-host": member.rpc_host,
        "rpc-http-port": member.rpc_port,
        "rpc-http-api": APIS,
        "host-allowlist": sorted({"localhost", "127.0.0.1", member.rpc_host}),
        "rpc-max-logs-range": MAX_LOGS_RANGE,
        "metrics-enabled": True,
        "metrics-host": member.rpc_host,
        "metrics-port": member.metrics_port,
    }


def build_besu_config(member: Member, peers: int) -> str:
    """A node's configuration file (TOML)."""
    lines = [
        f"# Besu {BESU_RELEASE}, node of {member.name} · {member.name} 的节点，适用 Besu {BESU_RELEASE}",
        f"# Start · 启动：besu --config-file={CONFIG_FOLDER}/{CONFIG_FILE}",
    ]
    for name, value in build_besu_options(member, peers).items():
        if name in SECTIONS:
            lines += ["", f"# {SECTIONS[name]}"]
        written = json.dumps(value if isinstance(value, str | int | float | bool) else list(value))
        lines.append(f"{name}={written}")
    return "\n".join(lines) + "\n"


def build_allowlist(name: str, values: Sequence[str]) -> str:
    """A permissions file (TOML) with one list: `nodes-allowlist` or `accounts-allowlist`."""
    return f"{name}={json.dumps(list(values))}\n"


def build_static_nodes(enodes: Sequence[str]) -> str:
    """Whom a node dials, a JSON array of enode URLs."""
    return json.dumps(list(enodes), indent=2) + "\n"
