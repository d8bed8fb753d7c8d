"""`rxledger keys`: a practitioner's signing key, made and kept on her own machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger_cli.keyfiles import (
    Keyfile,
    build_keyfile,
    checksum_address,
    new_private_key,
    open_keyfile,
    read_keyfile,
    replace_keyfile,
    write_new_keyfile,
)
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen
from ledger_cli.secret_entry import ask_new_pin, ask_pin
from ledger_proofs.signatures import address_of_key

keys_app = typer.Typer(
    no_args_is_help=True,
    help="Make, show and re-encrypt a signing key on this machine. 在本机创建、查看签名密钥，修改 PIN。",
)
PathArgument = Annotated[Path, typer.Argument(help="The keyfile. 密钥文件。", metavar="KEYFILE")]
PinFileOption = Annotated[
    str | None,
    typer.Option(
        help="Read the PIN from the first line of this file (- is standard input). 从文件读取 PIN。"
    ),
]
LightOption = Annotated[
    bool,
    typer.Option("--light", help="Weak, fast key derivation: tests and development only. 仅供测试与开发。"),
]


@keys_app.command("new")
def new(
    context: typer.Context,
    path: PathArgument,
    pin_file: PinFileOption = None,
    light: LightOption = False,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Make a new signing key, encrypted with a PIN that never leaves this machine. 创建新的签名密钥。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    pin = ask_new_pin(screen, pin_file)
    private_key = new_private_key()
    write_new_keyfile(path, build_keyfile(private_key, pin, light=light))
    address = checksum_address(address_of_key(private_key))
    if light:
        screen.note(
            "warning: --light keyfiles can be guessed; never use one for real prescriptions",
            "警告：--light 密钥文件可被猜出；切勿用于真实处方",
            style="yellow",
        )
    screen.say(f"✓ key written to {path} (mode 0600)", f"✓ 密钥已写入 {path}（权限 0600）", style="green")
    screen.say(f"  address: {address}", f"  地址：{address}")
    screen.say(
        "  Give the address, never the file or the PIN, to whoever enrols you. A lost PIN can't be "
        "recovered.",
        "  登记时只需提供地址；切勿交出文件或 PIN。PIN 丢失后无法找回。",
    )
    screen.write_json({"ok": True, "path": str(path), "address": address, "light": light})


@keys_app.command("show")
def show(
    context: typer.Context,
    path: PathArgument,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Show a keyfile's address and strength; asks for no PIN. 查看密钥文件的地址与强度，无需 PIN。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    keyfile = read_keyfile(path)
    _show_keyfile(screen, path, keyfile)


@keys_app.command("change-pin")
def change_pin(
    context: typer.Context,
    path: PathArgument,
    pin_file: PinFileOption = None,
    new_pin_file: Annotated[
        str | None, typer.Option(help="Read the new PIN from this file. 从文件读取新 PIN。")
    ] = None,
    light: LightOption = False,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Encrypt the same key with another PIN. 用新的 PIN 重新加密同一密钥。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    private_key = open_keyfile(read_keyfile(path), ask_pin(screen, pin_file))
    replace_keyfile(path, build_keyfile(private_key, ask_new_pin(screen, new_pin_file), light=light))
    address = checksum_address(address_of_key(private_key))
    screen.say(
        f"✓ {path} now opens with the new PIN only; older copies still open with the old one: destroy them",
        f"✓ {path} 现在只能用新 PIN 打开；旧副本仍可用旧 PIN 打开：请销毁",
        style="green",
    )
    screen.write_json({"ok": True, "path": str(path), "address": address, "light": light})


def _show_keyfile(screen: Screen, path: Path, keyfile: Keyfile) -> None:
    address = checksum_address(keyfile.address)
    mode = f"{path.stat().st_mode & 0o777:04o}"
    screen.say(f"address: {address}", f"地址：{address}")
    screen.say(
        f"key derivation: {keyfile.kdf}, work {keyfile.work}", f"密钥派生：{keyfile.kdf}，强度 {keyfile.work}"
    )
    screen.say(f"file mode: {mode}", f"文件权限：{mode}")
    screen.write_json(
        {
            "ok": True,
            "path": str(path),
            "address": address,
            "kdf": keyfile.kdf,
            "work": keyfile.work,
            "mode": mode,
        }
    )
