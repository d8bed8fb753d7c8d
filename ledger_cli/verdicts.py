"""How a verdict is shown: always a word, an icon and a colour, all three."""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.text import Text as RichText

from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD
from ledger_cli.language import Language
from ledger_proofs.reports import Outcome


class Verdict(NamedTuple):
    """One outcome's looks, and the exit code that it ends a command with."""

    icon: str
    en: str
    zh: str
    style: str
    exit_code: int


VERDICTS: Final[dict[Outcome, Verdict]] = {
    Outcome.PASSED: Verdict("✓", "passed", "通过", "bold green", EXIT_GOOD),
    Outcome.FAILED: Verdict("✗", "failed", "不通过", "bold red", EXIT_BAD),
    Outcome.LATE: Verdict("◷", "late", "迟到", "bold yellow", EXIT_BAD),
    Outcome.COULD_NOT_CHECK: Verdict(
        "?", "could not check", "无法核验", "bold magenta", EXIT_COULD_NOT_CHECK
    ),
}


def verdict_text(outcome: Outcome, language: Language) -> RichText:
    """The verdict for a table's cell."""
    verdict = VERDICTS[outcome]
    word = verdict.zh if language is Language.ZH else verdict.en
    return RichText(f"{verdict.icon} {word}", style=verdict.style)
