"""A simulated day that can't be told, or is interrupted: said at once, without losing what was played."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from ledger_cli.app import app
from ledger_cli.errors import GatewayUnreachable
from ledger_cli.simulate.day import Progress, play_journeys
from ledger_cli.simulate.fates import Fate
from ledger_cli.simulate.tally import Tally

PATIENCE_S = 30.0
JOURNEYS = 40


class Course:
    """The course of one prescription: what it does stands in for everybody's clients."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.plan = SimpleNamespace(fate=Fate.PLAIN, draft=SimpleNamespace(id="draft"))
        self.ledger = None
        self.is_played = False
        self._act = act

    def play(self) -> None:
        """Go the whole way."""
        self._act()
        self.is_played = True


def play(
    courses: list[Course], tally: Tally, *, advance: Callable[[], None], stop: Callable[[], None]
) -> int:
    """Play them one after the other."""
    progress = Progress(lambda _en, _zh, _total: None, advance, stop)
    return play_journeys(cast(Any, courses), 1, tally, progress)


@pytest.fixture
def minding_interrupts() -> Iterator[None]:
    """Ctrl-C as at a terminal; who runs in the background was started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("minding_interrupts")
def test_an_interrupted_day_ends_what_is_under_way_and_begins_nothing_more() -> None:
    following, stopping = threading.Event(), threading.Event()

    def interrupt() -> None:
        assert following.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)
        assert stopping.wait(PATIENCE_S)

    courses = [Course(act) for act in (lambda: None, interrupt, *[lambda: None] * (JOURNEYS - 2))]
    not_begun = play(courses, Tally(), advance=following.set, stop=stopping.set)
    assert not_begun == JOURNEYS - 2
    assert [course.is_played for course in courses] == [True, True] + [False] * (JOURNEYS - 2)


def test_what_goes_otherwise_is_noted_and_the_others_go_on() -> None:
    def fail() -> None:
        raise GatewayUnreachable("gateway.unreachable", "it doesn't answer", "无应答")

    courses, tally = [Course(fail), Course(lambda: None)], Tally()
    assert play(courses, tally, advance=lambda: None, stop=lambda: None) == 0
    assert [failure["code"] for failure in tally.failures] == ["gateway.unreachable"]
    assert courses[1].is_played


@pytest.mark.parametrize(("lang", "said"), [("en", "can't write"), ("zh", "无法将明细写入")])
def test_details_that_cannot_be_written_are_refused_before_the_day(
    tmp_path: Path, lang: str, said: str
) -> None:
    details = tmp_path / "nowhere" / "day.ndjson"
    options = ["simulate", "--home", str(tmp_path), "--details", str(details)]
    refused = CliRunner().invoke(app, [*options, "--lang", lang])
    assert refused.exit_code == 1
    assert said in refused.stderr and str(details) in refused.stderr and "--details" in refused.stderr
    refused = CliRunner().invoke(app, [*options, "--json"])
    assert json.loads(refused.stdout)["error"]["code"] == "simulate.details_unwritable"
