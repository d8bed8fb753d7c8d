"""What watches a node: what Prometheus collects, and when it raises an alarm.

Names of measurements are Besu's ("Use metrics to monitor node performance") and EIP-2159's; skew and disk are
the machine's, measured by Prometheus' node exporter (its collectors timex and filesystem). Rounds that end
without a block show as blocks that come slower than the block period.
"""

from __future__ import annotations

from typing import Final

from ledger_chain.qbft.genesis import QbftTiming
from ledger_cli.network.block_yaml import Data, write_yaml
from ledger_cli.network.plan import Member

PROMETHEUS_FILE: Final = "prometheus.yml"
ALERTS_FILE: Final = "alerts.yml"
NODE_EXPORTER_PORT: Final = 9_100
STALLED_AFTER_S: Final = 30
SKEW_S: Final = 0.5
DISK_FREE_SHARE: Final = 0.15
LAG_BLOCKS: Final = 5
RUNBOOK: Final = "docs/operations.md"


def build_prometheus(member: Member) -> dict[str, Data]:
    """What Prometheus collects of one node and its machine."""
    own: dict[str, Data] = {"institution": member.name}
    return {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "rule_files": [ALERTS_FILE],
        "scrape_configs": [
            {
                "job_name": "rxledger-node",
                "static_configs": [
                    {"targets": [_target(member.rpc_host, member.metrics_port)], "labels": own}
                ],
            },
            {
                "job_name": "rxledger-machine",
                "static_configs": [{"targets": [_target("127.0.0.1", NODE_EXPORTER_PORT)], "labels": own}],
            },
        ],
    }


def build_alerts(peers: int, timing: QbftTiming | None = None) -> dict[str, Data]:
    """When to raise an alarm. `peers`: how many other nodes there are."""
    timing = timing or QbftTiming()
    node = '{job="rxledger-node"}'
    rate = 0.8 / timing.block_period_s
    rules: list[Data] = [
        _alert(
            "NodeDown",
            f"up{node} == 0",
            ("The node doesn't answer.", "节点无应答。"),
        ),
        _alert(
            "BlocksStalled",
            f"time() - besu_blockchain_chain_head_timestamp{node} > {STALLED_AFTER_S}",
            (f"No block for {STALLED_AFTER_S} s.", f"已有 {STALLED_AFTER_S} 秒没有新区块。"),
        ),
        _alert(
            "PeersMissing",
            f"ethereum_peer_count{node} < {peers}",
            (f"Fewer than {peers} other nodes are connected.", f"已连接的其他节点少于 {peers} 个。"),
            lasting="1m",
            severity="warning",
        ),
        _alert(
            "RoundsWithoutBlock",
            f"rate(ethereum_blockchain_height{node}[5m]) < {rate:g}",
            ("Blocks come slowly: rounds end without one.", "出块缓慢：有轮次未产生区块。"),
            lasting="5m",
            severity="warning",
        ),
        _alert(
            "NodeBehind",
            f"ethereum_best_known_block_number{node} - ethereum_blockchain_height{node} > {LAG_BLOCKS}",
            ("The node lags behind the others.", "节点落后于其他节点。"),
            lasting="1m",
            severity="warning",
        ),
        *_machine_alerts(),
    ]
    return {"groups": [{"name": "rxledger-network", "rules": rules}]}


def _machine_alerts() -> list[Data]:
    machine = '{job="rxledger-machine"}'
    disks = '{job="rxledger-machine",fstype!~"tmpfs|ramfs|overlay|squashfs"}'
    disk = f"node_filesystem_avail_bytes{disks} / node_filesystem_size_bytes{disks}"
    return [
        _alert(
            "ClockSkew",
            f"abs(node_timex_offset_seconds{machine}) > {SKEW_S} or node_timex_sync_status{machine} == 0",
            ("The machine's clock is off, or not synchronised.", "机器时钟偏差过大或未同步。"),
            lasting="1m",
            severity="warning",
        ),
        _alert(
            "DiskFilling",
            f"{disk} < {DISK_FREE_SHARE}",
            ("A disk is nearly full.", "磁盘空间即将用尽。"),
            lasting="5m",
        ),
    ]


def write_prometheus(member: Member) -> str:
    """Prometheus' configuration file."""
    heading = (f"Prometheus for the node of {member.name} · {member.name} 节点的 Prometheus 配置",)
    return write_yaml(build_prometheus(member), heading=heading)


def write_alerts(peers: int) -> str:
    """Prometheus' rule file."""
    return write_yaml(build_alerts(peers), heading=("When to raise an alarm · 告警规则",))


def _alert(
    name: str, expression: str, words: tuple[str, str], *, lasting: str = "15s", severity: str = "critical"
) -> dict[str, Data]:
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": words[0], "summary_zh": words[1], "runbook": RUNBOOK},
    }


def _target(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
