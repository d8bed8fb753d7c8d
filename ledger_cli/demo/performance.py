"""Performs the demo's story and shows it: a line per act as it happens, then the whole."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text as RichText

from ledger_cli.attacks.stage import Stage, set_stage
from ledger_cli.demo.attack_acts import tell_attacks
from ledger_cli.demo.forgeries import tell_forged_bundles, tell_refused_anchorings
from ledger_cli.demo.gateway_refusals import (
    tell_bad_input,
    tell_lying_gateway,
    tell_revocation,
    tell_strangers,
)
from ledger_cli.demo.honest_acts import (
    tell_evidence,
    tell_issuing,
    tell_repeats,
    tell_setting,
    tell_survival,
)
from ledger_cli.demo.loop_acts import (
    tell_dispensing,
    tell_fetching,
    tell_packs,
    tell_review,
    tell_settlement,
    tell_undoing,
)
from ledger_cli.demo.oversight_acts import tell_demands, tell_portal, tell_voiding
from ledger_cli.demo.story import Act, Story
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.errors import EXIT_BAD, EXIT_GOOD
from ledger_cli.language import Text
from ledger_cli.screen import Screen


def perform(screen: Screen, nodes: Sequence[str] = ()) -> int:
    """Set up a stack in a temporary home, tell the story, and tear everything down. Returns the exit code.

    :param nodes: of a network that runs already, in place of a chain of its own
    """
    story = Story(on_act=lambda act: _show_act(screen, act))
    with tempfile.TemporaryDirectory(prefix="rxledger-demo-") as folder:
        options = StackOptions(Path(folder) / "home", portal_port=0, nodes=nodes)
        with EmbeddedStack(options, screen.note) as stack, set_stage(stack) as stage:
            tell_setting(story, stage)
            props = tell_issuing(story, stage)
            tell_evidence(story, stage, props)
            tell_repeats(story, stage)
            _tell_loop(story, stage)
            tell_strangers(story, stage, props)
            tell_bad_input(story, stage)
            tell_lying_gateway(story, stage)
            tell_attacks(story, stage)
            tell_forged_bundles(story, stage, props)
            tell_refused_anchorings(story, stage)
            tell_revocation(story, stage)
            tell_survival(story, stage)
    _conclude(screen, story, on_network=bool(nodes))
    return EXIT_GOOD if story.ok else EXIT_BAD


def _tell_loop(story: Story, stage: Stage) -> None:
    """The whole loop over two gateways, and what the regulator makes of it."""
    tell_packs(story, stage)
    loop = tell_review(story, stage)
    tell_fetching(story, loop)
    tell_dispensing(story, loop)
    tell_settlement(story, loop)
    tell_undoing(story, loop)
    tell_voiding(story, stage)
    tell_demands(story, stage, loop)
    tell_portal(story, stage)


def _show_act(screen: Screen, act: Act) -> None:
    line = RichText()
    line.append("✓ " if act.ok else "✗ ", style="bold green" if act.ok else "bold red")
    line.append(screen.pick(act.act, act.act_zh))
    line.append(f"  →  {act.observed}", style="cyan" if act.ok else "bold red")
    if not act.ok:
        line.append(f"  ({screen.pick('expected', '应为')} {act.expected})", style="red")
    screen.show(line, soft_wrap=True)


def _conclude(screen: Screen, story: Story, *, on_network: bool) -> None:
    good = sum(1 for act in story.acts if act.ok)
    caution = Text(
        " (A single-node development chain proves nothing against its owner.)",
        "（单节点开发链不能对其所有者证明任何事情。）",
    )
    if on_network:
        caution = Text("", "")
    screen.say(
        f"{good} of {len(story.acts)} acts went as they should.{caution.en}",
        f"{len(story.acts)} 幕中 {good} 幕符合预期。{caution.zh}",
        style="bold green" if story.ok else "bold red",
    )
    screen.write_json(
        {
            "acts": [
                {
                    "act": act.act,
                    "act_zh": act.act_zh,
                    "expected": act.expected,
                    "observed": act.observed,
                    "ok": act.ok,
                    "attack": act.attack,
                }
                for act in story.acts
            ],
            "ok": story.ok,
        }
    )
