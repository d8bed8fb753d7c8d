"""What stands on a port is told apart: a node, something else, nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_chain.engines import probe
from ledger_chain.errors import BadAnswer, ChainUnreachable


class Parrot(BaseHTTPRequestHandler):
    """Answers every call with the same bytes."""

    answer = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def served() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Parrot)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as port:
        yield port


def test_a_chain_id_is_read(port: int) -> None:
    Parrot.answer = b'{"jsonrpc":"2.0","id":1,"result":"0x4f25"}'
    assert probe.read_chain_id(port) == 20261


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"null",
        b'{"result":null}',
        b'{"result":"x"}',
        b'{"error":{}}',
        b"\xff\xfe",
        b"[" * 99_999,
    ],
)
def test_an_answer_of_another_service_is_a_bad_answer(port: int, answer: bytes) -> None:
    Parrot.answer = answer
    with pytest.raises(BadAnswer):
        probe.read_chain_id(port)
    with pytest.raises(BadAnswer):
        probe.read_genesis_hash(port)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=st.binary(max_size=200))
def test_no_answer_whatever_raises_anything_else(port: int, answer: bytes) -> None:
    Parrot.answer = answer
    with pytest.raises(BadAnswer):
        probe.read_genesis_hash(port)


def test_nothing_on_the_port_is_unreachable() -> None:
    with pytest.raises(ChainUnreachable):
        probe.read_chain_id(probe.find_free_port())


def test_a_listener_makes_a_port_busy_until_it_leaves() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert probe.is_port_busy(port)
    assert not probe.is_port_busy(port)
