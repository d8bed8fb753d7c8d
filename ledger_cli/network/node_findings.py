"""What is wrong at single nodes: their links, their pools, their clocks, their disks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Final

from ledger_cli.file_faults import file_fault
from ledger_cli.language import Text
from ledger_cli.network.watch import Finding, Watch

LAG_BLOCKS: Final = 3
AHEAD_S: Final = 1.5
BEHIND_S: Final = 10.0
POOL_FULL_SHARE: Final = 0.9


def find_unreached(watch: Watch) -> Iterator[Finding]:
    """Nodes that don't answer."""
    for url, reason in watch.after.unreached:
        yield Finding(
            "node.unreachable",
            url,
            Text(f"can't be asked: {reason.en}", f"无法查询：{reason.zh}"),
            Text(
                "at its machine: systemctl status rxledger-node; journalctl -u rxledger-node -n 100 (with "
                "compose: docker compose ps; docker compose logs -n 100); from elsewhere: is it rpc_host's?",
                "在该机器上执行：systemctl status rxledger-node；journalctl -u rxledger-node -n 100"
                "（compose：docker compose ps；docker compose logs -n 100）；"
                "若从别处查询：地址是否为 rpc_host？",
            ),
            certain=False,
        )


def find_missing_peers(watch: Watch) -> Iterator[Finding]:
    """Nodes that aren't connected to all validators."""
    needed = len(watch.after.validators) - 1
    for node in watch.after.nodes:
        if node.peers < needed:
            yield Finding(
                "peers.missing",
                node.url,
                Text(
                    f"{node.peers} peers, {needed} are needed",
                    f"已连接 {node.peers} 个节点，应为 {needed} 个",
                ),
                Text(
                    "are the other nodes up? If so, compare static-nodes.json and nodes-allowlist.toml with "
                    "theirs; is p2p-port of besu.toml (TCP, 30303) open both ways?",
                    "其他节点是否在运行？若是，与其比对 static-nodes.json 和 nodes-allowlist.toml；"
                    "besu.toml 的 p2p-port（TCP，30303）是否双向开放？",
                ),
            )


def find_lagging(watch: Watch) -> Iterator[Finding]:
    """Nodes behind the others."""
    for node in watch.after.nodes:
        lag = watch.after.highest - node.height
        if lag > LAG_BLOCKS:
            yield Finding(
                "node.behind",
                node.url,
                Text(f"{lag} blocks behind the highest node", f"比最高节点落后 {lag} 个区块"),
                Text(
                    "wait if it was just started; otherwise look at its peers, its disk and its log",
                    "若刚启动则等待；否则检查其连接、磁盘与日志",
                ),
            )


def find_pools(watch: Watch) -> Iterator[Finding]:
    """Pools that can't be looked into, and pools that are full."""
    for node in watch.after.nodes:
        pool = node.pool
        if pool is None:
            yield Finding(
                "pool.unread",
                node.url,
                Text("doesn't say what its pool holds", "未提供交易池信息"),
                Text(
                    "add TXPOOL to rpc-http-api in besu.toml",
                    "请在 besu.toml 的 rpc-http-api 中加入 TXPOOL",
                ),
                certain=False,
            )
        elif pool.room and pool.waiting >= POOL_FULL_SHARE * pool.room:
            yield Finding(
                "pool.full",
                node.url,
                Text(
                    f"{pool.waiting} of {pool.room} places taken",
                    f"{pool.room} 个位置已占用 {pool.waiting} 个",
                ),
                Text(
                    "if blocks go on, wait; otherwise see chain.stalled; find the sender with "
                    "txpool_besuTransactions",
                    "若仍在出块则等待；否则见 chain.stalled；以 txpool_besuTransactions 查找发送者",
                ),
            )


def find_emptied_pools(watch: Watch) -> Iterator[Finding]:
    """Pools that hold nothing, in both looks, of what waits at another node in both."""
    before = {node.url: node.pool.waiting for node in watch.before.nodes if node.pool is not None}
    lasting = {
        node.url: (before[node.url], node.pool.waiting)
        for node in watch.after.nodes
        if node.pool is not None and node.url in before
    }
    if not any(min(counts) > 0 for counts in lasting.values()):
        return
    for url, counts in lasting.items():
        if max(counts) == 0:
            yield Finding(
                "pool.empty",
                url,
                Text(
                    "its pool is empty while transactions wait at another node",
                    "其交易池为空，而其他节点有等待中的交易",
                ),
                Text(
                    "a pool doesn't survive a restart: gateways send again by themselves; if it stays so, "
                    "compare accounts-allowlist.toml with the other node's, and look there for a missing "
                    "nonce (txpool_besuPendingTransactions)",
                    "交易池在重启后清空：网关会自动重发；若持续如此，"
                    "请与其他节点比对 accounts-allowlist.toml，并在该节点查找缺失的 nonce"
                    "（txpool_besuPendingTransactions）",
                ),
            )


def find_skew(watch: Watch) -> Iterator[Finding]:
    """Block times that don't fit this machine's clock."""
    for node in watch.after.nodes:
        if watch.after.highest - node.height > LAG_BLOCKS:
            continue  # its blocks are old, whatever its clock says
        ahead = node.block_time - node.asked_at
        if ahead <= AHEAD_S and (not watch.goes_on or ahead >= -BEHIND_S):
            continue
        proposer = f"0x{node.head.header.beneficiary.hex()}" if node.head else "?"
        yield Finding(
            "clock.skew",
            node.url,
            Text(
                f"the latest block's time is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this "
                f"machine's clock; its proposer is {proposer}",
                f"最新区块时间比本机时钟{'快' if ahead > 0 else '慢'} {abs(ahead):.1f} 秒；"
                f"提议者为 {proposer}",
            ),
            Text(
                "chronyc tracking, on this machine and at the proposer's; all clocks have to agree to 0.5 s",
                "在本机与提议者的机器上执行 chronyc tracking；各时钟偏差须在 0.5 秒以内",
            ),
        )


def find_disks(watch: Watch) -> Iterator[Finding]:
    """Disks on this machine that fill up."""
    for folder in watch.folders:
        try:
            usage = shutil.disk_usage(folder)
        except OSError as fault:
            reason = file_fault(fault)
            yield Finding(
                "disk.unread",
                str(folder),
                Text(f"can't be looked at ({reason.en})", f"无法查看（{reason.zh}）"),
                Text("give the node's data folder with --data", "请以 --data 指定节点数据目录"),
                certain=False,
            )
            continue
        if usage.free < watch.free_share * usage.total:
            yield Finding(
                "disk.low",
                str(folder),
                Text(
                    f"{usage.free / 2**30:.1f} GiB free of {usage.total / 2**30:.1f} GiB",
                    f"共 {usage.total / 2**30:.1f} GiB，剩余 {usage.free / 2**30:.1f} GiB",
                ),
                Text(
                    "enlarge the disk: a node that can't write stops, and no block may be deleted",
                    "请扩容磁盘：无法写入的节点会停止，且区块不得删除",
                ),
            )
