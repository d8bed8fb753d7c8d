"""Passwords and tokens.

Passwords are guessable, so they are stored as argon2id hashes (RFC 9106), and hashing is bounded: each takes
64 MiB and a good part of a core, so that only a few run at a time, and only so many wait for their turn that
threads are left for everybody else's requests. Session tokens and machine secrets are 32
random bytes, which nobody guesses: their SHA-256 is stored, so that a stolen database signs nobody in.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger_web.errors import Unavailable

MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_CHARACTERS = 200
_HASHES_AT_A_TIME = 4
_IN_LINE_AT_A_TIME = 20
"""Half of the server's 40 worker threads: who signs in must not keep those out who are signed in."""
_WAIT_SECONDS = 10.0
TOKEN_BYTES = 32


class SignInBusy(Unavailable):
    """More sign-ins at a time than there is memory for."""

    code = "sign-in-busy"
    title = "Too many people are signing in"
    title_zh = "当前登录人数过多"


class Passwords:
    """Hashes and verifies passwords, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._line = threading.BoundedSemaphore(_IN_LINE_AT_A_TIME)
        self._turns = threading.BoundedSemaphore(_HASHES_AT_A_TIME)
        self._nobodys_hash = self._hasher.hash(secrets.token_hex(16))

    def build_hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        with self._turn():
            return self._hasher.hash(password)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits the hash. None (nobody of that name) takes as long, and never fits."""
        with self._turn():
            try:
                fits = self._hasher.verify(password_hash or self._nobodys_hash, password)
            except (VerificationError, InvalidHashError):
                return False
        return fits and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with _held(self._line, 0.0), _held(self._turns, _WAIT_SECONDS):
            yield


@contextmanager
def _held(places: threading.BoundedSemaphore, wait_seconds: float) -> Iterator[None]:
    if not places.acquire(timeout=wait_seconds):
        raise SignInBusy("Try again in a few seconds.", "请几秒后重试。", retry_after_seconds=5)
    try:
        yield
    finally:
        places.release()


def build_token() -> str:
    """Return a fresh random token, 64 hex digits."""
    return secrets.token_hex(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the form in which a token is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_same_hash(stored: str, offered: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(stored, offered)
