"""Runs an embedded stack until it is told to stop: set-up, examples, verification, and a watch."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import deque
from typing import Any

import typer

from ledger_cli.embedded.evidence import VerifiedBundle, fetch_bundles, verify_bundles
from ledger_cli.embedded.home import advance, read_marker, write_whole
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import seed
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.embedded.summary import EXAMPLE_FILE, show_summary, summary_json
from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD, CouldNotCheck
from ledger_cli.screen import Screen, step_progress
from ledger_cli.verdicts import VERDICTS
from ledger_proofs.reports import Outcome

WATCH_SECONDS = 0.5
MAX_REVIVALS = 5
REVIVAL_SPAN_SECONDS = 60.0


def run_stack(screen: Screen, options: StackOptions, *, seed_count: int, once: bool) -> int:
    """Start everything, show what there is, and stay until told to stop; `once`: don't stay. An exit code."""
    verified: list[VerifiedBundle] = []
    with StopSignals() as stopping:
        try:
            with EmbeddedStack(options, screen.note) as stack:
                seeded = _seed_once(screen, stack, seed_count) if seed_count else 0
                verified = _verify_all(screen, stack)
                show_summary(stack, verified, screen)
                if screen.json_wanted:
                    summary = summary_json(stack, verified, seeded_now=seeded)
                    typer.echo(json.dumps(summary, ensure_ascii=False))
                if not once:
                    _watch(screen, stack, stopping)
                screen.note("stopping", "正在停止")
        except Stopped:
            screen.note(
                "stopped before it was up; the next start goes on from there", "启动中被停止；下次启动将继续"
            )
            return EXIT_COULD_NOT_CHECK
    good = all(item.report.outcome is Outcome.PASSED for item in verified)
    return EXIT_GOOD if good else EXIT_BAD


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
