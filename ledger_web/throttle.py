"""Throttling of sign-ins: after a few failures an account waits, longer each time.

The memory is bounded: at most `capacity` accounts are remembered, the longest untouched go first. Each worker
process counts by itself, and a restart forgets; the argon2 bound of `passwords.py` limits guessing besides.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger_web.clock import Clock
from ledger_web.errors import TooMany

FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 900
FORGET_AFTER_SECONDS = 3_600


class SignInThrottled(TooMany):
    """Too many failed sign-ins for this account."""

    code = "sign-in-throttled"
    title = "Too many failed sign-ins"
    title_zh = "登录失败次数过多"


@dataclass
class _Failures:
    count: int
    last_at: int
    blocked_until: int


class SignInThrottle:
    """Counts failed sign-ins by account name (known or not: a guesser learns nothing from it)."""

    def __init__(self, clock: Clock, *, capacity: int = 10_000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def trying(self, account: str) -> Iterator[None]:
        """Hold one try for the time of the block. Raises SignInThrottled when the account has to wait.

        Tries that haven't ended yet count as if they had failed: many at once are no way round the wait.
        """
        self.verify_allowed(account)
        with self._lock:
            failed = self._failures[account].count if account in self._failures else 0
            if self._under_way[account] >= max(1, FREE_FAILURES + 1 - failed):
                raise SignInThrottled(
                    "Other sign-ins of this account are under way. Wait a second, then try again.",
                    "该账户另有登录正在处理，请等待一秒后重试。",
                    retry_after_seconds=1,
                )
            self._under_way[account] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[account] -= 1
                self._under_way += Counter()  # drops what is zero

    def verify_allowed(self, account: str) -> None:
        """Return when a try is allowed now; raises SignInThrottled otherwise."""
        now = self._clock()
        with self._lock:
            found = self._failures.get(account)
            if found is None or found.blocked_until <= now:
                return
            wait = found.blocked_until - now
        raise SignInThrottled(
            f"Wait {wait} seconds, then try again. Ask your administrator if you forgot your password.",
            f"请等待 {wait} 秒后重试；如忘记密码请联系管理员。",
            retry_after_seconds=wait,
        )

    def note_failure(self, account: str) -> None:
        """Count one failure; from the sixth on the account waits, each time twice as long."""
        now = self._clock()
        with self._lock:
            found = self._failures.pop(account, None)
            if found is None or now - found.last_at > FORGET_AFTER_SECONDS:
                found = _Failures(0, now, now)
            found.count += 1
            found.last_at = now
            if found.count > FREE_FAILURES:
                doublings = min(found.count - FREE_FAILURES - 1, 10)
                found.blocked_until = now + min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**doublings)
            self._failures[account] = found
            if len(self._failures) > self._capacity:
                self._failures.popitem(last=False)

    def note_success(self, account: str) -> None:
        """Forget the account's failures."""
        with self._lock:
            self._failures.pop(account, None)
