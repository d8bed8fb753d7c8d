"""Why a file can't be read or written, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_cli.language import Text

_WORDS: Final[Mapping[type[OSError], Text]] = MappingProxyType(
    {
        FileNotFoundError: Text("no such file", "没有此文件"),
        PermissionError: Text("not permitted", "没有权限"),
        IsADirectoryError: Text("it is a folder", "这是目录"),
        NotADirectoryError: Text("part of the path is a file", "路径中的一段是文件"),
        FileExistsError: Text("a file of that name is in the way", "已有同名文件"),
    }
)


def file_fault(fault: Exception) -> Text:
    """What to say of an error in opening or reading a file; the error's own name where it is a rare one."""
    name = type(fault).__name__
    return _WORDS.get(type(fault), Text(name, name)) if isinstance(fault, OSError) else Text(name, name)
