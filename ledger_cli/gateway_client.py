"""The gateway's HTTP API as a client sees it.

Every reply is untrusted: bounded in size, parsed strictly, and its members are checked before use. A problem
document (RFC 9457) is a refusal; no answer, or "not now", is "could not check". Each request that changes
state carries an Idempotency-Key, so it is safe to send it again after a lost reply.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ledger_cli.errors import CommandError, GatewayRefused, GatewayUnreachable
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.types import JsonValue

ANSWER_SECONDS = 30.0
MAX_REPLY_BYTES = 8 * 1024 * 1024
MAX_REPLY_DEPTH = 40
MAX_ATTEMPTS = 5
MAX_FAULTS = 5
MAX_RETRY_WAIT_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 2.0
WITHOUT_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, for addresses without TLS: loading the authorities takes longer than a question."""
TRY_AGAIN = frozenset({429, 502, 503, 504})

Hooks = Mapping[str, list[Callable[..., Any]]]


@dataclass(frozen=True)
class Reply:
    """A successful answer."""

    status: int
    document: Any
    content: bytes
    replayed: bool


class GatewayClient:
    """One connection to a gateway, as one person or machine client."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout_seconds: float = ANSWER_SECONDS,
        hooks: Hooks | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._http = httpx.Client(
            base_url=self._base_url,
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            verify=WITHOUT_TLS if self._base_url.startswith("http://") else True,
            # Services close a connection that was idle for five seconds: one isn't used again near that.
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_SECONDS),
            event_hooks=dict(hooks or {}),
        )

    def __enter__(self) -> GatewayClient:
        """The client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    @property
    def base_url(self) -> str:
        """Where the gateway is."""
        return self._base_url

    def log_in(self, institution: int, username: str, password: str, *, idempotency_key: str) -> None:
        """Open a session; later requests are made in its name."""
        body: JsonValue = {"institution": institution, "username": username, "password": password}
        reply = self.post("/v1/sessions", body, idempotency_key=idempotency_key)
        self._token = member(reply.document, "token", str)

    def log_out(self) -> None:
        """End the session; a gateway that is gone has ended it already."""
        try:
            self._send("DELETE", "/v1/sessions/current", headers={})
        except CommandError:
            return

    def get(self, path: str, **parameters: str | int) -> Reply:
        """Read a JSON document."""
        return self._send("GET", path, headers={}, parameters=parameters)

    def get_bytes(self, path: str, **parameters: str | int) -> bytes:
        """Read bytes as they are."""
        return self._send("GET", path, headers={}, parameters=parameters, parse=False).content

    def post(self, path: str, body: JsonValue, *, idempotency_key: str) -> Reply:
        """Change state, once, however often it is sent."""
        return self._change("POST", path, body, idempotency_key)

    def put(self, path: str, body: JsonValue, *, idempotency_key: str) -> Reply:
        """Replace state, once, however often it is sent."""
        return self._change("PUT", path, body, idempotency_key)

    def send_content(
        self, method: str, path: str, content: bytes, content_type: str, *, idempotency_key: str
    ) -> Reply:
        """Change state with a body that is sent byte for byte."""
        headers = {"Content-Type": content_type, "Idempotency-Key": idempotency_key}
        return self._send(method, path, headers=headers, content=content)

    def pages(self, path: str, *, limit: int = 100, **parameters: str | int) -> Iterator[Any]:
        """Every item of a paged list, in order."""
        cursor: str | None = None
        while True:
            query: dict[str, str | int] = {"limit": limit, **parameters}
            if cursor is not None:
                query["cursor"] = cursor
            document = self.get(path, **query).document
            yield from member(document, "items", list)
            following = document.get("next_cursor")
            if not isinstance(following, str) or following == cursor:
                return
            cursor = following

    def _change(self, method: str, path: str, body: JsonValue, idempotency_key: str) -> Reply:
        return self.send_content(
            method, path, canonical_bytes(body), "application/json", idempotency_key=idempotency_key
        )

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        parameters: Mapping[str, str | int] | None = None,
        parse: bool = True,
    ) -> Reply:
        request_headers = {"Accept": "application/json, application/problem+json", **headers}
        if self._token is not None:
            request_headers["Authorization"] = f"Bearer {self._token}"
        attempt = 0
        while True:
            attempt += 1
            with self._transport_faults(path):
                response = self._http.request(
                    method, path, headers=request_headers, content=content, params=dict(parameters or {})
                )
            if _is_worth_repeating(response) and attempt < MAX_ATTEMPTS:
                time.sleep(_wait_seconds(response, attempt))
                continue
            return self._read(response, path, parse=parse)

    def _read(self, response: httpx.Response, path: str, *, parse: bool) -> Reply:
        if len(response.content) > MAX_REPLY_BYTES:
            raise _nonsense(self._base_url, path, "the reply is larger than 8 MiB")
        if response.status_code >= 400:
            raise _refusal(response, self._base_url, path)
        if not 200 <= response.status_code < 300:
            raise _nonsense(self._base_url, path, f"status {response.status_code}")
        document = None
        if parse and response.content:
            document = _parse_reply(response.content, self._base_url, path)
        replayed = response.headers.get("Idempotency-Replayed", "").lower() == "true"
        return Reply(response.status_code, document, response.content, replayed)

    @contextmanager
    def _transport_faults(self, path: str) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as fault:
            reason = type(fault).__name__
            raise GatewayUnreachable(
                "gateway.unreachable",
                f"the gateway at {self._base_url} doesn't answer ({reason}, {path}); is it running? start "
                "the "
                "embedded one with: rxledger run",
                f"网关 {self._base_url} 无应答（{reason}，{path}）；是否已启动？内置网关可用以下命令启动："
                "rxledger run",
            ) from fault


def member(document: Any, name: str, kind: type[Any]) -> Any:
    """A member of a reply, of the expected type; anything else is a gateway that answers nonsense."""
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise GatewayUnreachable(
            "gateway.nonsense",
            f"the gateway's reply has no usable `{name}`; is this an RxLedger gateway of this version?",
            f"网关的应答中缺少可用的 `{name}`；它是否为本版本的 RxLedger 网关？",
        )
    return value


def _parse_reply(content: bytes, base_url: str, path: str) -> Any:
    try:
        return parse_json(content, max_bytes=MAX_REPLY_BYTES, max_depth=MAX_REPLY_DEPTH)
    except LedgerProofError as fault:
        raise _nonsense(base_url, path, "the reply isn't strict JSON") from fault


def _nonsense(base_url: str, path: str, reason: str) -> GatewayUnreachable:
    return GatewayUnreachable(
        "gateway.nonsense",
        f"{base_url}{path} doesn't answer as an RxLedger gateway does: {reason}",
        f"{base_url}{path} 的应答不像 RxLedger 网关：{reason}",
    )


def _refusal(response: httpx.Response, base_url: str, path: str) -> CommandError:
    document: Any = None
    if len(response.content) <= 65_536:
        try:
            document = parse_json(response.content, max_bytes=65_536, max_depth=16)
        except LedgerProofError:
            document = None
    if not isinstance(document, dict):
        return _nonsense(base_url, path, f"status {response.status_code} without a problem document")
    slug = str(document.get("type", "about:blank")).rsplit(":", 1)[-1]
    code = f"[{response.status_code} {slug}]"
    en = f"{_said(document, '', ': ') or slug}{_fault_places(document, 'message')} {code}"
    zh = f"{_said(document, '_zh', '：') or slug}{_fault_places(document, 'message_zh')} {code}"
    if response.status_code >= 500 or response.status_code == 429:
        return GatewayUnreachable(f"gateway.{slug}", en, zh)
    return GatewayRefused(status=response.status_code, slug=slug, en=en, zh=zh)


def _said(document: Mapping[str, Any], suffix: str, joint: str) -> str:
    """What was refused (the title), and the particulars (the detail)."""
    parts = (document.get(name + suffix) or document.get(name) for name in ("title", "detail"))
    return joint.join(dict.fromkeys(str(part) for part in parts if part))


def _fault_places(document: Mapping[str, Any], wording: str) -> str:
    errors = document.get("errors")
    if not isinstance(errors, list):
        return ""
    places = []
    for item in errors[:MAX_FAULTS]:
        if isinstance(item, dict):
            said = str(item.get(wording) or item.get("message") or "")
            places.append(f"{item['pointer']}: {said}" if item.get("pointer") else said)
    hidden = len(errors) - MAX_FAULTS
    if hidden > 0:
        places.append(f"… +{hidden}")
    return f" ({'; '.join(places)})" if places else ""


def _is_worth_repeating(response: httpx.Response) -> bool:
    """Not now, or the same Idempotency-Key is still being served (409 with Retry-After)."""
    in_flight = response.status_code == 409 and "Retry-After" in response.headers
    return in_flight or response.status_code in TRY_AGAIN


def _wait_seconds(response: httpx.Response, attempt: int) -> float:
    stated = response.headers.get("Retry-After", "")
    wait = float(stated) if stated.isdigit() else 0.2 * 2**attempt
    return min(max(wait, 0.1), MAX_RETRY_WAIT_SECONDS)
