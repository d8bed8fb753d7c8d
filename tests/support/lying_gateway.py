"""A gateway that lies: a real HTTP server that asks the honest one, and alters what it passes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.support.plain_http import NO_AUTHORITIES


@dataclass
class Reply:
    """What goes out; `headers` besides, or instead of, the length."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Alter = Callable[[str, Reply], Reply]


@dataclass
class LyingGateway:
    """A running one. `alter` can be exchanged at any time; `asked` are the paths that were asked for."""

    url: str
    alter: Alter
    asked: list[str] = field(default_factory=list)


def pass_on(_path: str, reply: Reply) -> Reply:
    """Alter nothing."""
    return reply


@contextmanager
def run_lying_gateway(honest_url: str, alter: Alter = pass_on) -> Iterator[LyingGateway]:
    """Run one in front of an honest gateway, on a free port of this machine."""
    client = httpx.Client(base_url=honest_url, timeout=30, trust_env=False, verify=NO_AUTHORITIES)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            gateway.asked.append(self.path)
            answer = client.get(self.path, headers={"Authorization": self.headers.get("Authorization", "")})
            reply = gateway.alter(self.path, Reply(answer.status_code, answer.content))
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway = LyingGateway(f"http://127.0.0.1:{server.server_port}", alter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
        client.close()
