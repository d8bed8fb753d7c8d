"""Network connections whose every read ends by a deadline that holds for the answer as a whole.

A time limit for each read alone lets a server send a byte at a time, or one interim answer (RFC 9110, 15.2)
after the other, and never end: before the first byte of content nobody else looks at the clock.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_LEAST_SECONDS = 0.001


class Deadline:
    """Until when the answer that a thread is reading may take. Each thread has its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let all that this thread reads inside end after so many seconds."""
        self._local.ends_at = time.monotonic() + seconds
        try:
            yield
        finally:
            self._local.ends_at = None

    def shorten(self, timeout: float | None) -> float | None:
        """Return how long the next read may take. Raises `httpcore.ReadTimeout` when all time is used up."""
        ends_at: float | None = getattr(self._local, "ends_at", None)
        if ends_at is None:
            return timeout
        left = ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer as a whole took too long")
        return max(_LEAST_SECONDS, left if timeout is None else min(timeout, left))


class BoundedBackend(httpcore.NetworkBackend):
    """Opens ordinary connections, and hands them out with the deadline on them."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        timeout = self._deadline.shorten(timeout)
        opened = self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        return _BoundedStream(opened, self._deadline)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, self._deadline.shorten(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, self._deadline.shorten(timeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._plain.start_tls(ssl_context, server_hostname, self._deadline.shorten(timeout))
        return _BoundedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)
