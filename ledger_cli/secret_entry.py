"""How a PIN or a password reaches the program: typed without echo, from a file, or from the environment.

Never from the command line, where every user of the machine and the shell's history could read it.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path

from ledger_cli.errors import Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.screen import Screen

PIN_VARIABLE = "RXLEDGER_PIN"
PASSWORD_VARIABLE = "RXLEDGER_PASSWORD"  # noqa: S105 - the variable's name, not a password
TOKEN_VARIABLE = "RXLEDGER_TOKEN"  # noqa: S105 - the variable's name, not a token
MAX_SECRET_BYTES = 1024
MIN_PIN_LENGTH = 6


def ask_pin(screen: Screen, pin_file: str | None) -> str:
    """The PIN of an existing keyfile."""
    found = _find_unattended(screen, pin_file, PIN_VARIABLE)
    return found if found is not None else _type_secret("PIN: ", PIN_VARIABLE, "--pin-file")


def ask_password(screen: Screen, password_file: str | None) -> str:
    """The password of a person's account at the gateway."""
    found = _find_unattended(screen, password_file, PASSWORD_VARIABLE)
    if found is not None:
        return found
    return _type_secret(screen.pick("Password: ", "密码："), PASSWORD_VARIABLE, "--password-file")


def read_token(screen: Screen, token_file: str | None) -> str:
    """A machine client's token: from a file or the environment; it is too long to be typed."""
    found = _find_unattended(screen, token_file, TOKEN_VARIABLE)
    if found is None:
        raise Refused(
            "secret.no_token",
            f"give the machine client's token: --token-file FILE, or set {TOKEN_VARIABLE}",
            f"请提供机构系统的访问令牌：--token-file 文件，或设置环境变量 {TOKEN_VARIABLE}",
        )
    return found


def ask_new_pin(screen: Screen, pin_file: str | None) -> str:
    """A PIN for a new keyfile: typed twice, or from the unattended source; refuses a weak one."""
    pin = _find_unattended(screen, pin_file, PIN_VARIABLE)
    if pin is None:
        pin = _type_secret(screen.pick("New PIN: ", "新 PIN："), PIN_VARIABLE, "--pin-file")
        again = _type_secret(screen.pick("New PIN again: ", "再输入一次："), PIN_VARIABLE, "--pin-file")
        if pin != again:
            raise Refused(
                "pin.differs",
                "the two PINs differ; nothing was written; run the command again",
                "两次输入的 PIN 不一致；未写入任何文件；请重新执行命令",
            )
    _verify_new_pin(pin)
    return pin


def _verify_new_pin(pin: str) -> None:
    if len(pin) < MIN_PIN_LENGTH or len(set(pin)) < 3:
        raise Refused(
            "pin.weak",
            f"a PIN needs at least {MIN_PIN_LENGTH} characters, three of them different",
            f"PIN 至少需要 {MIN_PIN_LENGTH} 个字符，且至少有三个不同的字符",
        )


def _find_unattended(screen: Screen, file_name: str | None, variable: str) -> str | None:
    if file_name is not None:
        return _read_secret_file(screen, file_name)
    value = os.environ.get(variable)
    return value if value else None


def _read_secret_file(screen: Screen, file_name: str) -> str:
    """The first line of a file, or of standard input for `-`."""
    if file_name == "-":
        raw = sys.stdin.readline(MAX_SECRET_BYTES)
    else:
        raw = _read_first_line(screen, Path(file_name))
    secret = raw.rstrip("\r\n")
    if not secret:
        raise Refused(
            "secret.empty",
            f"no PIN or password in {file_name}; it is expected on the first line",
            f"{file_name} 中没有 PIN 或密码；应写在第一行",
        )
    return secret


def _read_first_line(screen: Screen, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        with path.open(encoding="utf-8") as lines:
            first = lines.readline(MAX_SECRET_BYTES)
    except (OSError, UnicodeDecodeError) as fault:
        reason = file_fault(fault)
        raise Refused(
            "secret.unreadable",
            f"can't read the PIN or password in {path} ({reason.en}); name a readable UTF-8 text file",
            f"无法从 {path} 读取 PIN 或密码（{reason.zh}）；请指定可读的 UTF-8 文本文件",
        ) from fault
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        screen.note(
            f"warning: others can read {path}; run: chmod 600 {path}",
            f"警告：其他用户可以读取 {path}；请执行：chmod 600 {path}",
            style="yellow",
        )
    return first


def _type_secret(prompt: str, variable: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise Refused(
            "secret.no_terminal",
            f"no terminal to ask on; give {option} FILE (or - for standard input), or set {variable}",
            f"没有可供输入的终端；请使用 {option} 文件（或 - 表示标准输入），或设置环境变量 {variable}",
        )
    return getpass.getpass(prompt)
