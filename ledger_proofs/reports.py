"""What a verification says: numbered steps, each with its outcome, and what was compared with what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ledger_proofs.types import JsonValue


class Outcome(Enum):
    """The four verdicts. A value never stands for two of them: "could not check" isn't "failed"."""

    PASSED = "passed"
    FAILED = "failed"
    LATE = "late"
    COULD_NOT_CHECK = "could_not_check"


class Comparison(NamedTuple):
    """One thing that was compared. Values are hex, numbers or short words, never a record's content."""

    what: str
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of one numbered step. `code` is stable: "passed", or that of the error that decided."""

    number: int
    name: str
    outcome: Outcome
    code: str
    compared: tuple[Comparison, ...]
    message_en: str
    message_zh: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole verification. `as_of_block`: where claims were looked up; None if they weren't."""

    steps: tuple[StepResult, ...]
    outcome: Outcome
    as_of_block: int | None

    def as_json(self) -> dict[str, JsonValue]:
        """Return the report as a JSON object."""
        return {
            "outcome": self.outcome.value,
            "as_of_block": self.as_of_block,
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "outcome": step.outcome.value,
                    "code": step.code,
                    "where": step.where,
                    "message": step.message_en,
                    "message_zh": step.message_zh,
                    "compared": [
                        {"what": each.what, "expected": each.expected, "observed": each.observed}
                        for each in step.compared
                    ],
                }
                for step in self.steps
            ],
        }


def overall_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the whole's outcome: failed, else late, else could not check, else passed (protocol 9)."""
    found = set(outcomes)
    for outcome in (Outcome.FAILED, Outcome.LATE, Outcome.COULD_NOT_CHECK):
        if outcome in found:
            return outcome
    return Outcome.PASSED
