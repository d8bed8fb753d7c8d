"""What an attack is about to change in the hospital's database, written down before it does.

An attack puts back what it changed when it ends or breaks off. A process that is killed can't: then the
journal is still there, and the next start of the stack puts everything back from it, before the gateway runs.
It lies beside the database it speaks of, for its owner alone, and holds nothing that isn't in there.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

JOURNAL_NAME = "attack-undo.json"
_BYTES = "bytes"


class UndoJournal:
    """The journal of one home: what is under way, in the order in which it was begun."""

    def __init__(self, home: Path) -> None:
        self.path = home / JOURNAL_NAME

    @contextmanager
    def noted(self, kind: str, before: Mapping[str, Any], put_back: Callable[[], None]) -> Iterator[None]:
        """Keep what stood before in the journal until `put_back` has put it back, as the `with` ends."""
        name = str(uuid.uuid4())
        self._write([*self.read(), {"name": name, "kind": kind, "before": dict(before)}])
        try:
            yield
        finally:
            put_back()
            self.forget(name)

    def forget(self, name: str) -> None:
        """Take out what is put back."""
        self._write([each for each in self.read() if each["name"] != name])

    def read(self) -> list[dict[str, Any]]:
        """All that is under way, or was when a process was killed."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        found: list[dict[str, Any]] = json.loads(text, object_hook=_read_bytes)
        return found

    def _write(self, items: list[dict[str, Any]]) -> None:
        """Replace the file as a whole: a kill leaves the one before or the one after."""
        if not items:
            self.path.unlink(missing_ok=True)
            return
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(items, file, default=_show_bytes)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def _show_bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_BYTES: value.hex()}
    raise TypeError(f"{type(value).__name__} can't be kept in the journal")


def _read_bytes(found: dict[str, Any]) -> Any:
    return bytes.fromhex(found[_BYTES]) if found.keys() == {_BYTES} else found
