"""What is wrong with the chain as a whole: its blocks, its rounds, its validators."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_chain.development_chains import is_development_chain
from ledger_chain.development_keys import is_development_address
from ledger_cli.language import Text
from ledger_cli.network.plan import FEWEST_VALIDATORS
from ledger_cli.network.watch import Finding, Watch
from ledger_proofs.qbft import SealedHeader, SealInvalid, recover_sealers
from ledger_proofs.types import Address


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
                "the network's genesis and an empty data folder; then restart the others one by one: "
                "until then Besu refuses a node that had another genesis",
                "在各节点比较 sha256sum /etc/rxledger-node/genesis.json；"
                "为不一致者换回网络的创世文件并清空数据目录；然后逐一重启其他节点，"
                "因为 Besu 在重启之前一直拒绝曾持有其他创世文件的节点",
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
    """A chain that is for development or tests, once for all of its nodes."""
    for chain_id in dict.fromkeys(node.chain_id for node in watch.after.nodes):
        if is_development_chain(chain_id):
            yield Finding(
                "chain.development",
                ", ".join(node.url for node in watch.after.nodes if node.chain_id == chain_id),
                Text(
                    f"chain {chain_id} is a development or test chain: gateways refuse it in production",
                    f"链号 {chain_id} 为开发或测试链：生产环境的网关拒绝使用",
                ),
                Text("make a network: rxledger network init", "请建立网络：rxledger network init"),
            )
