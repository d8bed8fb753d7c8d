"""Homes whose chain, contracts and people are set up, laid down as a copy of one that was set up once.

Deploying and enrolling takes a quarter of a stack's start, and is what `rxledger run`, the demo and the tests
of both begin with. Copies are of one and the same chain: whoever needs two chains sets one up anew.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger_cli.embedded.stack import EmbeddedStack, StackOptions


def lay_enrolled_home(home: Path) -> None:
    """Lay an enrolled home, with nothing in it yet, where there is none."""
    shutil.copytree(Path(_set_up().name) / "home", home)


@cache
def _set_up() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    stack = EmbeddedStack(StackOptions(Path(folder.name) / "home", portal_port=0))
    try:
        stack.set_up()
    finally:
        stack.stop()
    return folder
