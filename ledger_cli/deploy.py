"""`rxledger deploy`: puts the contracts on a chain; writes deployment.json and a trust file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger_cli.screen import JsonOption, LanguageOption, open_screen

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
    # Loading the chain layer takes seconds, which the other commands don't need to spend.
    from ledger_cli.deployment_steps import DeployerKey, DeploymentPlan, deploy_or_find

    plan = DeploymentPlan(rpc, out, trust_out, tuple(member or ()), threshold, grant_delay)
    deploy_or_find(screen, plan, None if development else DeployerKey(keyfile, pin_file))
