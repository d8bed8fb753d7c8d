"""A node's answer that drips or never ends is given up in time; others keep their connection."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from ledger_chain.bounded_answers import BoundedAdapter
from ledger_chain.connection import ask, connect
from ledger_chain.errors import BadAnswer, ChainUnreachable

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Node:
    """A node whose way of answering is a test's."""

    def __init__(self) -> None:
        self.answer: Answer = lambda handler, body: None
        self.connections: set[object] = set()
        self.ended = threading.Event()
        self.url = ""


@pytest.fixture
def node() -> Iterator[Node]:
    told = Node()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told.connections.add(self.client_address)
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0x2a"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            told.answer(self, body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    told.ended.set()
    server.shutdown()
    server.server_close()


def whole(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_answers_come_over_one_connection(node: Node) -> None:
    node.answer = whole
    w3 = connect(node.url)
    assert [ask(w3, node.url, "eth_blockNumber", []) for _ in range(3)] == ["0x2a"] * 3
    assert len(node.connections) == 1


def test_an_answer_that_drips_is_given_up_within_the_limit(node: Node) -> None:
    def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not node.ended.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    node.answer = drip
    began = time.monotonic()
    with pytest.raises(ChainUnreachable):
        ask(connect(node.url, timeout_s=0.5), node.url, "eth_blockNumber", [])
    assert time.monotonic() - began < 30, "each byte that comes must not begin the limit anew"


def test_an_answer_that_is_too_large_is_a_bad_one(node: Node) -> None:
    node.answer = whole
    with requests.Session() as session:
        session.mount("http://", BoundedAdapter(5, most_bytes=10))
        with pytest.raises(BadAnswer):
            session.post(node.url, json={"id": 1}, timeout=5)


def test_a_compressed_answer_is_read(node: Node) -> None:
    def compressed(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_header("Content-Encoding", "gzip")
        whole(handler, gzip.compress(body))

    node.answer = compressed
    assert ask(connect(node.url), node.url, "eth_blockNumber", []) == "0x2a"
