"""A connection to a node goes the way that the environment names, as it was when opened, and no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger_chain.connection import ask, connect
from ledger_chain.errors import BadAnswer, ChainUnreachable

NODE = "http://node.invalid:8545"
BLOCK = "0x2a"


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """An HTTP proxy that answers for every node; its address, and what was asked through it."""
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": BLOCK}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_proxy_of_the_environment_is_used_and_remembered(
    proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = proxy
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", address)
    node = connect(NODE)
    monkeypatch.delenv("HTTP_PROXY")
    assert ask(node, NODE, "eth_blockNumber", []) == BLOCK
    assert asked == [NODE + "/"]


def test_where_the_environment_excepts_the_node_no_proxy_is_asked(
    proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = proxy
    monkeypatch.setenv("HTTP_PROXY", address)
    monkeypatch.setenv("NO_PROXY", "node.invalid")
    with pytest.raises(ChainUnreachable):
        ask(connect(NODE, timeout_s=2), NODE, "eth_blockNumber", [])
    assert asked == []


def test_authorities_of_the_environment_are_those_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with pytest.raises(ChainUnreachable, match="OSError"):
        ask(connect("https://127.0.0.1:9"), "https://127.0.0.1:9", "eth_blockNumber", [])


def test_a_node_that_sends_elsewhere_is_not_followed(proxy: tuple[str, list[str]]) -> None:
    elsewhere, asked = proxy

    class Sender(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", f"{elsewhere}/within")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Sender) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        node = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(BadAnswer):
            ask(connect(node), node, "eth_blockNumber", [])
        server.shutdown()
    assert asked == []


def test_a_nodes_own_words_can_not_steer_a_terminal() -> None:
    said = {"code": -32000, "message": "\x1b[2Jno\u202e" + "A" * 10_000}

    class Refuser(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": said}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refuser) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        node = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(BadAnswer, match="refused eth_blockNumber: .\\[2Jno") as refused:
            ask(connect(node), node, "eth_blockNumber", [])
        server.shutdown()
    assert str(refused.value).isprintable() and len(str(refused.value)) < 400
