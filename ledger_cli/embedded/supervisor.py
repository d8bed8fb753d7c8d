"""Runs an embedded stack until it is told to stop: set-up, examples, verification, and a watch."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer

from ledger_cli.embedded.attack_room import open_attack_room
from ledger_cli.embedded.auditing import MirrorState, await_mirror
from ledger_cli.embedded.evidence import VerifiedBundle, fetch_bundles, verify_bundles
from ledger_cli.embedded.home import advance, note_part, read_marker, write_whole
from ledger_cli.embedded.loop_examples import release_examples, review_examples
from ledger_cli.embedded.people import LI
from ledger_cli.embedded.ports import verify_port_free
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import count_waiting, leave_drafts, seed
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.embedded.summary import EXAMPLE_FILE, Situation, show_summary, summary_json
from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD, CouldNotCheck
from ledger_cli.prescription_view import SHOWN_ZONE
from ledger_cli.screen import Screen, step_progress
from ledger_cli.verdicts import VERDICTS
from ledger_proofs.reports import Outcome

WATCH_SECONDS = 0.5
MAX_REVIVALS = 5
REVIVAL_SPAN_SECONDS = 60.0
MIRROR_PATIENCE_SECONDS = 20.0
"""How long the summary waits for the portal's mirror; what isn't done by then, it says."""
WHOLE_MIRROR_SECONDS = 600.0
"""How long a run that ends with the answer waits for it."""


@dataclass(frozen=True)
class RunOptions:
    """What to run, and how. `attack_port`: 0 for any that is free, None for no attack room."""

    stack: StackOptions
    seed_count: int
    once: bool = False
    attack_port: int | None = None


def run_stack(screen: Screen, options: RunOptions) -> int:
    """Start everything, show what there is, and stay until told to stop; `once`: don't stay. An exit code."""
    if options.attack_port:
        verify_port_free(options.attack_port, "attack room", "攻击演示", "--attack-port")
    with StopSignals() as stopping:
        try:
            with (
                EmbeddedStack(options.stack, screen.note) as stack,
                open_attack_room(stack, options.attack_port) as attacks_url,
            ):
                situation = _find_situation(screen, stack, options, attacks_url)
                show_summary(stack, situation, screen)
                if screen.json_wanted:
                    typer.echo(json.dumps(summary_json(stack, situation), ensure_ascii=False))
                if not options.once:
                    _watch(screen, stack, stopping)
                screen.note("stopping", "正在停止")
        except Stopped:
            screen.note(
                "stopped before it was up; the next start goes on from there", "启动中被停止；下次启动将继续"
            )
            return EXIT_COULD_NOT_CHECK
    if options.once and situation.mirror is not None and not situation.mirror.is_whole:
        return EXIT_COULD_NOT_CHECK
    return EXIT_GOOD if situation.is_good else EXIT_BAD


class Stopped(BaseException):
    """A signal to stop arrived while the stack was being set up."""


class StopSignals:
    """Ctrl-C, SIGTERM and SIGHUP: they interrupt the set-up, and are waited for once the stack is watched."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._interrupting = True
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        """Take the signals over."""
        self._previous = {number: signal.signal(number, self._note) for number in self.NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def wait(self, seconds: float) -> bool:
        """Wait for a signal; whether one has arrived."""
        self._interrupting = False
        return self._arrived.wait(seconds)

    def _note(self, _number: int, _frame: object) -> None:
        if self._arrived.is_set():
            return
        self._arrived.set()
        if self._interrupting:
            raise Stopped


def _find_situation(
    screen: Screen, stack: EmbeddedStack, options: RunOptions, attacks_url: str | None
) -> Situation:
    """Issue the examples if they aren't there, verify everything, and hear what the portal says."""
    seeded = 0
    if options.seed_count:
        seeded = _seed_once(screen, stack, options.seed_count)
        if not read_marker(stack.home).has("waiting-draft"):
            leave_drafts(stack.home, stack.gateway.url)
            note_part(stack.home, "waiting-draft")
        if stack.has_second_gateway and not read_marker(stack.home).has("loop"):
            screen.note("reviewing examples, releasing packs of medicine", "审核示例处方，放行示例药品包装")
            review_examples(stack.home)
            release_examples(stack.home, datetime.now(SHOWN_ZONE).date())
            note_part(stack.home, "loop")
    verified = _verify_all(screen, stack)
    patience = WHOLE_MIRROR_SECONDS if options.once else MIRROR_PATIENCE_SECONDS
    mirror = _await_mirror(screen, stack, patience) if stack.has_portal else None
    return Situation(verified, seeded, count_waiting(stack.home, LI), mirror, attacks_url)


def _seed_once(screen: Screen, stack: EmbeddedStack, count: int) -> int:
    example = stack.home.root / EXAMPLE_FILE
    if not example.exists():
        write_whole(example, json.dumps(build_draft(VISITS[0], 999), ensure_ascii=False, indent=2) + "\n")
    if read_marker(stack.home).reached("seeded"):
        screen.note(
            "the example prescriptions are here already: nothing was issued again",
            "示例处方已存在：未重复开具",
        )
        return 0
    with step_progress(screen) as progress:
        task = progress.add_task(screen.pick("issuing prescriptions", "开具示例处方"), total=count)
        seed(stack.home, stack.gateway.url, count, lambda _windows: progress.advance(task))
    fetch_bundles(stack.home)
    advance(stack.home, "seeded")
    return count


def _await_mirror(screen: Screen, stack: EmbeddedStack, patience_seconds: float) -> MirrorState:
    screen.note(
        "the portal mirrors the logs and verifies each entry's evidence", "监管门户正在镜像日志并逐条核验证据"
    )
    with step_progress(screen) as progress:
        task = progress.add_task(screen.pick("verified by the portal", "监管门户已核验"), total=None)
        return await_mirror(
            stack.home,
            stack.portal.url,
            stack.engine.rpc_url,
            patience_seconds,
            lambda state: progress.update(task, completed=state.verified, total=state.anchored),
        )


def _verify_all(screen: Screen, stack: EmbeddedStack) -> list[VerifiedBundle]:
    verified = list(verify_bundles(stack.home, stack.engine.rpc_url))
    for item in verified:
        if item.report.outcome is not Outcome.PASSED:
            verdict = VERDICTS[item.report.outcome]
            screen.note(f"{item.path.name}: {verdict.en}", f"{item.path.name}：{verdict.zh}", style="red")
    return verified


def _watch(screen: Screen, stack: EmbeddedStack, stopping: StopSignals) -> None:
    """Until told to stop: start again what has died, but not for ever."""
    revivals: deque[float] = deque(maxlen=MAX_REVIVALS)
    while not stopping.wait(WATCH_SECONDS):
        if stack.is_alive():
            continue
        now = time.monotonic()
        if len(revivals) == MAX_REVIVALS and now - revivals[0] < REVIVAL_SPAN_SECONDS:
            logs = ", ".join(str(path) for path in stack.log_paths())
            raise CouldNotCheck(
                "run.keeps_dying",
                f"the stack died {MAX_REVIVALS} times within a minute; see {logs}",
                f"一分钟内已有 {MAX_REVIVALS} 次异常退出；请查看 {logs}",
            )
        revivals.append(now)
        for part in stack.revive():
            screen.note(
                f"the {part} had died and was started again", f"{part} 异常退出，已重新启动", style="yellow"
            )
