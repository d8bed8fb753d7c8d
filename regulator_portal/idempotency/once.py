"""Answers one request at most once.

A verification asks gateways and the chain, which takes seconds: no database lock is held meanwhile. While
the first request is under way, a repetition is told to wait (in this process); after it, it gets the first
one's answer from the database. A crash in between leaves an act without its answer: what this portal does
under a key (start a job, verify once more) may then be done again without harm, and a job under way is
found, not doubled. (Header: draft-ietf-httpapi-idempotency-key-header.)
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.errors import MalformedRequest, StateConflict, Unprocessable
from regulator_portal.idempotency.models import GivenAnswer

REPLAYED_HEADER: Final = "Idempotency-Replayed"
KEPT_SECONDS: Final = 24 * 3600
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
Slot = tuple[str, str, str]
"""Whose, which route, the SHA-256 of the key."""


class IdempotencyKeyMissing(MalformedRequest):
    """A request that changes state came without its key."""

    code = "idempotency-key-missing"
    title = "The Idempotency-Key header is missing or malformed"
    title_zh = "缺少 Idempotency-Key 头或其格式不符"


class IdempotencyKeyReused(Unprocessable):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    title_zh = "该 Idempotency-Key 已用于另一请求"


class IdempotencyKeyInUse(StateConflict):
    """The first request with this key is still being answered."""

    code = "idempotency-key-in-use"
    title = "The first request with this Idempotency-Key is still under way"
    title_zh = "使用该 Idempotency-Key 的首个请求仍在处理中"


@dataclass(frozen=True)
class Asked:
    """One request: whose, by which route, under which key, and what it asks for."""

    scope: str
    route: str
    key: str
    content: bytes

    @property
    def slot(self) -> Slot:
        """Where its answer is kept."""
        return self.scope, self.route, hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """What tells it from another request with the same key."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Given:
    """An answer, and whether it is one that was given before."""

    status: int
    body: bytes
    replayed: bool = False


class OnceOnly:
    """Remembers what was asked and answered."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._under_way: set[Slot] = set()
        self._lock = threading.Lock()

    def answer(self, asked: Asked, act: Callable[[], tuple[int, bytes]]) -> Given:
        """Do `act`, which returns a status and a body, unless it was done; return its answer either way.

        Raises IdempotencyKeyMissing, IdempotencyKeyReused, IdempotencyKeyInUse, and what `act` raises: a
        refused request is not remembered, and may be mended and sent again.
        """
        verify_key(asked.key)
        with self._holding(asked.slot):
            with self._database.reading() as session:
                given = _find(session, asked.slot)
            if given is not None:
                return _replay(given, asked)
            status, body = act()
            try:
                with self._database.writing() as session:
                    self._remember(session, asked, status, body)
            except IntegrityError:
                with self._database.reading() as session:
                    winner = _find(session, asked.slot)
                if winner is None:
                    raise
                return _replay(winner, asked)
            return Given(status, body)

    def _remember(self, session: Session, asked: Asked, status: int, body: bytes) -> None:
        now = self._clock()
        session.execute(delete(GivenAnswer).where(col(GivenAnswer.created_at) < now - KEPT_SECONDS))
        scope, route, key_sha256 = asked.slot
        session.add(
            GivenAnswer(
                scope=scope,
                route=route,
                key_sha256=key_sha256,
                fingerprint=asked.fingerprint,
                status=status,
                body=body,
                created_at=now,
            )
        )

    @contextmanager
    def _holding(self, slot: Slot) -> Iterator[None]:
        with self._lock:
            if slot in self._under_way:
                raise IdempotencyKeyInUse(
                    "Wait a second and send the same request again: it will get the first one's answer.",
                    "请等待一秒后原样重发，将得到首个请求的结果。",
                    retry_after_seconds=1,
                )
            self._under_way.add(slot)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(slot)


def verify_key(key: str | None) -> str:
    """Return a key that can be used. Raises IdempotencyKeyMissing."""
    if key is None or _KEY.fullmatch(key) is None:
        raise IdempotencyKeyMissing(
            "Send an Idempotency-Key header of 1 to 200 visible ASCII characters, such as a UUID.",
            "请发送 Idempotency-Key 头：1 至 200 个可见 ASCII 字符，例如 UUID。",
        )
    return key


def _find(session: Session, slot: Slot) -> GivenAnswer | None:
    scope, route, key_sha256 = slot
    wanted = select(GivenAnswer).where(
        GivenAnswer.scope == scope, GivenAnswer.route == route, GivenAnswer.key_sha256 == key_sha256
    )
    return session.exec(wanted).one_or_none()


def _replay(given: GivenAnswer, asked: Asked) -> Given:
    if given.fingerprint != asked.fingerprint:
        raise IdempotencyKeyReused(
            "Send a new key with a new request; send the same request again only with the same body.",
            "新的请求请使用新的键；重发同一请求时，请求体须完全相同。",
        )
    return Given(given.status, given.body, replayed=True)
