"""`rxledger verify`: one evidence bundle, step by step, from bytes and chain alone (protocol, section 9)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text as RichText

from ledger_cli.by_hand import build_instructions
from ledger_cli.chain_access import open_chain
from ledger_cli.errors import EXIT_BAD, CouldNotCheck, Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.language import Language
from ledger_cli.pinned_files import TrustFile, read_pinned
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen
from ledger_cli.shown_text import shown_text
from ledger_cli.verdicts import VERDICTS, verdict_text
from ledger_proofs.bundles import MAX_BUNDLE_BYTES, Bundle, parse_bundle
from ledger_proofs.errors import MalformedInput
from ledger_proofs.reports import Outcome, Report, StepResult
from ledger_proofs.verifier import verify_bundle
from ledger_proofs.wording import STEP_NAMES_ZH, chinese_label, chinese_message

OfflineOption = Annotated[
    bool,
    typer.Option(
        "--offline", help="Ask nobody; --trust then names the validators. 完全离线，由信任文件列出验证节点。"
    ),
]


def verify(
    context: typer.Context,
    bundle_file: Annotated[
        str,
        typer.Argument(help="The evidence bundle; - reads standard input. 证据包文件。", metavar="BUNDLE"),
    ],
    rpc: Annotated[
        str | None, typer.Option(help="Check the chain through this node. 通过此节点核对链。", metavar="URL")
    ] = None,
    trust_file: Annotated[
        Path | None,
        typer.Option(
            "--trust", help="Whom you trust: chain and contracts, not the bundle's word. 信任文件。"
        ),
    ] = None,
    offline: OfflineOption = False,
    details: Annotated[
        bool, typer.Option("--details", help="Show every value that was compared. 显示每个比对值。")
    ] = False,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Verify an evidence bundle. 核验证据包。

    Seven numbered steps, each passed, failed, late or could not check. Exit code 0: all passed. 1: failed or
    late. 2: something could not be checked.

    Steps 4 to 7 need the chain: through a node, with --rpc and --trust, or by its validators' seals, with
    --offline and a trust file that names them; then all is said as of the block that the bundle proves. A
    development chain has no validators: its bundles need a node.
    第 4 至 7 步须核对链：或通过节点，或以验证节点的封签离线核对；开发链没有验证节点，只能通过节点。
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    if offline:
        _require_offline(rpc, trust_file)
    trust = read_pinned(TrustFile, trust_file) if trust_file is not None else None
    bundle = _parse(screen, _read_bundle(bundle_file))
    chain = open_chain(rpc, trust) if rpc is not None and trust is not None else None
    report = verify_bundle(bundle, trust.trust() if trust else None, chain)
    note = shown_text(trust.note) if trust else ""
    screen.write_json({**report_json(report), "trust_note": note})
    screen.show(build_report_view(report, screen.language, details=details))
    screen.show(build_by_hand_view(bundle, rpc, screen.language, offline=offline), soft_wrap=True)
    if not offline and (trust is None or trust.validators is None):
        _show_advice(screen, rpc, trust)
    if note:
        screen.say(f"of this chain the trust file says: {note}", f"信任文件对该链的说明：{note}")
    raise typer.Exit(VERDICTS[report.outcome].exit_code)


def _require_offline(rpc: str | None, trust_file: Path | None) -> None:
    """Raise `Refused` where --offline stands with a node's address, or without a trust file."""
    if rpc is not None:
        raise Refused(
            "verify.offline_with_rpc",
            "--offline asks nobody: leave out --rpc, or leave out --offline to ask that node",
            "--offline 不查询任何节点：请去掉 --rpc；如需查询该节点，请去掉 --offline",
        )
    if trust_file is None:
        raise Refused(
            "verify.offline_without_trust",
            "--offline needs --trust FILE, which names the chain's validators and comes from someone you "
            "trust, never from whoever gave you the bundle",
            "--offline 须同时给出 --trust 文件：其中列有该链的验证节点，且来自您信任的一方，"
            "而非证据包的提供者",
        )


def report_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {"ok": VERDICTS[report.outcome].exit_code == 0, **report.as_json()}


def build_report_view(report: Report, language: Language, *, details: bool) -> Group:
    """The numbered steps as a table, and the verdict."""
    chinese = language is Language.ZH
    table = Table(box=box.ROUNDED, title="核验报告" if chinese else "Verification report", expand=True)
    table.add_column("#", justify="right")
    table.add_column("步骤" if chinese else "step", no_wrap=True)
    table.add_column("结果" if chinese else "result", no_wrap=True)
    table.add_column("依据" if chinese else "what was found, and compared", overflow="fold", ratio=1)
    for step in report.steps:
        table.add_row(
            str(step.number),
            STEP_NAMES_ZH[step.name] if chinese else step.name,
            verdict_text(step.outcome, language),
            _found(step, chinese, details),
        )
    whole = RichText.assemble("整体：" if chinese else "the whole: ", verdict_text(report.outcome, language))
    if report.as_of_block is not None:
        whole.append(f"  ·  {'截至区块' if chinese else 'as of block'} {report.as_of_block}", style="dim")
    return Group(table, whole)


def build_by_hand_view(
    bundle: Bundle, node: str | None, language: Language, *, offline: bool = False
) -> RichText:
    """How to repeat each step by hand: one line each, to be copied."""
    title = "自行复核" if language is Language.ZH else "How to repeat it by hand"
    view = RichText(f"\n{title}\n", style="bold")
    for number, text in build_instructions(bundle, node, offline=offline).items():
        view.append(f"  {number}. {text.in_(language)}\n", style="not bold dim")
    return view


def _read_bundle(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BUNDLE_BYTES + 1)
        with Path(name).open("rb") as source:
            return source.read(MAX_BUNDLE_BYTES + 1)
    except OSError as fault:
        reason = file_fault(fault)
        # Nothing is known of a bundle that wasn't read: that isn't a bad one.
        raise CouldNotCheck(
            "verify.unreadable",
            f"can't read the bundle {name} ({reason.en}): give a bundle's file, or - for standard input",
            f"无法读取证据包 {name}（{reason.zh}）：请给出证据包文件，或以 - 读取标准输入",
        ) from fault


def _parse(screen: Screen, content: bytes) -> Bundle:
    """The bundle; a hostile or broken file is a failed verification that says why."""
    try:
        return parse_bundle(content)
    except MalformedInput as fault:
        message, message_zh = shown_text(str(fault)), shown_text(chinese_message(fault))
        error = {"code": fault.code, "message": message, "message_zh": message_zh}
        screen.write_json({"ok": False, "outcome": "failed", "steps": [], "error": error})
        screen.say(
            f"✗ failed: not an evidence bundle: {message}",
            f"✗ 不通过：不是证据包：{message_zh}",
            style="bold red",
        )
        raise typer.Exit(EXIT_BAD) from fault


def _found(step: StepResult, chinese: bool, details: bool) -> RichText:
    """What the step says, and what it compared; values that differ in a failed step are always shown."""
    text = RichText(shown_text(step.message_zh if chinese else step.message_en))
    has_failed = step.outcome is Outcome.FAILED
    named: dict[str, None] = {}
    shown: list[str] = []
    for item in step.compared:
        label = shown_text(chinese_label(item.what) if chinese else item.what)
        is_same = item.expected == item.observed
        if not details and (is_same or not has_failed):
            named[label] = None
            continue
        # Times of two things differ rightly: only in a failed step is a difference a contradiction.
        sign = "=" if is_same else "≠" if has_failed else "|"
        values = f"{shown_text(item.expected)} {sign} {shown_text(item.observed)}"
        shown.append(f"{label}：{values}" if chinese else f"{label}: {values}")
    if named:
        shown.insert(0, f"比对：{'、'.join(named)}" if chinese else f"compared: {', '.join(named)}")
    for line in shown:
        text.append(f"\n{line}", style="dim")
    return text


def _show_advice(screen: Screen, rpc: str | None, trust: TrustFile | None) -> None:
    if rpc is not None and trust is not None:
        return
    if rpc is not None:
        screen.say(
            "--rpc was not used: a node's word counts only together with --trust FILE, which comes from "
            "someone you trust, never from whoever gave you the bundle",
            "未使用 --rpc：须同时给出 --trust 文件（来自您信任的一方，而非证据包的提供者），"
            "节点的应答才有意义",
            style="yellow",
        )
        return
    screen.say(
        "offline: to check the chain too, add --rpc URL (any node of the chain) and --trust FILE (from "
        "someone you trust; never from whoever gave you the bundle)",
        "离线核验：如需核对链，请加 --rpc 地址（该链任一节点）与 --trust 文件（来自您信任的一方，"
        "而非证据包的提供者）",
        style="dim",
    )
