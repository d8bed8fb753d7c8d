"""What comes of an attack, or of its honest twin: who stopped it, at which step, and what was compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ledger_chain.refusal_wording import decode_refusal
from ledger_chain.register_events import Refused, RegisterEvent
from ledger_cli.errors import CouldNotCheck, GatewayRefused, GatewayUnreachable
from ledger_cli.language import Text
from ledger_proofs.reports import Comparison, Outcome, Report, StepResult
from ledger_proofs.steps import STEPS
from ledger_proofs.wording import chinese_label

GATEWAY: Final = "gateway"
CONTRACT: Final = "contract"
VERIFIER: Final = "verifier"
CLIENT: Final = "doctor's client"
PORTAL: Final = "portal"

BY_ZH: Final = {
    GATEWAY: "网关",
    CONTRACT: "合约",
    VERIFIER: "核验者",
    CLIENT: "医师端",
    PORTAL: "监管门户",
}
MAX_SHOWN_COMPARISONS: Final = 8


class Ending(StrEnum):
    """How it ended. An honest act passes; an attack is refused or found, or it came through."""

    PASSED = "passed"
    REFUSED = "refused"
    FOUND = "found"
    CAME_THROUGH = "came_through"


@dataclass(frozen=True)
class Compared:
    """One thing that was compared: what, what it should have been, and what it was."""

    what: Text
    expected: Text
    observed: Text

    @property
    def differs(self) -> bool:
        """Whether it wasn't as it should be."""
        return self.expected != self.observed


def compare(en: str, zh: str, expected: object, observed: object) -> Compared:
    """Note a comparison; values are hex, numbers, codes, or a `Text`."""
    return Compared(Text(en, zh), _as_text(expected), _as_text(observed))


def _as_text(value: object) -> Text:
    return value if isinstance(value, Text) else Text(str(value), str(value))


REFUSAL: Final = Text("a refusal", "拒绝")
ACCEPTED: Final = Text("accepted", "接受")


@dataclass(frozen=True)
class Result:
    """What one guard said of an act; `earlier` are the guards before it, where several stand in line."""

    outcome: Ending
    by: str
    code: str
    said: Text
    step: int | None = None
    where: str = ""
    evidence: tuple[Compared, ...] = ()
    link: str | None = None
    earlier: tuple[Result, ...] = ()

    @property
    def line(self) -> tuple[Result, ...]:
        """Every guard that spoke, the innermost last."""
        return (*self.earlier, replace(self, earlier=()))

    def describe(self) -> str:
        """One line, for the story."""
        return "; ".join(_describe_one(each) for each in self.line)


def in_line(*guards: Result) -> Result:
    """Several guards, the innermost last. If one let the attack through, that is what came of it."""
    for guard in guards:
        if guard.outcome is Ending.CAME_THROUGH:
            return guard
    *earlier, innermost = guards
    return replace(innermost, earlier=tuple(earlier))


def ask_gateway(act: Callable[[], object], refusals: frozenset[str] = frozenset()) -> Result:
    """Do something that the gateway should refuse. `refusals`: faults of its own (5xx) that count as one."""
    try:
        act()
    except GatewayRefused as refused:
        compared = (_answer(f"{refused.status} {refused.slug}"),)
        return Result(Ending.REFUSED, GATEWAY, refused.slug, refused.text, evidence=compared)
    except GatewayUnreachable as fault:
        slug = fault.code.removeprefix("gateway.")
        if slug not in refusals:
            raise
        compared = (_answer(slug),)
        return Result(Ending.REFUSED, GATEWAY, slug, fault.text, evidence=compared)
    return Result(
        Ending.CAME_THROUGH,
        GATEWAY,
        "accepted",
        Text("the gateway accepted it", "网关接受了"),
        evidence=(_answer(ACCEPTED),),
    )


def judge(report: Report, by: str = VERIFIER, link: str | None = None) -> Result:
    """What a verification says: passed, or found at the first step that failed (else that is late).

    Raises `CouldNotCheck` where it could not be completed: that is no verdict.
    """
    step = _find_deciding(report)
    if step is not None:
        return Result(
            Ending.FOUND,
            by,
            step.code,
            Text(step.message_en, step.message_zh),
            step.number,
            step.where,
            _most_telling(step.compared),
            link,
        )
    if report.outcome is not Outcome.PASSED:
        raise CouldNotCheck(
            "attack.could_not_check",
            "the verification could not be completed: the chain didn't answer; try again",
            "无法完成核验：链未应答；请重试",
        )
    compared = (compare("steps that passed", "通过的步骤", len(STEPS), len(report.steps)),)
    said = Text("every step of the verification passed", "核验的每一步均通过")
    return Result(Ending.PASSED, by, "passed", said, evidence=compared, link=link)


def judge_event(event: RegisterEvent, *compared: Compared) -> Result:
    """What the register made of an item, with what was compared beside its answer."""
    if isinstance(event, Refused):
        refusal = decode_refusal(event.reason)
        said = Text(refusal.message, refusal.message_zh)
        answer = compare("the contract's answer", "合约的答复", REFUSAL, REFUSAL)
        return Result(Ending.REFUSED, CONTRACT, refusal.error, said, evidence=(*compared, answer))
    answer = compare("the contract's answer", "合约的答复", ACCEPTED, ACCEPTED)
    said = Text("the contract did it", "合约已执行")
    return Result(Ending.PASSED, CONTRACT, "done", said, evidence=(*compared, answer))


def caught(result: Result) -> Result:
    """The same of an attack: one that passes has come through."""
    return replace(result, outcome=Ending.CAME_THROUGH) if result.outcome is Ending.PASSED else result


def _find_deciding(report: Report) -> StepResult | None:
    for wanted in (Outcome.FAILED, Outcome.LATE):
        for step in report.steps:
            if step.outcome is wanted:
                return step
    return None


def _most_telling(compared: tuple[Comparison, ...]) -> tuple[Compared, ...]:
    """What differs; where nothing does, what was looked at last."""
    differing = tuple(each for each in compared if each.expected != each.observed)
    chosen = (differing or compared)[-MAX_SHOWN_COMPARISONS:]
    return tuple(
        compare(each.what, chinese_label(each.what), each.expected, each.observed) for each in chosen
    )


def _answer(said: object) -> Compared:
    return compare("the gateway's answer", "网关的答复", REFUSAL, said)


def _describe_one(result: Result) -> str:
    step = f" step {result.step}" if result.step is not None else ""
    where = f" at {result.where}" if result.where else ""
    return f"{result.outcome.value} by {result.by}{step}: {result.code}{where}"
