"""Reads the small part of YAML 1.2 that the network kit's files are written in, and refuses all else.

Block mappings and sequences, indented by two, keys and values in the form of JSON (which YAML contains).
"""

from __future__ import annotations

import json
from typing import Any


def read_yaml(text: str) -> Any:
    """The document. Raises ValueError for anything that isn't of that part."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    value, rest = _read_block(lines, 0)
    if rest:
        raise ValueError(f"stands outside: {rest[0]!r}")
    return value


def _read_block(lines: list[str], indent: int) -> tuple[Any, list[str]]:
    if lines and lines[0][indent:].startswith("- "):
        return _read_sequence(lines, indent)
    return _read_mapping(lines, indent)


def _read_mapping(lines: list[str], indent: int) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    while lines and _depth(lines[0]) == indent and not lines[0][indent:].startswith("- "):
        key, end = json.JSONDecoder().raw_decode(lines[0][indent:])
        after = lines[0][indent + end :]
        if not isinstance(key, str) or key in found or not after.startswith(":"):
            raise ValueError(f"no key, or one twice: {lines[0]!r}")
        if after == ":":
            found[key], lines = _read_block(lines[1:], _deeper(lines, indent))
        else:
            found[key], lines = json.loads(after[1:]), lines[1:]
    return found, lines


def _read_sequence(lines: list[str], indent: int) -> tuple[list[Any], list[str]]:
    found: list[Any] = []
    while lines and _depth(lines[0]) == indent and lines[0][indent:].startswith("- "):
        item = lines[0][indent + 2 :]
        try:
            found.append(json.loads(item))
            lines = lines[1:]
        except json.JSONDecodeError:
            value, lines = _read_mapping([" " * (indent + 2) + item, *lines[1:]], indent + 2)
            found.append(value)
    return found, lines


def _deeper(lines: list[str], indent: int) -> int:
    if len(lines) < 2 or _depth(lines[1]) != indent + 2:
        raise ValueError(f"nothing stands under {lines[0]!r}")
    return indent + 2


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
