"""The gateway's answers are untrusted: refusals are told apart from a gateway that is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_chain.engines.probe import find_free_port
from ledger_cli.errors import CommandError, GatewayRefused, GatewayUnreachable
from ledger_cli.gateway_client import GatewayClient, member

PROBLEM = {
    "type": "urn:rxledger:problem:signer-not-author",
    "title": "Somebody else signed",
    "title_zh": "签署者不是作者",
    "status": 403,
    "detail": "The signature is another person's.",
    "detail_zh": "签名属于他人。",
    "errors": [{"pointer": "/signatures/0", "message": "isn't hers", "message_zh": "不是她的"}],
}


class Gateway:
    """A real HTTP server that answers as it is told; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.url = ""

    def will_answer(self, status: int, content: bytes | object, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers.append((status, body, headers))


@contextmanager
def serving() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            gateway.asked.append((self.command, self.path, dict(self.headers.items())))
            status, content, headers = gateway.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with serving() as running:
        yield running


def test_a_problem_document_is_a_refusal_in_both_languages_with_its_places(gateway: Gateway) -> None:
    gateway.will_answer(403, PROBLEM)
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayRefused) as refused:
        client.post("/v1/prescriptions", {}, idempotency_key="k")
    error = refused.value
    assert (error.status, error.slug, error.exit_code) == (403, "signer-not-author", 1)
    assert "another person's" in error.text.en and "/signatures/0" in error.text.en
    assert "签名属于他人" in error.text.zh


def test_not_now_is_asked_again_with_the_same_key_and_then_answered(gateway: Gateway) -> None:
    gateway.will_answer(503, {"type": "about:blank", "title": "busy"}, Retry_After="0")
    gateway.will_answer(409, {"type": "about:blank", "title": "in flight"}, Retry_After="0")
    gateway.will_answer(201, {"id": "1"}, Idempotency_Replayed="true")
    with GatewayClient(gateway.url, "token") as client:
        reply = client.post("/v1/drafts", {"a": 1}, idempotency_key="one-key")
    assert reply.replayed and reply.document == {"id": "1"}
    assert {headers["Idempotency-Key"] for _, _, headers in gateway.asked} == {"one-key"}
    assert gateway.asked[0][2]["Authorization"] == "Bearer token"


def test_a_conflict_that_is_final_is_not_asked_again(gateway: Gateway) -> None:
    gateway.will_answer(409, PROBLEM | {"type": "urn:rxledger:problem:preparation-used"})
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayRefused, match="preparation-used"):
        client.post("/v1/prescriptions", {}, idempotency_key="k")
    assert len(gateway.asked) == 1


def test_a_fault_of_the_gateways_own_is_could_not_check(gateway: Gateway) -> None:
    gateway.will_answer(500, PROBLEM | {"type": "urn:rxledger:problem:internal-fault", "status": 500})
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayUnreachable) as away:
        client.get("/v1/institution")
    assert away.value.exit_code == 2


def test_nobody_there_is_could_not_check_and_says_what_to_do() -> None:
    nobody = f"http://127.0.0.1:{find_free_port()}"
    with GatewayClient(nobody) as client, pytest.raises(GatewayUnreachable, match="rxledger run"):
        client.get("/healthz")


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>"),
        (200, b'{"a": 1, "a": 2}'),
        (200, b'{"a": NaN}'),
        (302, b""),
        (404, b"nginx"),
        (200, b"[" * 5000),
    ],
)
def test_an_answer_that_is_no_gateways_is_nonsense_and_not_a_refusal(
    gateway: Gateway, status: int, content: bytes
) -> None:
    gateway.will_answer(status, content)
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayUnreachable) as nonsense:
        client.get("/v1/institution")
    assert nonsense.value.code == "gateway.nonsense"


def test_pages_are_followed_to_the_last_and_a_cursor_that_stands_still_ends_it(gateway: Gateway) -> None:
    gateway.will_answer(200, {"items": [1, 2], "next_cursor": "2"})
    gateway.will_answer(200, {"items": [3], "next_cursor": "2"})
    with GatewayClient(gateway.url) as client:
        assert list(client.pages("/v1/drafts")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("document", "kind"), [({}, str), ({"id": 1}, str), ({"id": True}, int), ([], str), (None, dict)]
)
def test_a_member_of_the_wrong_type_is_nonsense(document: object, kind: type[object]) -> None:
    with pytest.raises(GatewayUnreachable):
        member(document, "id", kind)


@pytest.fixture(scope="module")
def shared() -> Iterator[Gateway]:
    with serving() as running:
        yield running


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=st.sampled_from([200, 201, 400, 404, 422]), content=st.binary(max_size=60))
def test_arbitrary_answers_end_in_an_answer_or_an_error_of_ours(
    shared: Gateway, status: int, content: bytes
) -> None:
    shared.will_answer(status, content)

    def ask(read: Callable[[], object]) -> None:
        try:
            read()
        except CommandError:
            return

    with GatewayClient(shared.url) as client:
        ask(lambda: member(client.get("/v1/x").document, "id", str))


def test_a_refusal_says_what_and_where_in_each_language(gateway: Gateway) -> None:
    gateway.will_answer(403, PROBLEM)
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayRefused) as refused:
        client.get("/v1/drafts")
    code = "[403 signer-not-author]"
    assert refused.value.text.en == (
        f"Somebody else signed: The signature is another person's. (/signatures/0: isn't hers) {code}"
    )
    assert refused.value.text.zh == f"签署者不是作者：签名属于他人。 (/signatures/0: 不是她的) {code}"


def test_a_refusal_says_how_many_faults_it_leaves_out(gateway: Gateway) -> None:
    gateway.will_answer(422, PROBLEM | {"errors": [{"pointer": "", "message": "is wrong"}] * 7})
    with GatewayClient(gateway.url) as client, pytest.raises(GatewayRefused) as refused:
        client.get("/v1/drafts")
    assert "(is wrong; is wrong; is wrong; is wrong; is wrong; … +2)" in refused.value.text.en
