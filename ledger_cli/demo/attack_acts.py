"""The twenty attacks as acts of the story, each after its honest twin."""

from __future__ import annotations

from functools import partial

from ledger_cli.attacks.attack import Act, Attack
from ledger_cli.attacks.catalogue import ATTACKS
from ledger_cli.attacks.results import Ending
from ledger_cli.attacks.stage import Stage
from ledger_cli.demo.story import Story


def tell_attacks(story: Story, stage: Stage) -> None:
    """Play each attack: first the same done honestly, which must pass, then the cheat, which must not."""
    for attack in ATTACKS:
        _tell(story, stage, attack)


def _tell(story: Story, stage: Stage, attack: Attack) -> None:
    twin, title = attack.twin, attack.title
    story.tell(
        f"honestly: {_begin_small(twin.en.rstrip('.'))}",
        f"诚实：{twin.zh.rstrip('。')}",
        Ending.PASSED.value,
        partial(_play_honestly, attack.honest, stage),
        attack=attack.slug,
    )
    story.tell(
        f"cheating: {_begin_small(title.en)}",
        f"作弊：{title.zh}",
        attack.caught,
        partial(_cheat, attack.attempt, stage),
        attack=attack.slug,
    )


def _play_honestly(act: Act, stage: Stage) -> str:
    result = act(stage)
    return result.outcome.value if result.outcome is Ending.PASSED else result.describe()


def _cheat(act: Act, stage: Stage) -> str:
    return act(stage).describe()


def _begin_small(sentence: str) -> str:
    """The sentence as it stands after a colon; a name keeps its capital."""
    return sentence if sentence.startswith("Dr ") else sentence[0].lower() + sentence[1:]
