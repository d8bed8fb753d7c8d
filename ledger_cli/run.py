"""`rxledger run`: the whole stack on this machine, set up on first start, supervised, and stopped as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger_cli.screen import JsonOption, LanguageOption, open_screen

GATEWAY_PORT = 8400
PORTAL_PORT = 8401
ATTACK_PORT = 8402
SECOND_GATEWAY_PORT = 8403
RPC_PORT = 8545
EXAMPLES = 12
MAX_EXAMPLES = 1000
HomeOption = Annotated[
    Path | None, typer.Option(help="Home folder; default ~/.rxledger. 主目录。", envvar="RXLEDGER_HOME")
]
PortalPortOption = Annotated[
    int, typer.Option("--portal-port", min=0, max=65_535, help="Portal port; 0: any. 监管门户端口。")
]
SecondPortOption = Annotated[
    int,
    typer.Option(
        "--second-gateway-port",
        min=0,
        max=65_535,
        help="Gateway of pharmacies, insurer and manufacturer; 0: any. 第二网关端口。",
    ),
]
SeedCountOption = Annotated[
    int, typer.Option(min=1, max=MAX_EXAMPLES, help="How many example prescriptions. 示例处方数。")
]
NodesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--node",
        help="JSON-RPC of a node on a running network; up to three: of first gateway, second, portal. "
        "已运行网络中节点的 JSON-RPC；至多三个：第一网关、第二网关、门户。",
    ),
]


def run(
    context: typer.Context,
    home: HomeOption = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Gateway port; 0: any. 网关端口。")
    ] = GATEWAY_PORT,
    rpc_port: Annotated[
        int, typer.Option("--rpc-port", min=0, max=65_535, help="Chain RPC port; 0: any. 链的 RPC 端口。")
    ] = RPC_PORT,
    portal_port: PortalPortOption = PORTAL_PORT,
    attack_port: Annotated[
        int, typer.Option("--attack-port", min=0, max=65_535, help="Attack room; 0: any. 攻击演示端口。")
    ] = ATTACK_PORT,
    second_gateway_port: SecondPortOption = SECOND_GATEWAY_PORT,
    no_attacks: Annotated[
        bool, typer.Option("--no-attacks", help="No attack room. 不启动攻击演示。")
    ] = False,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Start empty. 不写入示例处方。")] = False,
    seed_count: SeedCountOption = EXAMPLES,
    node: NodesOption = None,
    once: Annotated[
        bool, typer.Option("--once", help="Set up, verify, print, and stop. 完成后立即停止。")
    ] = False,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Run chain, gateways and portal here, with example prescriptions. 在本机运行链、网关与监管门户。

    Two gateways: one of hospitals and regulator, one of pharmacies, insurer and manufacturer.

    Stop it with Ctrl-C. Started again it goes on where it was: nothing is lost, nothing is done twice.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    # Loading the gateway takes seconds, which the other commands don't need to spend.
    from ledger_cli.embedded.home import find_default_home
    from ledger_cli.embedded.stack import StackOptions
    from ledger_cli.embedded.supervisor import RunOptions, run_stack

    options = RunOptions(
        StackOptions(
            home or find_default_home(), port, rpc_port, portal_port, second_gateway_port, nodes=node or ()
        ),
        seed_count=0 if no_seed else seed_count,
        once=once,
        attack_port=None if no_attacks else attack_port,
    )
    exit_code = run_stack(screen, options)
    raise typer.Exit(exit_code)
