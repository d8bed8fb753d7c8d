"""A story is a list of acts: what was done, what should come of it, and what did.

What is observed is always what the verifier, the gateway, this client's own checks or a contract said.
Expectations stand in the acts; nothing copies them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ledger_chain.errors import ChainError, ChainUnreachable
from ledger_cli.errors import CommandError, CouldNotCheck, GatewayRefused
from ledger_proofs.errors import CannotCheck, LedgerProofError
from ledger_proofs.reports import Outcome, Report


@dataclass(frozen=True)
class Act:
    """One act of the story."""

    act: str
    act_zh: str
    expected: str
    observed: str
    attack: str | None = None
    """The slug of the attack that it belongs to."""

    @property
    def ok(self) -> bool:
        """Whether what happened is what should."""
        return self.expected == self.observed


@dataclass
class Story:
    """The acts so far. `on_act` is told of each."""

    on_act: Callable[[Act], None] = lambda _act: None
    acts: list[Act] = field(default_factory=list)

    def tell(
        self, act: str, act_zh: str, expected: str, observe: Callable[[], str], *, attack: str | None = None
    ) -> None:
        """Do an act and keep what was observed. Raises only when nothing can be observed at all."""
        done = Act(act, act_zh, expected, _observe(observe), attack)
        self.acts.append(done)
        self.on_act(done)

    @property
    def ok(self) -> bool:
        """Whether every act went as it should."""
        return bool(self.acts) and all(act.ok for act in self.acts)


def describe_report(report: Report) -> str:
    """A report in a line: the whole's outcome, or the first step that failed, with its code and place."""
    for step in report.steps:
        if step.outcome is Outcome.FAILED:
            where = f" at {step.where}" if step.where else ""
            return f"step {step.number} failed: {step.code}{where}"
    return report.outcome.value


def _observe(observe: Callable[[], str]) -> str:
    try:
        return observe()
    except GatewayRefused as refusal:
        return f"{refusal.status} {refusal.slug}"
    except (CouldNotCheck, ChainUnreachable, CannotCheck):
        raise
    except (CommandError, ChainError, LedgerProofError) as error:
        return error.code
