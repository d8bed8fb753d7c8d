import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from argon2 import PasswordHasher

from ledger_web import passwords as limits
from ledger_web.passwords import Passwords, SignInBusy
from tests.support.waiting import wait_until


class HeldHasher(PasswordHasher):
    """Argon2 at its cheapest, whose verifications end when they are let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.let_go = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        assert self.let_go.wait(20)
        return super().verify(hash, password)


def test_nobody_waits_in_a_line_that_is_full_already() -> None:
    hasher = HeldHasher()
    passwords = Passwords(hasher)
    stored = passwords.build_hash("a good password")
    with ThreadPoolExecutor(limits._IN_LINE_AT_A_TIME) as threads:
        waiting = [
            threads.submit(passwords.is_right, stored, "a good password")
            for _ in range(limits._IN_LINE_AT_A_TIME)
        ]
        wait_until(lambda: passwords._line._value == 0, 20, "the line to be full")
        with pytest.raises(SignInBusy):
            passwords.is_right(stored, "a good password")
        hasher.let_go.set()
        assert all(each.result() for each in waiting)
    assert passwords.is_right(stored, "a good password")
