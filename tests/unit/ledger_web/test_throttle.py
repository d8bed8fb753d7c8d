import pytest

from ledger_web.throttle import (
    FIRST_WAIT_SECONDS,
    FORGET_AFTER_SECONDS,
    FREE_FAILURES,
    LONGEST_WAIT_SECONDS,
    SignInThrottle,
    SignInThrottled,
)
from tests.gateway_support import MovableClock


def _fail(throttle: SignInThrottle, account: str, times: int) -> None:
    for _ in range(times):
        throttle.note_failure(account)


def _wait_of(throttle: SignInThrottle, account: str) -> int:
    with pytest.raises(SignInThrottled) as refusal:
        throttle.verify_allowed(account)
    return int(refusal.value.retry_after_seconds or 0)


def test_a_few_failures_are_free() -> None:
    throttle = SignInThrottle(MovableClock())
    _fail(throttle, "a", FREE_FAILURES)
    throttle.verify_allowed("a")


def test_the_wait_doubles_and_is_bounded() -> None:
    throttle = SignInThrottle(MovableClock())
    _fail(throttle, "a", FREE_FAILURES + 1)
    first = _wait_of(throttle, "a")
    throttle.note_failure("a")
    assert first <= FIRST_WAIT_SECONDS < _wait_of(throttle, "a") <= 2 * FIRST_WAIT_SECONDS
    _fail(throttle, "a", 50)
    assert _wait_of(throttle, "a") <= LONGEST_WAIT_SECONDS


def test_success_and_time_both_forget() -> None:
    clock = MovableClock()
    throttle = SignInThrottle(clock)
    _fail(throttle, "a", FREE_FAILURES)
    throttle.note_success("a")
    _fail(throttle, "a", FREE_FAILURES)
    throttle.verify_allowed("a")
    clock.advance(FORGET_AFTER_SECONDS + 1)
    throttle.note_failure("a")
    throttle.verify_allowed("a")


def test_tries_that_are_under_way_count_as_failures() -> None:
    throttle = SignInThrottle(MovableClock())
    _fail(throttle, "a", FREE_FAILURES - 1)
    with throttle.trying("a"), throttle.trying("a"), throttle.trying("b"):
        with pytest.raises(SignInThrottled) as refusal, throttle.trying("a"):
            pass
        assert refusal.value.retry_after_seconds == 1
    with throttle.trying("a"):
        pass
    assert not throttle._under_way


def test_after_a_wait_one_try_is_let_through_at_a_time() -> None:
    clock = MovableClock()
    throttle = SignInThrottle(clock)
    _fail(throttle, "a", FREE_FAILURES + 1)
    clock.advance(FIRST_WAIT_SECONDS + 1)
    with throttle.trying("a"), pytest.raises(SignInThrottled), throttle.trying("a"):
        pass


def test_its_memory_is_bounded() -> None:
    throttle = SignInThrottle(MovableClock(), capacity=100)
    for number in range(1_000):
        throttle.note_failure(f"account {number}")
    assert len(throttle._failures) == 100
