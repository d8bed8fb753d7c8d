"""An attack as the story, the attack room and the tests know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ledger_cli.attacks.results import Result
from ledger_cli.attacks.stage import Stage
from ledger_cli.language import Text

Act = Callable[[Stage], Result]


@dataclass(frozen=True)
class Attack:
    """One way to cheat: what the cheat does, what stands in the way, and the same done honestly.

    `caught` is what `Result.describe` says when every guard in line did its duty.
    """

    slug: str
    title: Text
    what: Text
    guard: Text
    twin: Text
    honest: Act
    attempt: Act
    caught: str
