"""What `rxledger import` reads: prescriptions and FHIR bundles from files and folders, one by one.

Three forms are told apart by their content: one JSON object (a FHIR R4 Bundle or one of our bodies), a JSON
array of them, and NDJSON with one object a line. A line or element that can't be used becomes a refused item,
and the others go on. An item is named as tools name places: `file`, `file:line`, `file[element]`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from ledger_cli.errors import Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.language import Text

MAX_ITEM_BYTES = 4 * 1024 * 1024
MAX_WHOLE_FILE_BYTES = 64 * 1024 * 1024
SUFFIXES = frozenset({".json", ".ndjson", ".jsonl"})
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_NO_FAULT: Final = Text("", "")
_TOO_LONG: Final = Text(f"longer than {MAX_ITEM_BYTES} bytes", f"超过 {MAX_ITEM_BYTES} 字节")
_NOT_JSON: Final = Text("isn't a well-formed JSON object", "不是格式正确的 JSON 对象")
_NO_BUNDLE: Final = Text("is a FHIR resource, but not a Bundle", "是 FHIR 资源，但不是 Bundle")

ItemKind = Literal["fhir", "body", "malformed"]


@dataclass(frozen=True)
class SourceItem:
    """One thing to import. `content` is its bytes; `fault` says why a malformed one is."""

    position: str
    kind: ItemKind
    content: bytes
    fault: Text = _NO_FAULT

    def idempotency_key(self, mapping_version: int) -> str:
        """From the content, and from the code mapping in force where that decides what becomes of it."""
        digest = hashlib.sha256(self.content).hexdigest()
        return f"import-{digest}-{mapping_version}" if self.kind == "fhir" else f"import-{digest}"


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are meant, each once: a folder stands for its JSON files, by name.

    Raises `Refused` when a folder has none, or can't be listed.
    """
    found: list[Path] = []
    for path in paths:
        found.extend(_files_of_folder(path) if path.is_dir() else [path])
    return list(dict.fromkeys(found))


def _files_of_folder(folder: Path) -> list[Path]:
    try:
        files = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES and path.is_file()]
    except OSError as fault:
        raise _unreadable(folder, fault) from fault
    if not files:
        suffixes = ", ".join(sorted(SUFFIXES))
        raise Refused(
            "import.empty",
            f"the folder {folder} has no file that ends in {suffixes}",
            f"目录 {folder} 中没有以 {suffixes} 结尾的文件",
        )
    return files


def read_items(path: Path) -> Iterator[SourceItem]:
    """The items of a file, in order; raises `Refused` when the file as a whole can't be read."""
    try:
        with path.open("rb") as source:
            first = source.read(1)
            size = path.stat().st_size
            if not first:
                raise Refused("import.empty", f"{path} is empty", f"{path} 是空文件")
            if _is_ndjson(path):
                yield from _read_lines(path)
                return
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    if size > MAX_WHOLE_FILE_BYTES:
        raise Refused(
            "import.too_large",
            f"{path} is one JSON document of {size} bytes, more than {MAX_WHOLE_FILE_BYTES}; write one "
            "object per line (NDJSON), which has no such bound",
            f"{path} 是 {size} 字节的单个 JSON 文档，超过 {MAX_WHOLE_FILE_BYTES}；请改用每行一个对象的 "
            "NDJSON",
        )
    yield from _read_whole(path)


def count_items(files: Sequence[Path]) -> int:
    """How many items there are, for the progress bar; finds a file that can't be read before any is sent."""
    return sum(1 for file in files for _ in read_items(file))


def _unreadable(path: Path, fault: OSError) -> Refused:
    reason = file_fault(fault)
    return Refused("import.unreadable", f"can't read {path} ({reason.en})", f"无法读取 {path}（{reason.zh}）")


def _is_ndjson(path: Path) -> bool:
    """Whether the first line is a whole JSON object and something follows it."""
    if path.suffix in {".ndjson", ".jsonl"}:
        return True
    with path.open("rb") as source:
        line = source.readline(MAX_ITEM_BYTES + 1)
        following = source.read(1)
    return bool(following) and isinstance(_peek(line), dict)


def _read_lines(path: Path) -> Iterator[SourceItem]:
    with path.open("rb") as source:
        number = 0
        while line := source.readline(MAX_ITEM_BYTES + 1):
            number += 1
            position = f"{path}:{number}"
            if len(line) > MAX_ITEM_BYTES and not line.endswith(b"\n"):
                _skip_rest_of_line(source)
                yield SourceItem(position, "malformed", line[:64], _TOO_LONG)
            elif line.strip():
                yield _classify(position, _peek(line), line.strip())


def _skip_rest_of_line(source: IO[bytes]) -> None:
    while (chunk := source.readline(MAX_ITEM_BYTES)) and not chunk.endswith(b"\n"):
        continue


def _read_whole(path: Path) -> Iterator[SourceItem]:
    content = path.read_bytes().strip()
    if not content.startswith(b"["):
        yield _classify(str(path), _peek(content), content)
        return
    try:
        yield from _read_elements(path, content.decode("utf-8"))
    except (ValueError, RecursionError) as fault:
        raise Refused(
            "import.malformed",
            f"{path} isn't well-formed JSON ({fault})",
            f"{path} 不是合法的 JSON（{fault}）",
        ) from fault


def _read_elements(path: Path, text: str) -> Iterator[SourceItem]:
    """The elements of an array, each with the very bytes that it has in the file."""
    index, number = _skip_space(text, 1), 0
    while text[index : index + 1] != "]":
        element, end = _DECODER.raw_decode(text, index)
        yield _classify(f"{path}[{number}]", element, text[index:end].encode("utf-8"))
        number += 1
        index = _skip_space(text, end)
        if text[index : index + 1] == ",":
            index = _skip_space(text, index + 1)
        elif text[index : index + 1] != "]":
            raise ValueError(f"expected , or ] at character {index}")


def _skip_space(text: str, index: int) -> int:
    while text[index : index + 1] in {" ", "\t", "\n", "\r"}:
        index += 1
    return index


def _peek(content: bytes) -> object:
    """What kind of JSON this is. Lenient: the gateway judges; FHIR has decimals that our records refuse."""
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _classify(position: str, document: object, content: bytes) -> SourceItem:
    if not isinstance(document, dict):
        return SourceItem(position, "malformed", content, _NOT_JSON)
    if document.get("resourceType") == "Bundle":
        return SourceItem(position, "fhir", content)
    if "resourceType" in document:
        return SourceItem(position, "malformed", content, _NO_BUNDLE)
    return SourceItem(position, "body", content)
