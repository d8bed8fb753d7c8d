"""Threads of the outbox: woken early, outliving failures, ending when told."""

from __future__ import annotations

import itertools
import threading

import pytest

from ledger_web.workers import LONGEST_PAUSE_SECONDS, Worker, build_pause
from tests.support.waiting import wait_until


class StepFailed(Exception):
    code = "step.failed"


def test_a_woken_worker_steps_at_once_and_not_before() -> None:
    steps = itertools.count(1)
    taken: list[int] = []

    def step() -> float:
        taken.append(next(steps))
        return 3_600.0

    worker = Worker("sleeper", step)
    worker.start()
    try:
        wait_until(lambda: taken == [1], 5, "the first step")
        worker.wake()
        wait_until(lambda: taken == [1, 2], 5, "the second step")
    finally:
        worker.stop()
    assert not worker.is_alive
    assert taken == [1, 2]


def test_being_woken_while_a_step_runs_leads_to_another_step() -> None:
    entered, go_on = threading.Event(), threading.Event()
    taken: list[int] = []

    def step() -> float:
        taken.append(1)
        entered.set()
        assert go_on.wait(5)
        return 3_600.0

    worker = Worker("busy", step)
    worker.start()
    try:
        assert entered.wait(5)
        worker.wake()
        go_on.set()
        wait_until(lambda: len(taken) == 2, 5, "the second step")
    finally:
        worker.stop()


def test_a_failing_step_is_counted_repeated_and_forgotten_once_it_works() -> None:
    failures: list[int] = []
    outcomes = iter([StepFailed(), ValueError("no code"), None])

    def step() -> float:
        failure = next(outcomes, None)
        if failure is not None:
            raise failure
        return 3_600.0

    worker = Worker("shaky", step, lambda: failures.append(1))
    worker.start()
    try:
        wait_until(lambda: worker.failures_in_a_row == 0 and len(failures) == 2, 10, "the third step")
        assert worker.is_alive
        assert worker.last_failure == ""
    finally:
        worker.stop()


def test_the_last_failure_is_named_by_its_code() -> None:
    def step() -> float:
        raise StepFailed

    worker = Worker("broken", step)
    worker.start()
    try:
        wait_until(lambda: worker.failures_in_a_row > 0, 5, "the first failure")
        assert worker.last_failure == "step.failed"
    finally:
        worker.stop()


@pytest.mark.parametrize("failures", [1, 2, 5, 10, 10_000])
def test_pauses_grow_and_are_bounded(failures: int) -> None:
    pause = build_pause(failures)
    assert 0 < pause <= LONGEST_PAUSE_SECONDS
    assert pause >= build_pause(1) * 0.5
