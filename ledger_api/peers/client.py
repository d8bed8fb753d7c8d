"""Asking other institutions' gateways: signed requests out, bounded and strictly parsed answers in.

A request is signed by the asking institution's anchoring account (protocol 14). What comes back is input from
outside: nothing of it is believed before it was verified. No database session may be held meanwhile.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpcore

from ledger_api.keystore.interfaces import AnchoringKeys
from ledger_api.network import NetworkMissing
from ledger_api.peers.content_digest import HEADER as CONTENT_DIGEST
from ledger_api.peers.content_digest import build_content_digest
from ledger_api.peers.errors import PeerAnswerUnusable, PeerRefused, PeerUnknown, PeerUnreachable
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import MalformedInput
from ledger_proofs.peer_requests import (
    PeerRequest,
    build_peer_authorization,
    build_peer_request,
)
from ledger_proofs.types import JsonValue
from ledger_web.bodies import JSON_MEDIA_TYPE
from ledger_web.bounded_network import BoundedBackend, Deadline
from ledger_web.clock import Clock

CONNECT_SECONDS = 2.0
WHOLE_ANSWER_SECONDS = 8.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
MOST_CONNECTIONS = 32
MAX_DEPTH = 24
"""A bundle's own nesting (16), and what it stands in."""
MAX_WORDS = 400
_CODE = re.compile(r"[a-z0-9][a-z0-9.\-_]{0,63}")
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class PeerParts:
    """What the client is made of. Without a domain (no deployment) nothing can be signed."""

    addresses: Mapping[int, str]
    keys: AnchoringKeys
    domain: Domain | None
    clock: Clock


class PeerClient:
    """Asks peers. Safe to share between threads; `close` ends its connections."""

    def __init__(self, parts: PeerParts) -> None:
        self._parts = parts
        self._deadline = Deadline()
        # The pool itself and no client around it: no redirects, no compression, no proxy of the environment.
        self._pool = httpcore.ConnectionPool(
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=4.0,  # shorter than a server's own, or a request would meet a closing connection
            retries=1,
            network_backend=BoundedBackend(self._deadline),
        )

    def knows(self, institution: int) -> bool:
        """Whether the address of an institution's gateway is known."""
        return institution in self._parts.addresses

    def post(
        self,
        sender: int,
        recipient: int,
        path: str,
        body: Mapping[str, JsonValue],
        *,
        seconds: float = WHOLE_ANSWER_SECONDS,
    ) -> dict[str, JsonValue]:
        """Send a JSON object and return the answer's. Raises what is in `errors.py`."""
        return self._ask("POST", sender, recipient, path, canonical_bytes(body), seconds)

    def get(
        self, sender: int, recipient: int, path: str, *, seconds: float = WHOLE_ANSWER_SECONDS
    ) -> dict[str, JsonValue]:
        """Ask for a JSON object; `path` may hold a query. Raises what is in `errors.py`."""
        return self._ask("GET", sender, recipient, path, b"", seconds)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _ask(
        self, method: str, sender: int, recipient: int, path: str, body: bytes, seconds: float
    ) -> dict[str, JsonValue]:
        address = self._parts.addresses.get(recipient)
        if address is None:
            raise PeerUnknown(recipient)
        request = build_peer_request(sender, recipient, method, path, body, self._parts.clock())
        headers = self._sign(request, body)
        try:
            with (
                self._deadline.within(seconds),
                self._pool.stream(
                    method,
                    address + path,
                    headers=headers,
                    content=body,
                    extensions={"timeout": {"connect": CONNECT_SECONDS, "pool": seconds}},
                ) as answer,
            ):
                content = _read(answer, recipient)
        except (
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ConnectionNotAvailable,
            OSError,
        ):
            raise PeerUnreachable(recipient) from None
        return _judge(answer.status, content, recipient)

    def _sign(self, request: PeerRequest, body: bytes) -> dict[bytes | str, bytes | str]:
        if self._parts.domain is None:
            raise NetworkMissing
        signature = self._parts.keys.sign_digest(request.sender, request.digest(self._parts.domain))
        headers: dict[bytes | str, bytes | str] = {
            "Authorization": build_peer_authorization(request, signature),
            "Accept-Encoding": "identity",
        }
        if body:
            headers |= {"Content-Type": JSON_MEDIA_TYPE, CONTENT_DIGEST: build_content_digest(body)}
        return headers


def _read(answer: httpcore.Response, recipient: int) -> bytes:
    for name, value in answer.headers:
        if name.lower() == b"content-encoding" and value.strip().lower() != b"identity":
            raise PeerAnswerUnusable(recipient, "compressed its answer unasked", "擅自压缩了答复")
    content = bytearray()
    for chunk in answer.iter_stream():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise PeerAnswerUnusable(recipient, "its answer is too large", "答复过大")
    return bytes(content)


def _judge(status: int, content: bytes, recipient: int) -> dict[str, JsonValue]:
    if status in _BUSY:
        raise PeerUnreachable(recipient)
    if status in (HTTPStatus.OK, HTTPStatus.CREATED):
        return _parse_object(content, recipient)
    raise _refusal(status, content, recipient)


def _parse_object(content: bytes, recipient: int) -> dict[str, JsonValue]:
    try:
        value = parse_json(content, max_bytes=MAX_ANSWER_BYTES, max_depth=MAX_DEPTH)
    except MalformedInput:
        value = None
    if not isinstance(value, dict):
        raise PeerAnswerUnusable(recipient, "its answer is no JSON object", "答复不是 JSON 对象")
    return value


def _refusal(status: int, content: bytes, recipient: int) -> PeerRefused:
    """Make the refusal of what a peer said, taking only a code of its form and bounded words."""
    try:
        said = json.loads(content[:MAX_ANSWER_BYTES])
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    code = said.get("code")
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        code = f"status-{status}"
    return PeerRefused(recipient, status, code, _words(said.get("detail")), _words(said.get("detail_zh")))


def _words(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(each for each in text[:MAX_WORDS] if each.isprintable()) or "-"
