"""`rxledger deploy`: puts the contracts on a chain; writes deployment.json and a trust file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
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
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen
from ledger_cli.secret_entry import ask_pin
from ledger_proofs.types import Address

DEFAULT_GRANT_DELAY = 86_400


def deploy_contracts(
    context: typer.Context,
    rpc: Annotated[str, typer.Option(help="A node of the chain. 链节点地址。", metavar="URL")],
    out: Annotated[Path, typer.Option(help="Where deployment.json is, or will be. 部署文件路径。")] = Path(
        "deployment.json"
    ),
    trust_out: Annotated[Path, typer.Option(help="Where the trust file is written. 信任文件路径。")] = Path(
        "trust.json"
    ),
    member: Annotated[
        list[str] | None, typer.Option(help="An authority member's address; repeat it. 管理机构成员地址。")
    ] = None,
    threshold: Annotated[int, typer.Option(min=1, max=64, help="How many must approve. 需几方同意。")] = 2,
    grant_delay: Annotated[
        int,
        typer.Option(min=0, max=31_536_000, help="Seconds until grants take effect. 授权生效延迟（秒）。"),
    ] = DEFAULT_GRANT_DELAY,
    keyfile: Annotated[Path | None, typer.Option(help="The deployer's keyfile. 部署者密钥文件。")] = None,
    pin_file: Annotated[
        str | None, typer.Option(help="PIN of the keyfile, from a file. 从文件读取 PIN。")
    ] = None,
    development: Annotated[
        bool, typer.Option("--development", help="Use the keys that everybody knows. 使用公开的开发密钥。")
    ] = False,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Deploy the contracts to a chain. 将合约部署到链上。

    Repeatable: when deployment.json names contracts that are on that chain, nothing is deployed. Development
    keys are refused unless --development says that this is a development chain.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    verify_node_address(rpc)
    w3 = connect(rpc)
    if out.exists():
        deployment = load_deployment(out)
        verify_deployment(w3, deployment)
        _report(screen, deployment, out, deployed=False)
        return
    account, members = _choose_keys(
        screen, keyfile, pin_file, member or [], threshold, development=development
    )
    deployment = deploy(w3, members, threshold, grant_delay, account)
    deployment.save(out)
    note = "development keys: proves nothing against anybody" if development else ""
    write_whole(trust_out, pinned_bytes(build_trust_file(deployment, note)).decode(), mode=0o644)
    _bind(screen, w3, deployment, development=development)
    _report(screen, deployment, out, deployed=True)


def _choose_keys(
    screen: Screen,
    keyfile: Path | None,
    pin_file: str | None,
    members: Sequence[str],
    threshold: int,
    *,
    development: bool,
) -> tuple[LocalAccount, list[Address]]:
    if development:
        return deployer(), [address_of(account) for account in authority_members()]
    if keyfile is None or not members:
        raise Refused(
            "deploy.keys",
            "name the deployer's --keyfile and each authority --member; on a development chain use "
            "--development",
            "请指定部署者的 --keyfile 以及每个管理成员的 --member；开发链可使用 --development",
        )
    addresses = [_parse_address(text) for text in members]
    if threshold > len(addresses) or len(set(addresses)) != len(addresses):
        raise Refused(
            "deploy.threshold",
            f"{threshold} of {len(set(addresses))} different members can't approve: lower --threshold or "
            "add members",
            f"{len(set(addresses))} 个不同成员无法满足 {threshold} 方同意：请降低 --threshold 或增加成员",
        )
    opened = open_keyfile(read_keyfile(keyfile), ask_pin(screen, pin_file))
    account: LocalAccount = Account.from_key(opened)
    for address in (*addresses, address_of(account)):
        if is_development_address(address):
            raise Refused(
                "deploy.development_key",
                f"{checksum_address(address)} is a development key that everybody knows; use keys of your "
                "own",
                f"{checksum_address(address)} 是公开的开发密钥；请使用自己的密钥",
            )
    return account, addresses


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
