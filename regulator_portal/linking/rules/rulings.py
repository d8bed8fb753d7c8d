"""What a rule answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.reports import Comparison
from ledger_proofs.types import JsonValue
from regulator_portal.findings.codes import WORDS, FindingCode

PASSED, PENDING, COULD_NOT_CHECK = "passed", "pending", "could_not_check"
_ORDER = ("failed", "late", "withheld", COULD_NOT_CHECK, PENDING, PASSED)
MOST_COMPARED = 20
"""How many comparisons a ruling keeps."""


@dataclass(frozen=True)
class Ruling:
    """How one rule judged one record. `retry_at`: when something awaited is due; `why`: what was missing."""

    code: FindingCode
    outcome: str
    compared: tuple[Comparison, ...] = ()
    retry_at: int | None = None
    why: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether it goes against the record."""
        return self.outcome not in (PASSED, PENDING, COULD_NOT_CHECK)

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as it is kept."""
        compared: list[JsonValue] = [dict(each._asdict()) for each in self.compared]
        return {
            "code": self.code.value,
            "outcome": self.outcome,
            "compared": compared,
            "retry_at": self.retry_at,
            "why": self.why,
        }


def passed(code: FindingCode, *compared: Comparison) -> Ruling:
    """Say that what the rule asks for is so."""
    return Ruling(code, PASSED, compared[:MOST_COMPARED])


def against(code: FindingCode, *compared: Comparison) -> Ruling:
    """Say that it isn't so."""
    return Ruling(code, WORDS[code].verdict, compared[:MOST_COMPARED])


def awaited(code: FindingCode, retry_at: int, *compared: Comparison) -> Ruling:
    """Say that it may still come, until a time (of the chain)."""
    return Ruling(code, PENDING, compared[:MOST_COMPARED], retry_at)


def unknown(code: FindingCode, why: str, *compared: Comparison) -> Ruling:
    """Say that it can't be checked; `why` is a stable code."""
    return Ruling(code, COULD_NOT_CHECK, compared[:MOST_COMPARED], None, why)


def compare(code: FindingCode, compared: Sequence[Comparison]) -> Ruling:
    """Judge by comparisons: passed when all are the same, else against, with those that differ first."""
    differing = [each for each in compared if each.expected != each.observed]
    if not differing:
        return passed(code, *compared)
    return against(code, *differing, *(each for each in compared if each.expected == each.observed))


def merge(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Make one ruling of each code: the worst of several, with what they all compared."""
    by_code: dict[FindingCode, list[Ruling]] = {}
    for ruling in rulings:
        by_code.setdefault(ruling.code, []).append(ruling)
    merged = []
    for code, same in by_code.items():
        same.sort(key=lambda each: _ORDER.index(each.outcome))
        compared = tuple(comparison for each in same for comparison in each.compared)
        retries = [each.retry_at for each in same if each.retry_at is not None]
        first = same[0]
        merged.append(
            Ruling(code, first.outcome, compared[:MOST_COMPARED], min(retries, default=None), first.why)
        )
    return merged


def worst_of(rulings: Sequence[Ruling]) -> str:
    """Return the worst outcome; passed where there is nothing to judge."""
    return min((each.outcome for each in rulings), key=_ORDER.index, default=PASSED)
