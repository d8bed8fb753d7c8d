"""What `rxledger run` prints once the stack is up: what to open, what was verified, who is who, what to try.

It fits one screen of 120 columns.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text as RichText

from ledger_cli.embedded.auditing import MirrorState
from ledger_cli.embedded.credentials import password_file, read_line, signer_files, token_file
from ledger_cli.embedded.evidence import VerifiedBundle
from ledger_cli.embedded.loop_examples import PACKS_FILE
from ledger_cli.embedded.people import (
    ADMINISTRATORS,
    FIRST_TENANTS,
    LI,
    LIN,
    NON_SIGNERS,
    PEOPLES,
    PRACTITIONERS,
    WU,
)
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.language import Text
from ledger_cli.pinned_files import TrustFile, read_pinned
from ledger_cli.prescription_view import shown_time
from ledger_cli.screen import Screen
from ledger_cli.shown_text import shown_text
from ledger_cli.verdicts import verdict_text
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.reports import Outcome

MAX_SHOWN_BUNDLES = 4
EXAMPLE_FILE = "example-prescription.json"
_PROFESSIONS: Final = {
    PractitionerRole.DOCTOR: Text("doctor", "医师"),
    PractitionerRole.PHARMACIST: Text("pharmacist", "药师"),
    PractitionerRole.ADJUDICATOR: Text("adjudicator", "结算审核员"),
    PractitionerRole.RELEASER: Text("releaser", "放行人"),
    PractitionerRole.OFFICER: Text("officer", "监管人员"),
    PractitionerRole.CLERK: Text("clerk", "经办人"),
}


@dataclass(frozen=True)
class Situation:
    """What was found once everything ran."""

    verified: Sequence[VerifiedBundle]
    seeded_now: int
    drafts_waiting: int
    mirror: MirrorState | None = None
    attacks_url: str | None = None

    @property
    def roles_url(self) -> str | None:
        """Where everybody can be played; beside the attacks."""
        return None if self.attacks_url is None else self.attacks_url.rstrip("/") + "/roles"

    @property
    def is_good(self) -> bool:
        """Whether every bundle passed, and the portal has seen everything and found nothing."""
        passed = all(item.report.outcome is Outcome.PASSED for item in self.verified)
        return passed and (self.mirror is None or not self.mirror.open_findings)


def show_summary(stack: EmbeddedStack, situation: Situation, screen: Screen) -> None:
    """Everything on one screen."""
    # Addresses and commands are to be copied: no line of them is broken.
    screen.show(_to_open(stack, situation, screen), soft_wrap=True)
    if situation.verified:
        screen.show(_verified_table(situation.verified, screen))
    if situation.mirror is not None:
        screen.show(_mirror_line(situation.mirror, screen), soft_wrap=True)
    screen.show(_people(stack, screen))
    screen.show(_files_line(stack, screen), soft_wrap=True)
    screen.show(_to_try(stack, situation.verified, screen), soft_wrap=True)
    screen.show(_notice(stack, screen), soft_wrap=True)


def summary_json(stack: EmbeddedStack, situation: Situation) -> dict[str, Any]:
    """The same for programs; credentials stay in their files."""
    pids = {"gateway": stack.gateway.pid, "chain": stack.engine.pid, "supervisor": os.getpid()}
    if stack.has_second_gateway:
        pids["gateway-b"] = stack.second_gateway.pid
    if stack.has_portal:
        pids["portal"] = stack.portal.pid
    return {
        "ok": situation.is_good,
        "gateway": stack.gateway.url,
        "second_gateway": stack.second_gateway.url if stack.has_second_gateway else None,
        "portal": stack.portal.url if stack.has_portal else None,
        "roles": situation.roles_url,
        "holder": holder_url(stack),
        "attacks": situation.attacks_url,
        "rpc": stack.engine.rpc_url,
        "home": str(stack.home.root),
        "pids": pids,
        "seeded_now": situation.seeded_now,
        "drafts_waiting": situation.drafts_waiting,
        "mirror": None if situation.mirror is None else asdict(situation.mirror),
        "bundles": [
            {
                "path": str(item.path),
                "outcome": item.report.outcome.value,
                "as_of_block": item.report.as_of_block,
            }
            for item in situation.verified
        ],
    }


def holder_url(stack: EmbeddedStack) -> str:
    """Where a patient looks at her prescription, without an account."""
    return f"{stack.gateway.url}/holder"


def _to_open(stack: EmbeddedStack, situation: Situation, screen: Screen) -> RichText:
    rows = []
    if situation.roles_url is not None:
        playing = Text("start here: be anybody, with one click", "从这里开始：一键扮演任何人")
        rows.append((Text("everybody's place", "角色一览"), situation.roles_url, playing))
    rows.append(
        (
            Text("hospitals' desk", "医院工作台"),
            f"{stack.gateway.url}/desk",
            Text(
                f"as {LI.username}: {situation.drafts_waiting} drafts wait to be signed",
                f"以 {LI.username} 登录：{situation.drafts_waiting} 份草稿待签署",
            ),
        )
    )
    if stack.has_second_gateway:
        at_counter = Text(
            f"pharmacies, insurer, manufacturer; as {LIN.username}, for one",
            f"药店、医保、药厂；例如以 {LIN.username} 登录",
        )
        rows.append((Text("counters' desk", "药店工作台"), f"{stack.second_gateway.url}/desk", at_counter))
    looking = Text("with a hand-over code, no account", "凭取药码，无需账户")
    rows.append((Text("patient's page", "患者页面"), holder_url(stack), looking))
    if stack.has_portal:
        auditing = Text(
            f"as {WU.username}: every log, checked against the chain",
            f"以 {WU.username} 登录：各日志与链比对",
        )
        rows.append((Text("regulator's portal", "监管门户"), stack.portal.url, auditing))
    if situation.attacks_url is not None:
        cheating = Text("cheat, and be caught: twenty ways", "试试作弊：二十种方式，均会被识破")
        rows.append((Text("try to cheat", "试试作弊"), situation.attacks_url, cheating))
    rows.append((Text("API documentation", "接口文档"), f"{stack.gateway.url}/docs", Text("", "")))
    number = stack.deployment.chain_id
    chain = Text(f"chain {number}: ganache, one node", f"链 {number}：ganache 单节点")
    if stack.is_on_network:
        chain = Text(f"chain {number}: the first gateway's node", f"链 {number}：第一网关的节点")
    rows.append((Text("chain's RPC", "链的 RPC"), stack.engine.rpc_url, chain))
    body = RichText(
        screen.pick("RxLedger runs. Open in a browser:\n", "RxLedger 已运行。用浏览器打开：\n"), "bold"
    )
    for name, address, hint in rows:
        body.append("  " + _padded(name.in_(screen.language), 20), style="not bold")
        body.append(address, style="bold cyan")
        body.append(" " * max(1, 30 - len(address)) + hint.in_(screen.language) + "\n", style="not bold dim")
    return body


def _padded(text: str, cells: int) -> str:
    return text + " " * max(1, cells - cell_len(text))


def _verified_table(verified: Sequence[VerifiedBundle], screen: Screen) -> Table:
    table = Table(
        box=box.SIMPLE_HEAVY,
        show_edge=False,  # what the portal says of them follows at once
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
    for item in _worth_showing(verified):
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
    hidden = len(verified) - MAX_SHOWN_BUNDLES
    if hidden > 0:
        passed = sum(item.report.outcome is Outcome.PASSED for item in verified)
        table.caption = screen.pick(
            f"and {hidden} more: {passed} of {len(verified)} passed",
            f"另有 {hidden} 项：共 {len(verified)} 项，{passed} 项通过",
        )
    return table


def _worth_showing(verified: Sequence[VerifiedBundle]) -> Sequence[VerifiedBundle]:
    """Those that didn't pass come first: none of them may stay hidden behind good ones."""
    return sorted(verified, key=lambda item: item.report.outcome is Outcome.PASSED)[:MAX_SHOWN_BUNDLES]


def _mirror_line(mirror: MirrorState, screen: Screen) -> RichText:
    counts_en = f"{mirror.mirrored} of {mirror.anchored} entries mirrored, {mirror.verified} verified"
    counts_zh = f"已镜像 {mirror.mirrored} / {mirror.anchored} 条，已核验 {mirror.verified} 条"
    if mirror.open_findings:
        said = screen.pick(
            f"✗ Findings open at the portal: {mirror.open_findings} ({counts_en})",
            f"✗ 监管门户未关闭的发现：{mirror.open_findings} 项（{counts_zh}）",
        )
        return RichText(said, style="bold red")
    if not mirror.is_whole:
        said = screen.pick(f"… The portal is still at it: {counts_en}", f"… 监管门户仍在进行：{counts_zh}")
        return RichText(said, style="yellow")
    said = screen.pick(
        f"✓ The portal, checking for itself: {counts_en}, no findings",
        f"✓ 监管门户自行核验：{counts_zh}，无发现",
    )
    return RichText(said, style="green")


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
        ("signs in at", "登录处"),
        ("institution", "机构"),
        ("user", "用户名"),
        ("password", "密码"),
        ("PIN", "PIN"),
    ):
        table.add_column(screen.pick(en, zh), no_wrap=True)
    for person in PRACTITIONERS:
        if not stack.has_second_gateway and person.institution not in FIRST_TENANTS:
            continue
        files = signer_files(stack.home, person)
        profession = _PROFESSIONS[person.role]
        table.add_row(
            screen.pick(f"{profession.en} {person.name}", f"{profession.zh}{person.name}"),
            screen.pick("desk", "工作台"),
            str(person.institution.number),
            person.username,
            read_line(files.password),
            read_line(files.pin),
        )
    for other in NON_SIGNERS:
        is_admin = other in ADMINISTRATORS
        who = screen.pick("administrator ", "管理员") if is_admin else screen.pick("auditor ", "审计员")
        where = screen.pick("API", "接口") if is_admin else screen.pick("portal", "监管门户")
        number = str(other.institution.number) if is_admin else "–"
        password = read_line(password_file(stack.home, other))
        table.add_row(who + other.name, where, number, other.username, password, "–")
    return table


def _files_line(stack: EmbeddedStack, screen: Screen) -> RichText:
    folder = shown_path(stack.home.credentials)
    token = token_file(stack.home, PEOPLES).name
    codes, packs = shown_path(stack.home.handover_codes), shown_path(stack.home.root / PACKS_FILE)
    said = screen.pick(
        f"A signer's browser is given key.json and profile.json from her folder: {folder}/{LI.username}/\n"
        f"Machine clients' tokens lie there too: {token}, and so on. "
        f"Patients' hand-over codes: {codes}/; packs' codes: {packs}",
        f"请在签署人的浏览器中选择其文件夹里的 key.json 与 profile.json：{folder}/{LI.username}/\n"
        f"机构系统令牌也在其中：{token} 等。患者取药码：{codes}/；药品追溯码：{packs}",
    )
    return RichText(said, style="dim")


def _to_try(stack: EmbeddedStack, verified: Sequence[VerifiedBundle], screen: Screen) -> RichText:
    home, files, program = stack.home, signer_files(stack.home, LI), shown_program()
    example, trust = shown_path(home.root / EXAMPLE_FILE), shown_path(home.trust)
    lines: list[tuple[str, str]] = []
    if verified:
        bundle = shown_path(verified[0].path)
        online = f"{program} verify {bundle} --trust {trust} --rpc {stack.engine.rpc_url}"
        lines.append((screen.pick("verify a prescription through the chain", "通过链核验一张处方"), online))
        if read_pinned(TrustFile, home.trust).validators is not None:
            offline = f"{program} verify --offline {bundle} --trust {trust}"
            how = screen.pick("or by the validators' seals, asking nobody", "或凭验证节点封签离线核验")
            lines.append((how, offline))
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
    body = RichText(screen.pick("Or by command:\n", "或使用命令：\n"), style="bold")
    for title, command in lines:
        body.append(f"  # {title}\n", style="not bold dim")
        body.append(f"  {command}\n", style="not bold cyan")
    return body


def _notice(stack: EmbeddedStack, screen: Screen) -> RichText:
    if stack.is_on_network:
        said = screen.pick(
            "The keys of this example are public, on any network. Press Ctrl-C to stop all but the network.",
            "无论接入何种网络，本示例的密钥均为公开。按 Ctrl-C 停止除网络外的全部进程。",
        )
        return RichText(said, style="yellow")
    said = screen.pick(
        "A single-node development chain proves nothing against its owner. Press Ctrl-C to stop everything.",
        "单节点开发链不能对其所有者证明任何事情。按 Ctrl-C 停止全部进程。",
    )
    return RichText(said, style="yellow")


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
