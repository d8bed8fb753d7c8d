"""Runs a program that the kernel lets open only what it is granted: `python confined.py OPTIONS -- COMMAND`.

The kernel's own mechanism (Landlock, Linux 5.13) is used by its three system calls: a process gives up, for
itself and for everything that it becomes or starts, the reading and writing of all files but those beneath
the granted folders. It needs no privilege and binds root too. There is no way back, so the program that the
process then becomes (`exec`, same process id) can't lift it.

    --list PATH       its folders' names may be seen, with everything beneath
    --read PATH       may be read and executed, with everything beneath
    --write PATH      may be read and written, with everything beneath
    --temporary PATH  a folder within the written ones, for temporary files; made if it isn't there
    --without PATH    must not be readable: this is tried first, and if it can be, nothing is started

It stands alone on the standard library, as it must run before anything is loaded.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

# Access rights of Landlock's first version: execute, write file, read file, read directory, then nine to
# remove and make things. Later versions added rights that don't bear on reading.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_LIST = _READ_DIR
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL = (1 << 13) - 1
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE


class NotConfined(Exception):
    """The program would not have been confined, so it was not started."""


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def is_enforceable() -> bool:
    """Whether this kernel can confine a program."""
    return sys.platform == "linux" and int(_libc().syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)) >= 1


@dataclass(frozen=True)
class Grants:
    """What a confined program may still do, each with everything beneath."""

    listed: Sequence[Path] = ()
    read: Sequence[Path] = ()
    written: Sequence[Path] = ()
    temporary: Path | None = None


def build_launcher(grants: Grants, without: Sequence[Path]) -> tuple[str, ...]:
    """The words to put before a program's own command."""
    named = [
        ("--list", grants.listed),
        ("--read", grants.read),
        ("--write", grants.written),
        ("--temporary", [] if grants.temporary is None else [grants.temporary]),
        ("--without", without),
    ]
    options = [word for option, paths in named for path in paths for word in (option, str(path))]
    return (sys.executable, str(Path(__file__).resolve()), *options, "--")


def confine(grants: Grants) -> None:
    """Give up all files but those granted, for good. Raises NotConfined."""
    if not is_enforceable():
        raise NotConfined("this kernel has no Landlock (Linux 5.13 or newer, not switched off)")
    attributes = _RulesetAttributes(_ALL)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    for rights, paths in ((_LIST, grants.listed), (_READ, grants.read), (_ALL, grants.written)):
        for path in paths:
            _grant(ruleset, path, rights)
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise NotConfined("privileges can't be given up")
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def verify_without(paths: Sequence[Path]) -> None:
    """Raise NotConfined if one of these can be opened."""
    for path in paths:
        try:
            os.close(os.open(path, os.O_RDONLY))
        except PermissionError:
            continue
        raise NotConfined(f"{path} could be opened")


def _grant(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not path.is_dir():
            rights &= _OF_FILES
        rule = _PathBeneath(rights, descriptor)
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    answer = int(_libc().syscall(number, *arguments))
    if answer < 0:
        raise NotConfined(os.strerror(ctypes.get_errno()))
    return answer


def main() -> None:
    """Confine this process, try what it must be without, and become the program."""
    parser = argparse.ArgumentParser(prog="confined.py")
    for option in ("--list", "--read", "--write", "--without"):
        parser.add_argument(option, type=Path, action="append", default=[])
    parser.add_argument("--temporary", type=Path)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    if given.temporary is not None:
        given.temporary.mkdir(exist_ok=True)
        os.environ["TMPDIR"] = str(given.temporary)
    try:
        confine(Grants(given.list, given.read, given.write))
        verify_without(given.without)
    except (NotConfined, OSError) as fault:
        sys.exit(f"not started: {fault}")
    os.execvp(given.command[0], given.command)


if __name__ == "__main__":
    main()
