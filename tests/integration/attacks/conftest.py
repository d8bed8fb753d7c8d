"""One stack with everybody signed in, for all the attacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger_cli.attacks.stage import Stage, set_stage
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from tests.support.enrolled_home import lay_enrolled_home


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    home = tmp_path_factory.mktemp("attacks") / "home"
    lay_enrolled_home(home)
    with EmbeddedStack(StackOptions(home, portal_port=0)) as running:
        yield running


@pytest.fixture(scope="package")
def stage(stack: EmbeddedStack) -> Iterator[Stage]:
    with set_stage(stack) as opened:
        opened.find_final(2)
        yield opened
