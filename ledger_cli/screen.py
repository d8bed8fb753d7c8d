"""What a command writes: tables and messages for people on a terminal, or one JSON document for programs.

Results go to standard output, progress and warnings to standard error, so that `--json` can be piped.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text as RichText

from ledger_cli.errors import EXIT_COULD_NOT_CHECK, CommandError
from ledger_cli.language import Language, Text, language_of

JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for programs. 输出 JSON，供程序读取。")]
LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of messages; default: the locale's. 界面语言。")
]

FILE_COLUMNS = 120


@dataclass(frozen=True)
class Screen:
    """Where and how a command shows what it found."""

    json_wanted: bool
    language: Language
    out: Console = field(
        default_factory=lambda: Console(highlight=False, soft_wrap=False, width=_width_of_a_file())
    )
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    def say(self, en: str, zh: str, *, style: str = "") -> None:
        """Show a message to a person; silent when JSON is wanted."""
        if not self.json_wanted:
            self.out.print(RichText(Text(en, zh).in_(self.language), style=style), soft_wrap=True)

    def note(self, en: str, zh: str, *, style: str = "dim") -> None:
        """Show progress or a warning on standard error, whatever the output is."""
        self.err.print(RichText(Text(en, zh).in_(self.language), style=style), soft_wrap=True)

    def show(self, renderable: Any, *, soft_wrap: bool = False) -> None:
        """Show a table or panel to a person; silent when JSON is wanted. `soft_wrap`: never break a line."""
        if not self.json_wanted:
            self.out.print(renderable, soft_wrap=soft_wrap)

    def write_json(self, document: object) -> None:
        """Write one JSON document on standard output, when JSON is wanted."""
        if self.json_wanted:
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2))

    def pick(self, en: str, zh: str) -> str:
        """One of two texts, by language."""
        return Text(en, zh).in_(self.language)


def _width_of_a_file() -> int | None:
    """The width for a file or pipe, which has none of its own; None where a terminal or COLUMNS tells."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS") else FILE_COLUMNS


def open_screen(context: typer.Context, *, json_wanted: bool, language: Language | None) -> Screen:
    """The screen of this command, also left where the error boundary finds it."""
    screen = Screen(json_wanted, language or language_of(os.environ))
    context.find_root().obj = screen
    return screen


def step_progress(screen: Screen) -> Progress:
    """A progress bar on standard error; silent where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=screen.err, disable=not screen.err.is_terminal)


def show_error(screen: Screen, error: CommandError) -> None:
    """Say why the command ended: a JSON object on standard output, or a line on standard error."""
    if screen.json_wanted:
        fault = {"code": error.code, "message": error.text.en, "message_zh": error.text.zh}
        typer.echo(json.dumps({"ok": False, "error": fault}, ensure_ascii=False, indent=2))
        return
    if error.exit_code == EXIT_COULD_NOT_CHECK:
        word = screen.pick("? could not go on: ", "? 无法继续：")
    else:
        word = screen.pick("✗ refused: ", "✗ 拒绝：")
    line = RichText.assemble((word, "bold red"), error.message(screen.language))
    screen.err.print(line, soft_wrap=True)
