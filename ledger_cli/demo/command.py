"""`rxledger demo`: runs the story unattended on a fresh chain, in a temporary home, on free ports."""

from __future__ import annotations

import typer

from ledger_cli.run import NodesOption
from ledger_cli.screen import JsonOption, LanguageOption, open_screen


def demo(
    context: typer.Context,
    node: NodesOption = None,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Play the whole story on a fresh chain: honest acts, forgeries and refusals. 在新链上演示全过程。

    With --node the story is told on a network that runs already. 给出 --node 时在已运行的网络上演示。

    Exit code 0: every act went as it should. 1: one didn't. 2: the stack couldn't be started. Leaves nothing
    behind.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    # Loading the gateway takes seconds, which the other commands don't need to spend.
    from ledger_cli.demo.performance import perform

    raise typer.Exit(perform(screen, node or ()))
