"""What `rxledger deploy` does: finds a deployment file's contracts on the chain, or puts new ones there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from ledger_chain.connection import connect
from ledger_chain.deployment import Authority, Deployment, deploy, load_deployment, verify_deployment
from ledger_chain.development_keys import address_of, authority_members, deployer, is_development_address
from ledger_cli.chain_access import verify_node_address
from ledger_cli.embedded.enrolment import build_trust_file
from ledger_cli.embedded.home import write_whole
from ledger_cli.errors import Refused
from ledger_cli.keyfiles import checksum_address, open_keyfile, read_keyfile
from ledger_cli.pinned_files import pinned_bytes
from ledger_cli.screen import Screen
from ledger_cli.secret_entry import ask_pin
from ledger_proofs.types import Address


@dataclass(frozen=True)
class DeploymentPlan:
    """What to deploy, through which node, and where to write it down."""

    rpc: str
    out: Path
    trust_out: Path
    members: tuple[str, ...]
    threshold: int
    grant_delay_seconds: int


@dataclass(frozen=True)
class DeployerKey:
    """Where the deployer's own key is."""

    keyfile: Path | None
    pin_file: str | None


def deploy_or_find(screen: Screen, plan: DeploymentPlan, key: DeployerKey | None) -> None:
    """Deploy, unless the file's contracts are on the chain already. Without a key: with development keys."""
    verify_node_address(plan.rpc)
    w3 = connect(plan.rpc)
    if plan.out.exists():
        deployment = load_deployment(plan.out)
        verify_deployment(w3, deployment)
        _report(screen, deployment, plan.out, deployed=False)
        return
    account, members = _choose_keys(screen, plan, key)
    deployment = deploy(w3, members, plan.threshold, plan.grant_delay_seconds, account)
    deployment.save(plan.out)
    note = "development keys: proves nothing against anybody" if key is None else ""
    write_whole(plan.trust_out, pinned_bytes(build_trust_file(deployment, note)).decode(), mode=0o644)
    _bind(screen, w3, deployment, development=key is None)
    _report(screen, deployment, plan.out, deployed=True)


def _choose_keys(
    screen: Screen, plan: DeploymentPlan, key: DeployerKey | None
) -> tuple[LocalAccount, list[Address]]:
    if key is None:
        return deployer(), [address_of(account) for account in authority_members()]
    if key.keyfile is None or not plan.members:
        raise Refused(
            "deploy.keys",
            "name the deployer's --keyfile and each authority --member; on a development chain use "
            "--development",
            "请指定部署者的 --keyfile 以及每个管理成员的 --member；开发链可使用 --development",
        )
    members = _parse_members(plan)
    opened = open_keyfile(read_keyfile(key.keyfile), ask_pin(screen, key.pin_file))
    account: LocalAccount = Account.from_key(opened)
    for address in (*members, address_of(account)):
        if is_development_address(address):
            raise Refused(
                "deploy.development_key",
                f"{checksum_address(address)} is a development key that everybody knows; use keys of your "
                "own",
                f"{checksum_address(address)} 是公开的开发密钥；请使用自己的密钥",
            )
    return account, members


def _parse_members(plan: DeploymentPlan) -> list[Address]:
    members = [_parse_address(text) for text in plan.members]
    different = len(set(members))
    if plan.threshold > different or different != len(members):
        raise Refused(
            "deploy.threshold",
            f"{plan.threshold} of {different} different members can't approve: lower --threshold or add "
            "members",
            f"{different} 个不同成员无法满足 {plan.threshold} 方同意：请降低 --threshold 或增加成员",
        )
    return members


def _parse_address(text: str) -> Address:
    digits = text.removeprefix("0x")
    if len(digits) != 40 or not all(character in "0123456789abcdefABCDEF" for character in digits):
        raise Refused(
            "deploy.address",
            f"{text!r} isn't an address: 0x and 40 hex digits",
            f"{text!r} 不是地址：应为 0x 加 40 位十六进制",
        )
    return Address(bytes.fromhex(digits))


def _bind(screen: Screen, w3: Web3, deployment: Deployment, *, development: bool) -> None:
    if development:
        Authority(w3, deployment, authority_members()).bind_checkpoint_log()
        return
    screen.note(
        "next: the authority's members approve bindCheckpointLog("
        f"{checksum_address(deployment.checkpoint_log)}) on the directory; outages of closed logs need it",
        "下一步：管理成员须在目录合约上批准 "
        f"bindCheckpointLog({checksum_address(deployment.checkpoint_log)})",
        style="yellow",
    )


def _report(screen: Screen, deployment: Deployment, out: Path, *, deployed: bool) -> None:
    addresses = {
        "authority": checksum_address(deployment.authority),
        "directory": checksum_address(deployment.directory),
        "checkpoint_log": checksum_address(deployment.checkpoint_log),
        "claim_register": checksum_address(deployment.claim_register),
    }
    if deployed:
        screen.say(f"✓ deployed; written to {out}", f"✓ 已部署；已写入 {out}", style="green")
    else:
        screen.say(
            f"✓ {out}: these contracts are on this chain already; nothing was deployed",
            f"✓ {out}：合约已在此链上；未重复部署",
            style="green",
        )
    for name, address in addresses.items():
        screen.say(f"  {name}: {address}", f"  {name}：{address}")
    document = {"ok": True, "deployed": deployed, "path": str(out), "chain_id": deployment.chain_id}
    screen.write_json(document | {"contracts": addresses})
