"""`rxledger sign`: the doctor's client. Recomputes what she signs from what she sees; the key stays here."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text as RichText

from ledger_cli.acting.holder import CodeSeed
from ledger_cli.errors import EXIT_BAD, CommandError, CouldNotCheck, Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.keyfiles import Keyfile, checksum_address, open_keyfile, read_keyfile
from ledger_cli.language import Text
from ledger_cli.pinned_files import Profile, read_pinned
from ledger_cli.prepared import CheckedRecord
from ledger_cli.prescription_view import build_view
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen, step_progress
from ledger_cli.secret_entry import ask_password, ask_pin
from ledger_cli.signing import Submitted, prepare, submit, wait_until_final
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.handover import build_handover_text
from ledger_proofs.wording import chinese_message

PROFILE_VARIABLE = "RXLEDGER_PROFILE"
MAX_BODY_BYTES = 262_144
MAX_NARRATED = 10
STATUSES_ZH: Final = {
    "accepted": "已受理",
    "pending": "待入日志",
    "logged": "已入日志",
    "anchored": "已锚定",
    "final": "最终",
}

CodesOption = Annotated[
    Path | None,
    typer.Option(help="Make the patients' hand-over codes, in this folder. 生成取药码并写入该目录。"),
]


def sign(
    context: typer.Context,
    draft_id: Annotated[str | None, typer.Argument(help="A draft's id. 草稿编号。", metavar="DRAFT")] = None,
    body: Annotated[Path | None, typer.Option(help="Sign this prescription body. 签署此处方文件。")] = None,
    all_drafts: Annotated[
        bool, typer.Option("--all-drafts", help="Every waiting draft, one by one. 逐一签署全部草稿。")
    ] = False,
    profile_path: Annotated[
        Path | None,
        typer.Option("--profile", help="Your institution profile. 机构配置文件。", envvar=PROFILE_VARIABLE),
    ] = None,
    password_file: Annotated[
        str | None, typer.Option(help="Password of your account, from a file. 从文件读取账户密码。")
    ] = None,
    pin_file: Annotated[
        str | None, typer.Option(help="PIN of your keyfile, from a file. 从文件读取 PIN。")
    ] = None,
    codes: CodesOption = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Don't ask before signing: test doctors only. 不再询问，仅供测试医师。"),
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Don't wait until final. 不等待最终确认。")
    ] = False,
    wait_seconds: Annotated[
        float, typer.Option(help="How long to wait. 最长等待秒数。", min=1, max=3600)
    ] = 60.0,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Sign prescriptions on your own machine. 在本机签署处方。

    Shows each prescription, recomputes its commitment from the fields shown, signs with your encrypted key,
    submits, and waits until the chain has it. The PIN and the key never leave this machine. Without --codes
    only the hospital itself can dispense; with it, whoever has the code, which can't be made again.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    path = _require_profile(profile_path)
    profile = read_pinned(Profile, path)
    opener = _KeyOpener(screen, _read_own_keyfile(profile, path), pin_file)
    with _signed_in(screen, profile, password_file) as client:
        requests = _list_requests(client, draft_id, body, all_drafts)
        run = _SigningRun(screen, client, profile, opener, confirm_each=not yes, codes=codes)
        results = run.sign_all(requests, keep_going=all_drafts)
        if not no_wait:
            run.wait(wait_seconds)
    _conclude(screen, results, waited=not no_wait)


def _read_own_keyfile(profile: Profile, profile_path: Path) -> Keyfile:
    keyfile = read_keyfile(profile.keyfile_path(profile_path))
    if keyfile.address != profile.signer_address():
        stated = checksum_address(keyfile.address)
        raise Refused(
            "sign.other_key",
            f"the keyfile holds {stated}, but you are enrolled as {profile.signer}",
            f"密钥文件的地址为 {stated}，而您登记的地址为 {profile.signer}",
        )
    return keyfile


@contextmanager
def _signed_in(screen: Screen, profile: Profile, password_file: str | None) -> Iterator[GatewayClient]:
    with GatewayClient(profile.gateway) as client:
        password = ask_password(screen, password_file)
        key = f"login-{uuid.uuid4()}"
        client.log_in(profile.institution, profile.username, password, idempotency_key=key)
        try:
            yield client
        finally:
            client.log_out()


class _KeyOpener:
    """Asks for the PIN when the first signature is due, once."""

    def __init__(self, screen: Screen, keyfile: Keyfile, pin_file: str | None) -> None:
        self._screen = screen
        self._keyfile = keyfile
        self._pin_file = pin_file
        self._private_key: bytes | None = None

    def private_key(self) -> bytes:
        """The decrypted key, in this process's memory only."""
        if self._private_key is None:
            self._private_key = open_keyfile(self._keyfile, ask_pin(self._screen, self._pin_file))
        return self._private_key


class _SigningRun:
    """Signs one prescription after another and remembers what was submitted."""

    def __init__(
        self,
        screen: Screen,
        client: GatewayClient,
        profile: Profile,
        opener: _KeyOpener,
        *,
        confirm_each: bool,
        codes: Path | None = None,
    ) -> None:
        self._screen = screen
        self._client = client
        self._profile = profile
        self._opener = opener
        self._confirm_each = confirm_each
        self._codes = codes
        self._submitted: list[Submitted] = []

    def sign_all(
        self, requests: list[tuple[str, dict[str, Any]]], *, keep_going: bool
    ) -> list[dict[str, Any]]:
        """Sign one after another; with a progress bar where nobody is asked and nothing is shown."""
        if self._confirm_each or not self._screen.json_wanted or len(requests) <= MAX_NARRATED:
            return [self.sign_one(name, request, keep_going=keep_going) for name, request in requests]
        results = []
        with step_progress(self._screen) as progress:
            task = progress.add_task(self._screen.pick("signing", "签署中"), total=len(requests))
            for name, request in requests:
                results.append(self.sign_one(name, request, keep_going=keep_going))
                progress.advance(task)
        return results

    def sign_one(self, name: str, request: dict[str, Any], *, keep_going: bool) -> dict[str, Any]:
        """Prepare, check, show, sign and submit one prescription."""
        try:
            seed = CodeSeed.new() if self._codes is not None else None
            holders = {"holders": seed.addresses()} if seed is not None else {}
            checked = prepare(self._client, self._profile, request | holders)
            if not self._screen.json_wanted:
                self._screen.show(build_view(checked, self._screen))
            self._confirm(checked)
            if seed is not None and self._codes is not None:
                # Before it is handed in: a code that is lost can't be made again.
                keep_codes(self._codes, checked, seed)
            submitted = submit(self._client, checked, self._opener.private_key())
        except CouldNotCheck:
            raise
        except CommandError as error:
            if not keep_going or error.code.startswith(("keyfile.", "secret.", "pin.")):
                raise
            self._screen.say(f"✗ {name}: {error.text.en}", f"✗ {name}：{error.text.zh}", style="red")
            fault = {"code": error.code, "message": error.text.en, "message_zh": error.text.zh}
            return {"source": name, "ok": False, "error": fault}
        self._submitted.append(submitted)
        self._screen.say(
            f"✓ signed and accepted: {submitted.id}", f"✓ 已签署并受理：{submitted.id}", style="green"
        )
        return {
            "source": name,
            "ok": True,
            "id": submitted.id,
            "commitment": submitted.commitment,
            "windows": len(checked.authorships),
            "replayed": submitted.replayed,
        }

    def wait(self, seconds: float) -> None:
        """Wait until all that was submitted is final, showing each step."""
        identifiers = [item.id for item in self._submitted]
        if not identifiers:
            return

        if len(identifiers) > MAX_NARRATED:
            self._wait_with_progress(identifiers, seconds)
            return

        def show(prescription_id: str, status: str) -> None:
            status_zh = STATUSES_ZH.get(status, status)
            self._screen.note(f"  {prescription_id}: {status}", f"  {prescription_id}：{status_zh}")

        wait_until_final(self._client, identifiers, deadline_seconds=seconds, on_change=show)

    def _wait_with_progress(self, identifiers: list[str], seconds: float) -> None:
        with step_progress(self._screen) as progress:
            waiting = self._screen.pick("waiting until final", "等待最终确认")
            task = progress.add_task(waiting, total=len(identifiers))

            def count(_prescription_id: str, status: str) -> None:
                if status == "final":
                    progress.advance(task)

            wait_until_final(self._client, identifiers, deadline_seconds=seconds, on_change=count)

    def _confirm(self, checked: CheckedRecord) -> None:
        if not self._confirm_each:
            return
        if self._screen.json_wanted or not os.isatty(0):
            raise Refused(
                "sign.not_confirmed",
                "nobody can be asked here; a test doctor's client passes --yes",
                "此处无法询问确认；测试医师的客户端请使用 --yes",
            )
        count = len(checked.authorships)
        question = self._screen.pick(f"Sign this ({count} window(s))?", f"签署此处方（{count} 个时段）？")
        if not typer.confirm(question, default=False):
            raise Refused("sign.declined", "not signed, as you said", "已按您的选择取消签署")


def keep_codes(folder: Path, checked: CheckedRecord, seed: CodeSeed) -> None:
    """Write the hand-over code of each window to a file of its own, which only its owner can read."""
    record = checked.record
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for window in range(len(checked.authorships)):
            path = folder / f"{record.issuer}-{record.id}-{window}.txt"
            path.touch(mode=0o600)
            text = build_handover_text(seed.code(record.issuer, record.id, window))
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as fault:
        reason = file_fault(fault)
        raise Refused(
            "sign.codes",
            f"not signed: the hand-over code can't be written to {folder} ({reason.en}); choose another "
            "folder",
            f"未签署：无法将取药码写入 {folder}（{reason.zh}）；请另选目录",
        ) from fault


def _require_profile(path: Path | None) -> Path:
    if path is None:
        raise Refused(
            "sign.no_profile",
            f"name your institution profile: --profile FILE, or set {PROFILE_VARIABLE}",
            f"请指定机构配置文件：--profile 文件，或设置环境变量 {PROFILE_VARIABLE}",
        )
    return path


def _list_requests(
    client: GatewayClient, draft_id: str | None, body: Path | None, all_drafts: bool
) -> list[tuple[str, dict[str, Any]]]:
    if sum((draft_id is not None, body is not None, all_drafts)) != 1:
        raise Refused(
            "sign.what",
            "say what to sign: one draft id, or --body FILE, or --all-drafts",
            "请指明签署对象：一个草稿编号，或 --body 文件，或 --all-drafts",
        )
    if draft_id is not None:
        return [(draft_id, {"draft_id": draft_id})]
    if body is not None:
        return [(str(body), {"body": _read_body(body)})]
    drafts = [member(draft, "id", str) for draft in client.pages("/v1/drafts", status="draft")]
    return [(identifier, {"draft_id": identifier}) for identifier in drafts]


def _read_body(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as source:
            content = source.read(MAX_BODY_BYTES + 1)
        document = parse_json(content, max_bytes=MAX_BODY_BYTES)
    except (OSError, LedgerProofError) as fault:
        said = file_fault(fault)
        if isinstance(fault, LedgerProofError):
            said = Text(str(fault), chinese_message(fault))
        raise Refused("sign.body", f"can't use {path}: {said.en}", f"无法使用 {path}：{said.zh}") from fault
    if not isinstance(document, dict):
        raise Refused("sign.body", f"{path} isn't a JSON object", f"{path} 不是 JSON 对象")
    return document


def _conclude(screen: Screen, results: list[dict[str, Any]], *, waited: bool) -> None:
    if not results:
        screen.say("no draft is waiting for you", "没有待您签署的草稿")
        screen.write_json({"ok": True, "status": "none", "items": []})
        return
    signed = sum(1 for result in results if result["ok"])
    status = "final" if waited else "accepted"
    screen.show(
        RichText(
            screen.pick(
                f"{signed} of {len(results)} signed, {status}",
                f"共 {len(results)} 张，已签署 {signed} 张（{STATUSES_ZH[status]}）",
            ),
            style="bold",
        )
    )
    screen.write_json({"ok": signed == len(results), "status": status, "items": results})
    if signed != len(results):
        raise typer.Exit(EXIT_BAD)
