"""A SOCKS5 proxy (RFC 1928, no authentication) that keeps every byte a browser sends, to whomever.

Chromium started with it makes all its connections through it, its own background ones too. Connections to
other machines are noted and refused; to this machine's services it speaks plain HTTP, which hides nothing:
what isn't among the bytes kept has not left the browser.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CONNECT, IPV4, NAME, IPV6 = 1, 1, 3, 4
CHUNK_BYTES = 65_536
OWN_HOST = "127.0.0.1"
GRANTED = b"\x05\x00\x00\x01" + bytes(6)
REFUSED = b"\x05\x02\x00\x01" + bytes(6)


@dataclass
class Sent:
    """What went through: each connection's target, and the bytes in the browser's direction."""

    targets: list[tuple[str, int]] = field(default_factory=list)
    streams: list[bytearray] = field(default_factory=list)

    def everything(self) -> bytes:
        """All of it, connection after connection."""
        return b"\n".join(bytes(stream) for stream in self.streams)


def _read(stream: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        part = stream.recv(length - len(got))
        if not part:
            raise ConnectionError("the browser hung up within the handshake")
        got += part
    return got


def _greet(browser: socket.socket) -> tuple[str, int]:
    """The handshake; where the browser wants to go."""
    _version, count = _read(browser, 2)
    _read(browser, count)
    browser.sendall(b"\x05\x00")
    _version, command, _reserved, kind = _read(browser, 4)
    assert command == CONNECT, command
    if kind == NAME:
        host = _read(browser, _read(browser, 1)[0]).decode()
    else:
        family = socket.AF_INET if kind == IPV4 else socket.AF_INET6
        host = socket.inet_ntop(family, _read(browser, 4 if kind == IPV4 else 16))
    return host, int.from_bytes(_read(browser, 2), "big")


def _pass_on(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
    try:
        while part := source.recv(CHUNK_BYTES):
            if kept is not None:
                kept += part
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # Either side hung up, which ends the connection and nothing else.
        target.close()


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        sent: Sent = self.server.sent  # type: ignore[attr-defined]
        try:
            target = _greet(self.request)
            sent.targets.append(target)
            if target[0] != OWN_HOST:
                self.request.sendall(REFUSED)
                return
            with socket.create_connection(target, timeout=10) as onward:
                onward.settimeout(None)
                self.request.sendall(GRANTED)
                kept = bytearray()
                sent.streams.append(kept)
                answers = threading.Thread(target=_pass_on, args=(onward, self.request, None), daemon=True)
                answers.start()
                _pass_on(self.request, onward, kept)
                answers.join()
        except OSError:
            self.request.close()


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


@contextmanager
def run_recording_proxy() -> Iterator[tuple[str, Sent]]:
    """Run the proxy until the block ends; its address as Chromium takes it, and what it has kept."""
    sent = Sent()
    with _Proxy(("127.0.0.1", 0), _Connection) as server:
        server.sent = sent  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"socks5://127.0.0.1:{server.server_address[1]}", sent
        server.shutdown()
        thread.join()
