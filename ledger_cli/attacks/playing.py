"""Plays attacks one at a time, in a thread of its own, and keeps what came of each in this run."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from ledger_chain.errors import ChainError
from ledger_cli.attacks.attack import Attack
from ledger_cli.attacks.results import Ending, Result
from ledger_cli.attacks.stage import Note, Stage
from ledger_cli.errors import CommandError
from ledger_cli.language import Text
from ledger_proofs.errors import LedgerProofError
from ledger_web.errors import ServiceError, StateConflict

OpenStage = Callable[[Note], AbstractContextManager[Stage]]
MOST_KEPT = 200
"""How many plays are kept; the oldest go first."""


class PlayUnderWay(StateConflict):
    """Another attack is being played."""

    code = "play-under-way"
    title = "An attack is under way"
    title_zh = "有攻击正在进行"

    def __init__(self) -> None:
        super().__init__(
            "One at a time: wait until it has ended and everything is put back.",
            "一次只能进行一项：请等待其结束并恢复原状。",
            retry_after_seconds=3,
        )


@dataclass
class Play:
    """One attack, or its honest twin, as it is played."""

    id: str
    attack: Attack
    is_honest: bool
    began_at: int
    notes: list[Text] = field(default_factory=list)
    result: Result | None = None
    problem: Text | None = None
    ended_at: int | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it hasn't ended yet."""
        return self.ended_at is None

    @property
    def is_as_it_should(self) -> bool:
        """Whether the honest way passed, or the cheat was caught by every guard in line."""
        if self.result is None:
            return False
        if self.is_honest:
            return self.result.outcome is Ending.PASSED
        return self.result.outcome in (Ending.REFUSED, Ending.FOUND)


class Player:
    """The plays of one run. Safe to share between threads."""

    def __init__(self, open_stage: OpenStage, clock: Callable[[], float] = time.time) -> None:
        self._open_stage = open_stage
        self._clock = clock
        self._lock = threading.Lock()
        self._plays: list[Play] = []
        self._thread: threading.Thread | None = None

    def begin(self, attack: Attack, *, is_honest: bool) -> Play:
        """Begin a play. Raises PlayUnderWay while another one goes on."""
        with self._lock:
            if any(play.is_under_way for play in self._plays):
                raise PlayUnderWay
            play = Play(str(uuid.uuid4()), attack, is_honest, int(self._clock()))
            self._plays = [play, *self._plays][:MOST_KEPT]
            # No daemon: what an attack damaged is put back before the process ends.
            self._thread = threading.Thread(target=self._perform, args=(play,), name="attack")
            self._thread.start()
        return play

    def list_plays(self) -> list[Play]:
        """All plays, the latest first."""
        with self._lock:
            return list(self._plays)

    def find_play(self, play_id: str) -> Play | None:
        """The play of that id."""
        return next((play for play in self.list_plays() if play.id == play_id), None)

    def find_under_way(self) -> Play | None:
        """The play that goes on now."""
        return next((play for play in self.list_plays() if play.is_under_way), None)

    def wait(self) -> None:
        """Wait until the play under way has ended, and has put back what it changed."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _perform(self, play: Play) -> None:
        def note(en: str, zh: str) -> None:
            play.notes.append(Text(en, zh))

        act = play.attack.honest if play.is_honest else play.attack.attempt
        try:
            with self._open_stage(note) as stage:
                result = act(stage)
            play.result = result
        except CommandError as fault:
            play.problem = fault.text
        except (ChainError, LedgerProofError) as fault:
            play.problem = Text(f"the chain could not be asked: {fault}", f"无法查询链：{fault.code}")
        except Exception as fault:  # noqa: BLE001 - whatever it is, the page must say that it ended
            play.problem = _explain(fault)
            structlog.get_logger("rxledger.attacks").error("play_failed", exc_info=True)
        finally:
            play.ended_at = int(self._clock())


def _explain(fault: Exception) -> Text:
    if isinstance(fault, ServiceError):
        return Text(fault.detail, fault.detail_zh)
    name = type(fault).__name__
    return Text(
        f"a fault of the attack room itself ({name}); see logs/attack-room.log in the home folder",
        f"攻击演示自身出错（{name}）；详见主目录下的 logs/attack-room.log",
    )
