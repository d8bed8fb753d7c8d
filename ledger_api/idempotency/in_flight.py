"""Requests that are being answered right now, by their idempotency slot: in this process only.

It gives a hasty repetition its own clear answer. That nothing is done twice doesn't rest on it, but on the
unique constraint in the database, which several processes share.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ledger_web.errors import StateConflict

Slot = tuple[str, str, str]
"""Whose (`Principal.scope`), which route, the SHA-256 of the key."""


class IdempotencyKeyInUse(StateConflict):
    """The first request with this key is still being answered."""

    code = "idempotency-key-in-use"
    title = "The first request with this Idempotency-Key is still under way"
    title_zh = "使用该 Idempotency-Key 的首个请求仍在处理中"


class InFlight:
    """A set of slots that are taken at present."""

    def __init__(self) -> None:
        self._slots: set[Slot] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, slot: Slot) -> Iterator[None]:
        """Take a slot for the time of the block. Raises IdempotencyKeyInUse when it is taken."""
        with self._lock:
            if slot in self._slots:
                raise IdempotencyKeyInUse(
                    "Wait a second and send the same request again: it will get the first one's answer.",
                    "请等待一秒后原样重发，将得到首个请求的结果。",
                    retry_after_seconds=1,
                )
            self._slots.add(slot)
        try:
            yield
        finally:
            with self._lock:
                self._slots.discard(slot)
