"""Asking a gateway for tiles and bundles, as a stranger's server is asked.

Every answer is bounded in size and in time as a whole, redirects and compressed answers are refused, and
nothing of an answer is believed: what it proves is computed from its bytes. A fault is one of two: nothing
can be said (`GatewayUnusable`), or it wasn't handed out (`Withheld`).
"""

import time
from http import HTTPStatus

import httpx

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_proofs.tiles import TILE_WIDTH, entries_path
from ledger_proofs.types import MAX_UINT16
from regulator_portal.sources.errors import AnswerMalformed, GatewayUnusable, NotYet, Withheld
from regulator_portal.sources.files import Source

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_ANSWER_SECONDS = 60.0
MAX_TILE_BYTES = TILE_WIDTH * (2 + MAX_UINT16)
NOTHING_SAID = frozenset({401, 403, 408, 421, 425, 429, 502, 503, 504})
"""Statuses that say something of access or load, and nothing of the log."""


class GatewayClient:
    """One gateway. Safe to share between threads; `close` ends its connections."""

    def __init__(self, source: Source, whole_answer_seconds: float = WHOLE_ANSWER_SECONDS) -> None:
        self._whole_answer_seconds = whole_answer_seconds
        self._client = httpx.Client(
            base_url=source.gateway,
            headers={"Authorization": f"Bearer {source.token}", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
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

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str, max_bytes: int) -> bytes:
        try:
            with self._client.stream("GET", path) as answer:
                _verify_status(answer)
                return self._read(answer, max_bytes)
        except httpx.TimeoutException:
            raise _unusable("gateway.timeout", "did not answer in time", "未及时响应") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as fault:
            name = type(fault).__name__
            raise _unusable(
                "gateway.unreachable", f"can't be reached ({name})", f"无法连接（{name}）"
            ) from None

    def _read(self, answer: httpx.Response, max_bytes: int) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise AnswerMalformed(
                "withheld.encoded",
                "The gateway compressed its answer, though it was asked not to.",
                "网关压缩了应答，而请求未允许压缩。",
            )
        deadline = time.monotonic() + self._whole_answer_seconds
        content = bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > max_bytes:
                raise AnswerMalformed(
                    "withheld.too_large",
                    f"The gateway's answer has more than {max_bytes} bytes, more than it can rightly have.",
                    f"网关的应答超过 {max_bytes} 字节，即其应有的上限。",
                )
            if time.monotonic() > deadline:
                raise _unusable("gateway.timeout", "sent its answer too slowly", "发送应答过慢")
        return bytes(content)


class Gateways:
    """The clients of all sources, each made when it is first needed."""

    def __init__(self) -> None:
        self._clients: dict[str, GatewayClient] = {}

    def client_of(self, source: Source) -> GatewayClient:
        """Return the client of a source."""
        return self._clients.setdefault(source.gateway, GatewayClient(source))

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()


def _verify_status(answer: httpx.Response) -> None:
    status = answer.status_code
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
