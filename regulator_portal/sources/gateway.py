"""Asking a gateway for tiles and bundles, as a stranger's server is asked.

Every answer is bounded in size and in time as a whole, redirects and compressed answers are refused, and
nothing of an answer is believed: what it proves is computed from its bytes. A fault is one of two: nothing
can be said (`GatewayUnusable`), or it wasn't handed out (`Withheld`).
"""

import threading
from collections.abc import Mapping
from http import HTTPStatus

import httpcore

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_proofs.tiles import TILE_WIDTH, entries_path
from ledger_proofs.types import MAX_UINT16
from ledger_web.bounded_network import BoundedBackend, Deadline
from regulator_portal.sources.errors import AnswerMalformed, GatewayUnusable, NotYet, Withheld
from regulator_portal.sources.files import Source

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_ANSWER_SECONDS = 60.0
MOST_CONNECTIONS = 20
KEPT_OPEN_SECONDS = 15.0
MAX_TILE_BYTES = TILE_WIDTH * (2 + MAX_UINT16)
MAX_CONTENT_BYTES = MAX_BUNDLE_BYTES + 1024 * 1024
"""A record with its key, and the bundle of the access record beside it."""
NOTHING_SAID = frozenset({401, 403, 408, 421, 425, 429, 502, 503, 504})
"""Statuses that say something of access or load, and nothing of the log."""
_TIMEOUTS = {
    "connect": CONNECT_SECONDS,
    "read": READ_SECONDS,
    "write": READ_SECONDS,
    "pool": READ_SECONDS,
}
_BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


class GatewayClient:
    """One gateway. Safe to share between threads; `close` ends its connections."""

    def __init__(self, source: Source, whole_answer_seconds: float = WHOLE_ANSWER_SECONDS) -> None:
        self._whole_answer_seconds = whole_answer_seconds
        self._base = source.gateway
        self._headers: Mapping[bytes | str, bytes | str] = {
            "Authorization": f"Bearer {source.token}",
            "Accept-Encoding": "identity",
        }
        self._deadline = Deadline()
        # The pool itself and no client around it: it follows no redirects, undoes no compression, and asks
        # no environment for a proxy.
        self._pool = httpcore.ConnectionPool(
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=KEPT_OPEN_SECONDS,
            network_backend=BoundedBackend(self._deadline),
        )

    def fetch_entries(self, log: int, tile: int, width: int) -> bytes:
        """Fetch a bundle of `width` entries (C2SP tlog-tiles). Raises GatewayUnusable or Withheld."""
        return self._get(f"/v1/logs/{log}/{entries_path(tile, width)}", MAX_TILE_BYTES)

    def fetch_evidence_at(self, log: int, position: int) -> bytes:
        """Fetch the minimal bundle of an entry. Raises GatewayUnusable or Withheld."""
        return self._get(f"/v1/logs/{log}/evidence/{position}", MAX_BUNDLE_BYTES)

    def fetch_evidence_of(self, record_id: str, window: int) -> bytes:
        """Fetch the minimal bundle of a record's window. Raises GatewayUnusable or Withheld."""
        return self._get(f"/v1/evidence/{record_id}?window={window}", MAX_BUNDLE_BYTES)

    def fetch_content(self, demand_id: str) -> bytes:
        """Fetch what was handed over for a demand. Raises GatewayUnusable or Withheld; NotYet: unanswered."""
        return self._get(f"/v1/demands/{demand_id}/content", MAX_CONTENT_BYTES)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _get(self, path: str, max_bytes: int) -> bytes:
        try:
            with (
                self._deadline.within(self._whole_answer_seconds),
                self._pool.stream(
                    "GET", self._base + path, headers=self._headers, extensions={"timeout": _TIMEOUTS}
                ) as answer,
            ):
                _verify_status(answer.status)
                return _read(answer, max_bytes)
        except httpcore.TimeoutException:
            raise _unusable("gateway.timeout", "did not answer in time", "未及时响应") from None
        except (*_BROKEN, ValueError, OSError) as fault:
            name = type(fault).__name__
            raise _unusable(
                "gateway.unreachable", f"can't be reached ({name})", f"无法连接（{name}）"
            ) from None


class Gateways:
    """The clients of all sources, each made when it is first needed."""

    def __init__(self) -> None:
        self._clients: dict[Source, GatewayClient] = {}
        self._lock = threading.Lock()

    def client_of(self, source: Source) -> GatewayClient:
        """Return the client of a source."""
        with self._lock:
            client = self._clients.get(source)
            if client is None:
                client = self._clients[source] = GatewayClient(source)
            return client

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()


def _read(answer: httpcore.Response, max_bytes: int) -> bytes:
    encodings = [value for name, value in answer.headers if name.lower() == b"content-encoding"]
    if any(each.strip().lower() != b"identity" for each in encodings):
        raise AnswerMalformed(
            "withheld.encoded",
            "The gateway compressed its answer, though it was asked not to.",
            "网关压缩了应答，而请求未允许压缩。",
        )
    content = bytearray()
    for chunk in answer.iter_stream():
        content += chunk
        if len(content) > max_bytes:
            raise AnswerMalformed(
                "withheld.too_large",
                f"The gateway's answer has more than {max_bytes} bytes, more than it can rightly have.",
                f"网关的应答超过 {max_bytes} 字节，即其应有的上限。",
            )
    return bytes(content)


def _verify_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if 300 <= status < 400:
        raise _unusable(
            "gateway.redirects", "points to another address, which is not followed", "指向其他地址，不予跟随"
        )
    if status in NOTHING_SAID:
        raise _unusable(
            f"gateway.status_{status}", f"answered with status {status}", f"以状态码 {status} 应答"
        )
    fault = NotYet if status == HTTPStatus.CONFLICT else Withheld
    raise fault(
        f"withheld.status_{status}",
        f"The gateway answered with status {status} and didn't hand it out.",
        f"网关以状态码 {status} 应答，未予提供。",
    )


def _unusable(code: str, en: str, zh: str) -> GatewayUnusable:
    return GatewayUnusable(code, f"The gateway {en}.", f"网关{zh}。")
