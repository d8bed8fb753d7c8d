"""A node's answers bounded in time and size as a whole: one that drips or never ends holds nobody up.

A time limit of the HTTP library counts anew with every byte that comes.
"""

from __future__ import annotations

import time
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from ledger_chain.errors import BadAnswer

MOST_BYTES: Final = 64 * 1024 * 1024
"""More than any question of ours is answered with."""
_AT_A_TIME: Final = 64 * 1024


class BoundedAdapter(HTTPAdapter):
    """Reads each answer's body whole within a time limit, which starts as the headers have come."""

    def __init__(self, within_s: float, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self._within_s = within_s
        self._most_bytes = most_bytes

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """Send a question; its answer's body is there already.

        :raises requests.exceptions.ReadTimeout: the body didn't come in time
        :raises BadAnswer: it is too large
        """
        response = super().send(
            request, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=proxies
        )
        try:
            body = self._read(response.raw)
        except BaseException:
            response.close()
            raise
        response.raw.release_conn()
        # Where the library keeps a body that it has read: whoever asks for the content is given this.
        response._content = body
        response._content_consumed = True
        return response

    def _read(self, raw: Any) -> bytes:
        ends_at, body = time.monotonic() + self._within_s, bytearray()
        while part := raw.read1(_AT_A_TIME, decode_content=True):
            body += part
            if len(body) > self._most_bytes:
                raise BadAnswer("The chain node's answer is too large.")
            if time.monotonic() > ends_at:
                raise requests.exceptions.ReadTimeout
        return bytes(body)
