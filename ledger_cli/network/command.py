"""`rxledger network`: make a production network's files, and see how a running network is doing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger_cli.chain_access import verify_node_address
from ledger_cli.errors import EXIT_COULD_NOT_CHECK, EXIT_GOOD, CouldNotCheck, Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.network.plan import DEFAULT_CHAIN_ID, FEWEST_VALIDATORS, build_plan, read_institutions
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen

if TYPE_CHECKING:
    from ledger_cli.network.kit import Kit

WATCH_SECONDS = 6.0
"""Longer than two given-up rounds of a healthy network."""

network_app = typer.Typer(
    no_args_is_help=True,
    help="A network of Besu nodes, one for each institution: its files, and how it is doing. "
    "由各机构的 Besu 节点组成的网络：生成文件、查看状态。",
)
OutOption = Annotated[Path, typer.Option("--out", help="The network's folder. 网络目录。", metavar="DIR")]
InstitutionsOption = Annotated[
    Path | None,
    typer.Option(
        help="Who takes part, and where (rxledger.institutions/1); without it, all on this machine. "
        "参与机构及其地址；省略则全部位于本机。",
        metavar="FILE",
    ),
]
RpcOption = Annotated[
    list[str],
    typer.Option("--rpc", help="A node's JSON-RPC; repeat it. 节点的 JSON-RPC，可重复。", metavar="URL"),
]


@network_app.command("init")
def init(
    context: typer.Context,
    out: OutOption,
    validators: Annotated[
        int, typer.Option(help=f"How many validate; at least {FEWEST_VALIDATORS}. 验证节点数，至少 4。")
    ] = FEWEST_VALIDATORS,
    institutions: InstitutionsOption = None,
    chain_id: Annotated[
        int, typer.Option(min=1, max=2**53 - 1, help="The chain's number, of your own choice. 链号。")
    ] = DEFAULT_CHAIN_ID,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Make keys, genesis and every institution's files. 生成密钥、创世文件及各机构的全部文件。

    Repeatable: keys and genesis stay as they are, hosts, ports and accounts are brought up to date. Another
    network is never overwritten.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    plan = build_plan(chain_id, validators, institutions)
    # Loading the chain layer takes a second, which a wrong command line need not wait for.
    from ledger_cli.network.kit import init_kit

    with _writing(out):
        kit = init_kit(out, plan)
    _report_kit(screen, out, kit)


@network_app.command("add")
def add(
    context: typer.Context,
    out: OutOption,
    institutions: Annotated[
        Path, typer.Option(help="The new institutions, in a file as for init. 新机构文件，格式同 init。")
    ],
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Add institutions' nodes to everybody's lists; they then can be voted in. 将新机构的节点加入名单。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    members = read_institutions(institutions)
    from ledger_cli.network.kit import add_node, get_kit

    with _writing(out):
        kit = get_kit(out)
        for member in members:
            kit = add_node(out, member)
    _report_kit(screen, out, kit)


@network_app.command("remove")
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The node's name in network.json. 节点名称。", metavar="NAME")],
    out: OutOption,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Take a node off everybody's lists, after it was voted out. 投票移除后，将节点从名单中删除。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.network.kit import remove_node

    with _writing(out):
        kit = remove_node(out, name)
    _report_kit(screen, out, kit)


@network_app.command("key")
def make_key(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Where the key is written. 密钥写入路径。", metavar="KEY")],
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Make a node's key at its institution; only the public key is handed over. 在机构内生成节点密钥。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    if path.exists():
        raise Refused(
            "network.key_exists",
            f"{path} exists and is never overwritten; choose another name",
            f"{path} 已存在，绝不会被覆盖；请另选文件名",
        )
    from ledger_chain.qbft.node_key import generate_node_key
    from ledger_cli.network.kit import write_key

    key = generate_node_key()
    with _writing(path):
        write_key(path, key)
    public, address = key.public.hex(), f"0x{key.address.hex()}"
    screen.say(f"✓ key written to {path} (mode 0600)", f"✓ 密钥已写入 {path}（权限 0600）", style="green")
    screen.say(f"  public_key: {public}", f"  public_key：{public}")
    screen.say(f"  address: {address}", f"  地址：{address}")
    screen.write_json({"ok": True, "path": str(path), "public_key": public, "address": address})


@network_app.command("status")
def status(
    context: typer.Context, rpc: RpcOption, json_wanted: JsonOption = False, lang: LanguageOption = None
) -> None:
    """Height, round, validators, peers, pool and lag of each node. 各节点的高度、轮次、连接与交易池。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    _verify_addresses(rpc)
    from ledger_cli.network.show import show_status, survey_json
    from ledger_cli.network.survey import survey_nodes

    found = survey_nodes(rpc)
    good = not found.unreached
    screen.write_json({"ok": good, **survey_json(found)})
    show_status(screen, found)
    raise typer.Exit(EXIT_GOOD if good else EXIT_COULD_NOT_CHECK)


@network_app.command("doctor")
def doctor(
    context: typer.Context,
    rpc: RpcOption,
    watch: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds between the two looks. 两次查看的间隔（秒）。")
    ] = WATCH_SECONDS,
    data: Annotated[
        list[Path] | None, typer.Option(help="A node's data folder on this machine. 本机上的节点数据目录。")
    ] = None,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Say what is wrong with a network, and what to do. 诊断网络并给出处理办法。

    Exit code 0: nothing; 1: something is wrong; 2: not all could be checked.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    _verify_addresses(rpc)
    from ledger_cli.network.findings import exit_code_of, find_faults
    from ledger_cli.network.show import findings_json, show_findings, survey_json
    from ledger_cli.network.survey import survey_nodes
    from ledger_cli.network.watch import Watch

    before = survey_nodes(rpc)
    time.sleep(watch)
    after = survey_nodes(rpc)
    findings = find_faults(Watch(before, after, watch, tuple(data or ())))
    code = exit_code_of(findings)
    screen.write_json({"ok": code == EXIT_GOOD, **survey_json(after), "findings": findings_json(findings)})
    show_findings(screen, findings)
    raise typer.Exit(code)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the system refuses while files are read and written ends the command with its reason."""
    try:
        yield
    except OSError as fault:
        at, reason = fault.filename or path, file_fault(fault)
        raise CouldNotCheck(
            "network.unwritable",
            f"can't write {at}: {reason.en}; give another place, or ask for the right to write there",
            f"无法写入 {at}：{reason.zh}；请另选位置，或取得写入权限",
        ) from fault


def _verify_addresses(urls: list[str]) -> None:
    for url in urls:
        verify_node_address(url)


def _report_kit(screen: Screen, out: Path, kit: Kit) -> None:
    from ledger_cli.network.besu_files import KEY_FILE
    from ledger_cli.network.kit import RECORD_FILE

    nodes: list[dict[str, Any]] = [
        {"name": node.name, "address": node.address, "enode": node.enode, "founder": node.founder}
        for node in kit.present
    ]
    accounts = sorted({account.lower() for node in kit.present for account in node.accounts})
    screen.say(
        f"✓ {out}: chain {kit.chain_id}, {len(nodes)} nodes, {len(kit.founders)} validators in the genesis",
        f"✓ {out}：链号 {kit.chain_id}，{len(nodes)} 个节点，创世验证节点 {len(kit.founders)} 个",
        style="green",
    )
    for node in nodes:
        screen.say(f"  {node['name']}  {node['address']}", f"  {node['name']}  {node['address']}")
    screen.say(
        f"  Hand each institution its own folder, by a safe way, and to nobody else; {RECORD_FILE} and"
        " shared/ hold no secrets. Then: docs/operations.md",
        f"  请以安全方式将各目录仅交给对应机构；{RECORD_FILE} 与 shared/ 不含机密。"
        "后续步骤见 docs/operations.md",
    )
    held = [node.name for node in kit.present if (out / node.name / KEY_FILE).exists()]
    if held:
        screen.note(
            f"warning: the keys of {len(held)} nodes lie in {out}: whoever holds them all can seal alone. "
            "In a real network each institution makes its own (rxledger network key) and hands over the "
            "public_key",
            f"警告：{out} 中存有 {len(held)} 个节点的密钥：持有全部密钥者可独自封签。"
            "正式网络应由各机构自行生成（rxledger network key），仅提交 public_key",
            style="yellow",
        )
    if not accounts:
        screen.note(
            "warning: no account may send yet; name the deployer's and the gateways' accounts in"
            " --institutions (accounts), and repeat",
            "警告：目前没有账户可以发送交易；请在 --institutions 文件的 accounts 中列出部署者与各网关账户，"
            "然后重复执行",
            style="yellow",
        )
    screen.write_json(
        {"ok": True, "path": str(out), "chain_id": kit.chain_id, "nodes": nodes, "accounts": accounts}
    )
