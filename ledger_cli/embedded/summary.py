"""What `rxledger run` prints once the stack is up: what runs where, what was verified, and what to try."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text as RichText

from ledger_cli.embedded.credentials import doctor_files, read_line, token_file
from ledger_cli.embedded.evidence import VerifiedBundle
from ledger_cli.embedded.people import DOCTORS, HOSPITALS, LI, PEOPLES
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.prescription_view import shown_time
from ledger_cli.screen import Screen
from ledger_cli.shown_text import shown_text
from ledger_cli.verdicts import verdict_text

MAX_SHOWN_BUNDLES = 20
EXAMPLE_FILE = "example-prescription.json"


def show_summary(stack: EmbeddedStack, verified: Sequence[VerifiedBundle], screen: Screen) -> None:
    """Everything on one screen, in both languages where it matters."""
    screen.show(_running(stack))
    if verified:
        screen.show(_verified_table(verified, screen))
    screen.show(_people(stack, screen))
    # Commands are to be copied: no line of them is broken.
    screen.show(_to_try(stack, verified, screen), soft_wrap=True)
    screen.show(_notice(), soft_wrap=True)


def summary_json(
    stack: EmbeddedStack, verified: Sequence[VerifiedBundle], *, seeded_now: int
) -> dict[str, Any]:
    """The same for programs; credentials stay in their files."""
    return {
        "ok": all(item.report.outcome.value == "passed" for item in verified),
        "gateway": stack.gateway.url,
        "rpc": stack.engine.rpc_url,
        "home": str(stack.home.root),
        "pids": {"gateway": stack.gateway.pid, "chain": stack.engine.pid, "supervisor": os.getpid()},
        "seeded_now": seeded_now,
        "bundles": [
            {
                "path": str(item.path),
                "outcome": item.report.outcome.value,
                "as_of_block": item.report.as_of_block,
            }
            for item in verified
        ],
    }


def _running(stack: EmbeddedStack) -> Table:
    table = Table(box=box.SIMPLE, title="RxLedger", show_header=False)
    rows = (
        ("gateway · 网关", stack.gateway.url),
        ("API documentation · 接口文档", f"{stack.gateway.url}/docs"),
        (
            "chain (ganache, one node) · 链（单节点）",
            f"{stack.engine.rpc_url}  ·  id {stack.deployment.chain_id}",
        ),
        ("home folder · 主目录", str(stack.home.root)),
    )
    for name, value in rows:
        table.add_row(RichText(name, style="dim"), RichText(value, style="bold"))
    return table


def _verified_table(verified: Sequence[VerifiedBundle], screen: Screen) -> Table:
    table = Table(
        box=box.SIMPLE_HEAVY,
        title=screen.pick(
            "Prescriptions, each verified from its bundle and the chain", "处方：均已依据证据包与链核验"
        ),
    )
    table.add_column(screen.pick("inst.", "机构"), justify="right")
    table.add_column(screen.pick("first drug", "首个药品"))
    table.add_column(screen.pick("commitment", "承诺"), no_wrap=True)
    table.add_column(screen.pick("entry", "条目"), justify="right", no_wrap=True)
    table.add_column(screen.pick("block", "区块"), justify="right")
    table.add_column(screen.pick("anchored +08:00", "锚定 +08:00"), no_wrap=True)
    table.add_column(screen.pick("verified", "核验"), no_wrap=True)
    for item in verified[:MAX_SHOWN_BUNDLES]:
        bundle = item.bundle
        table.add_row(
            str(bundle.authorship.institution),
            _first_drug(item),
            f"0x{bundle.commitment.hex()[:8]}…",
            f"{bundle.inclusion.index} / {bundle.inclusion.size}",
            str(bundle.anchor.block_number),
            shown_time(bundle.checkpoint.anchored_at)[5:19],
            verdict_text(item.report.outcome, screen.language),
        )
    if len(verified) > MAX_SHOWN_BUNDLES:
        table.caption = f"… + {len(verified) - MAX_SHOWN_BUNDLES}"
    return table


def _first_drug(item: VerifiedBundle) -> str:
    disclosure = item.bundle.disclosure
    wanted = "/body/lines/0/name"
    if wanted not in disclosure.pointers:
        return "–"
    index = disclosure.pointers.index(wanted) + 1
    found = [field.value for field in disclosure.fields if field.index == index]
    return shown_text(found[0]) if found else "–"


def _people(stack: EmbeddedStack, screen: Screen) -> Table:
    table = Table(
        box=box.SIMPLE,
        title=screen.pick(
            "Development credentials (invented people; for this chain only)",
            "开发用凭据（虚构人员；仅限本链）",
        ),
    )
    for en, zh in (
        ("who", "人员"),
        ("institution", "机构"),
        ("user", "用户名"),
        ("password", "密码"),
        ("PIN", "PIN"),
    ):
        table.add_column(screen.pick(en, zh))
    for doctor in DOCTORS:
        files = doctor_files(stack.home, doctor)
        table.add_row(
            f"{doctor.name} {doctor.department_name}",
            f"{doctor.hospital.number} {screen.pick(doctor.hospital.name_en, doctor.hospital.name_zh)}",
            doctor.username,
            read_line(files.password),
            read_line(files.pin),
        )
    tokens = ", ".join(shown_path(token_file(stack.home, hospital)) for hospital in HOSPITALS)
    table.caption = screen.pick(f"machine clients' tokens: {tokens}", f"机构系统令牌：{tokens}")
    return table


def _to_try(stack: EmbeddedStack, verified: Sequence[VerifiedBundle], screen: Screen) -> RichText:
    home, files, program = stack.home, doctor_files(stack.home, LI), shown_program()
    example, trust = shown_path(home.root / EXAMPLE_FILE), shown_path(home.trust)
    lines: list[tuple[str, str]] = []
    if verified:
        offline = f"{program} verify {shown_path(verified[0].path)} --trust {trust}"
        online = f"{offline} --rpc {stack.engine.rpc_url}"
        lines.append((screen.pick("verify a prescription through the chain", "通过链核验一张处方"), online))
        lines.append((screen.pick("the same with no network", "离线核验同一处方"), offline))
    signing = (
        f"{program} sign --body {example} --profile {shown_path(files.profile)} "
        f"--password-file {shown_path(files.password)}"
    )
    pin = read_line(files.pin)
    lines.append(
        (
            screen.pick(
                f"sign a new one as Dr Li (her PIN: {pin})", f"以李静医师身份签署新处方（PIN：{pin}）"
            ),
            signing,
        )
    )
    importing = (
        f"{program} import {example} --gateway {stack.gateway.url} --token-file "
        f"{shown_path(token_file(home, PEOPLES))}"
    )
    lines.append((screen.pick("import a prescription as a draft to sign", "将处方导入为待签草稿"), importing))
    body = RichText("try · 试一试\n", style="bold")
    for title, command in lines:
        body.append(f"  # {title}\n", style="not bold dim")
        body.append(f"  {command}\n", style="not bold cyan")
    return body


def _notice() -> RichText:
    return RichText(
        "A single-node development chain proves nothing against its owner. Press Ctrl-C to stop everything.\n"
        "单节点开发链不能对其所有者证明任何事情。按 Ctrl-C 停止全部进程。",
        style="yellow",
    )


def shown_program() -> str:
    """How this command was called, so that what is shown can be copied as it stands."""
    called = Path(sys.argv[0])
    return shown_path(called.resolve()) if called.name == "rxledger" and called.is_file() else "rxledger"


def shown_path(path: Path) -> str:
    """The path as a shell takes it, relative to the current folder where that is shorter."""
    try:
        relative = path.relative_to(Path.cwd())
    except ValueError:
        return shlex.quote(str(path))
    return shlex.quote(str(relative))
