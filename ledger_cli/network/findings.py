"""What is wrong with a network: two surveys some seconds apart, compared; each finding says what to do.

A finding that is `certain` is a fault; any other says that something could not be checked.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger_chain.development_chains import is_development_chain
from ledger_chain.development_keys import is_development_address
from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD
from ledger_cli.language import Text
from ledger_cli.network.plan import FEWEST_VALIDATORS
from ledger_cli.network.survey import Survey
from ledger_proofs.qbft import SealedHeader, SealInvalid, recover_sealers
from ledger_proofs.types import Address

LAG_BLOCKS: Final = 3
AHEAD_S: Final = 1.5
BEHIND_S: Final = 10.0
POOL_FULL_SHARE: Final = 0.9
DISK_FREE_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to do about it."""

    code: str
    where: str
    what: Text
    remedy: Text
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """Two surveys `seconds` apart, and the folders on this machine where chains lie.

    A disk is low when less than `free_share` of it is free.
    """

    before: Survey
    after: Survey
    seconds: float
    folders: Sequence[Path] = ()
    free_share: float = DISK_FREE_SHARE

    @property
    def goes_on(self) -> bool:
        """Whether a block came between the two."""
        return self.after.highest > self.before.highest


def find_faults(watch: Watch) -> list[Finding]:
    """Everything that is wrong, the gravest first."""
    return [finding for look in LOOKS for finding in look(watch)]


def exit_code_of(findings: Sequence[Finding]) -> int:
    """0: nothing wrong. 1: something is. 2: nothing certain, but not all could be checked."""
    if any(finding.certain for finding in findings):
        return EXIT_BAD
    return EXIT_COULD_NOT_CHECK if findings else EXIT_GOOD


def find_unreached(watch: Watch) -> Iterator[Finding]:
    """Nodes that don't answer."""
    for url, reason in watch.after.unreached:
        yield Finding(
            "node.unreachable",
            url,
            Text(f"can't be asked: {reason}", f"无法查询：{reason}"),
            Text(
                "at its machine: systemctl status rxledger-node; journalctl -u rxledger-node -n 100",
                "在该机器上执行：systemctl status rxledger-node；journalctl -u rxledger-node -n 100",
            ),
            certain=False,
        )


def find_other_chains(watch: Watch) -> Iterator[Finding]:
    """Nodes of different chains, or of one chain that has split."""
    chains = {(node.chain_id, node.genesis_hash) for node in watch.after.nodes}
    if len(chains) > 1:
        yield Finding(
            "chain.different",
            ", ".join(node.url for node in watch.after.nodes),
            Text(
                "the nodes are not on one chain (chain id, genesis)", "各节点不在同一条链上（链号、创世区块）"
            ),
            Text(
                "compare sha256sum /etc/rxledger-node/genesis.json at all of them; give the one that differs "
                "the network's genesis and an empty data folder",
                "在各节点比较 sha256sum /etc/rxledger-node/genesis.json；"
                "为不一致者换回网络的创世文件并清空数据目录",
            ),
        )
    elif len({block for _, block in watch.after.common}) > 1:
        yield Finding(
            "chain.forked",
            f"block {watch.after.common_height}",
            Text("the nodes hold different blocks of that number", "各节点在该高度的区块不同"),
            Text(
                "stop sending; keep every node's data folder; at least one node lies or was tampered with",
                "停止发送交易，保留各节点数据目录；至少有一个节点作伪或被篡改",
            ),
        )


def find_stalled(watch: Watch) -> Iterator[Finding]:
    """No block while it was watched."""
    if watch.after.nodes and watch.before.nodes and not watch.goes_on:
        yield Finding(
            "chain.stalled",
            f"block {watch.after.highest}",
            Text(
                f"no block in {watch.seconds:g} s: more than a third of the validators are down, cut off, or "
                "still in long rounds",
                f"{watch.seconds:g} 秒内没有新区块：超过三分之一的验证节点停止、断开，或仍处于较长的轮次中",
            ),
            Text(
                "bring the missing validators back; if blocks don't return within minutes, restart all of"
                ' them at once (docs/operations.md, "A stalled chain")',
                "恢复缺失的验证节点；数分钟内仍不出块则同时重启全部节点"
                "（docs/operations.md “A stalled chain”）",
            ),
        )


def find_empty_rounds(watch: Watch) -> Iterator[Finding]:
    """Blocks that took more than one round."""
    late = [header for header in watch.after.recent if header.round > 0]
    if late:
        worst = max(late, key=lambda header: header.round)
        yield Finding(
            "rounds.empty",
            f"block {worst.number}",
            Text(
                f"{len(late)} of the last {len(watch.after.recent)} blocks took more than one round "
                f"(up to round {worst.round})",
                f"最近 {len(watch.after.recent)} 个区块中有 {len(late)} 个用了一轮以上"
                f"（最高第 {worst.round} 轮）",
            ),
            Text(
                "look for a silent validator, a slow link, or a clock that is off: chronyc tracking",
                "查找沉默的验证节点、缓慢的链路或偏差的时钟：chronyc tracking",
            ),
        )
    elif watch.after.nodes and watch.after.highest > 0 and not watch.after.recent:
        yield Finding(
            "rounds.unread",
            watch.after.nodes[0].url,
            Text("the blocks' seals can't be read", "无法读取区块的封签"),
            Text("is this a QBFT chain, and does the node answer?", "请确认这是 QBFT 链且节点有应答"),
            certain=False,
        )


def find_silent(watch: Watch) -> Iterator[Finding]:
    """Validators that neither proposed nor sealed any of the latest blocks."""
    recent, validators = watch.after.recent, watch.after.validators
    if len(recent) < len(validators):
        return
    heard = {who for header in recent for who in _heard_in(header)}
    for validator in validators:
        if validator not in heard:
            yield Finding(
                "validator.silent",
                f"0x{validator.hex()}",
                Text(
                    f"neither proposed nor sealed one of the last {len(recent)} blocks",
                    f"最近 {len(recent)} 个区块既未提议也未封签",
                ),
                Text(
                    "network.json says whose node this is: have it looked at",
                    "network.json 载明该节点所属机构：请其检查",
                ),
            )


def _heard_in(header: SealedHeader) -> set[Address]:
    try:
        return {header.header.beneficiary, *recover_sealers(header)}
    except SealInvalid:
        return {header.header.beneficiary}


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
                    "compare static-nodes.json and nodes-allowlist.toml with the other nodes'; is TCP port "
                    "30303 open both ways?",
                    "将 static-nodes.json 与 nodes-allowlist.toml 同其他节点比对；"
                    "TCP 端口 30303 是否双向开放？",
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
                    "compare accounts-allowlist.toml with the other node's",
                    "交易池在重启后清空：网关会自动重发；若持续如此，"
                    "请与其他节点比对 accounts-allowlist.toml",
                ),
            )


def find_skew(watch: Watch) -> Iterator[Finding]:
    """Block times that don't fit this machine's clock."""
    for node in watch.after.nodes:
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


def find_weak_set(watch: Watch) -> Iterator[Finding]:
    """Too few validators, or validators whose keys everybody has."""
    validators = watch.after.validators
    if watch.after.nodes and len(validators) < FEWEST_VALIDATORS:
        yield Finding(
            "validators.few",
            watch.after.nodes[0].url,
            Text(
                f"{len(validators)} validators: not one of them may fail",
                f"仅 {len(validators)} 个验证节点：任何一个都不能失效",
            ),
            Text(
                'add validators (docs/operations.md, "Add a validator")',
                "增加验证节点（docs/operations.md “Add a validator”）",
            ),
        )
    for validator in validators:
        if is_development_address(validator):
            yield Finding(
                "validator.development_key",
                f"0x{validator.hex()}",
                Text("seals with a development key that everybody knows", "以公开的开发密钥封签"),
                Text(
                    'rotate its key now (docs/operations.md, "Rotate a key")',
                    "请立即更换密钥（docs/operations.md “Rotate a key”）",
                ),
            )


def find_development_chains(watch: Watch) -> Iterator[Finding]:
    """Nodes of a chain that is for development or tests."""
    for node in watch.after.nodes:
        if is_development_chain(node.chain_id):
            yield Finding(
                "chain.development",
                node.url,
                Text(
                    f"chain {node.chain_id} is a development or test chain: gateways refuse it in production",
                    f"链号 {node.chain_id} 为开发或测试链：生产环境的网关拒绝使用",
                ),
                Text("make a network: rxledger network init", "请建立网络：rxledger network init"),
            )


def find_disks(watch: Watch) -> Iterator[Finding]:
    """Disks on this machine that fill up."""
    for folder in watch.folders:
        try:
            usage = shutil.disk_usage(folder)
        except OSError as fault:
            name = type(fault).__name__
            yield Finding(
                "disk.unread",
                str(folder),
                Text(f"can't be looked at ({name})", f"无法查看（{name}）"),
                Text("give the node's data folder with --data", "请以 --data 指定节点数据目录"),
                certain=False,
            )
            continue
        if usage.free < watch.free_share * usage.total:
            yield Finding(
                "disk.low",
                str(folder),
                Text(
                    f"{usage.free // 2**30} GiB free of {usage.total // 2**30} GiB",
                    f"共 {usage.total // 2**30} GiB，剩余 {usage.free // 2**30} GiB",
                ),
                Text(
                    "enlarge the disk: a node that can't write stops, and no block may be deleted",
                    "请扩容磁盘：无法写入的节点会停止，且区块不得删除",
                ),
            )


LOOKS: Final[tuple[Callable[[Watch], Iterator[Finding]], ...]] = (
    find_other_chains,
    find_stalled,
    find_unreached,
    find_weak_set,
    find_development_chains,
    find_silent,
    find_empty_rounds,
    find_missing_peers,
    find_lagging,
    find_pools,
    find_emptied_pools,
    find_skew,
    find_disks,
)
