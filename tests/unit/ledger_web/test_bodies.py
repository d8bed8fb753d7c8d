import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway_support import GatewayUnderTest, run_gateway

SIGN_IN = {"institution": 1, "username": "anna", "password": "not the password"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("bodies") / "home") as running:
        yield running


def _post(gateway: GatewayUnderTest, body: bytes, content_type: str = "application/json") -> httpx.Response:
    return gateway.anonymous().post("/v1/sessions", content=body, headers={"Content-Type": content_type})


def _problem(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:rxledger:problem:{problem['code']}"
    assert problem["title"]
    assert problem["title_zh"]
    assert problem["detail"]
    assert problem["detail_zh"]
    return problem


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"{", "json.syntax"),
        (b'{"institution": 1.0}', "json.float"),
        (b'{"institution": NaN}', "json.float"),
        (b'{"institution": 1e3}', "json.float"),
        (b'{"institution": 9007199254740993}', "json.unsafe_integer"),
        (b'{"institution": 1, "institution": 2}', "json.duplicate_name"),
        (b'{"username": "\\ud800"}', "json.lone_surrogate"),
        (b"\xff\xfe", "json.not_utf8"),
        (b'\xef\xbb\xbf{"institution": 1}', "json.byte_order_mark"),
        (b"[" * 5_000, "json.too_deep"),
        (b"{} {}", "json.syntax"),
    ],
)
def test_what_is_not_strict_json_is_400(shared: GatewayUnderTest, body: bytes, found: str) -> None:
    answer = _post(shared, body)
    assert answer.status_code == 400, answer.text
    problem = _problem(answer)
    assert problem["code"] == "malformed-json"
    assert problem["errors"][0]["code"] == found  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"surprise": 1}, "/surprise", "extra_forbidden"),
        ({"institution": "1"}, "/institution", "int_type"),
        ({"institution": True}, "/institution", "int_type"),
        ({"institution": 0}, "/institution", "greater_than_equal"),
        ({"institution": -5}, "/institution", "greater_than_equal"),
        ({"institution": 2**33}, "/institution", "less_than_equal"),
        ({"username": None}, "/username", "string_type"),
        ({"username": ""}, "/username", "string_too_short"),
        ({"password": ["x"]}, "/password", "string_type"),
    ],
)
def test_an_invalid_member_is_422_and_named_by_its_pointer(
    shared: GatewayUnderTest, change: dict[str, object], pointer: str, code: str
) -> None:
    problem = _problem(_post(shared, json.dumps(SIGN_IN | change).encode()))
    assert problem["status"] == 422
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [(pointer, code)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"1", b"{}"])
def test_a_body_of_another_shape_is_422(shared: GatewayUnderTest, body: bytes) -> None:
    assert _problem(_post(shared, body))["status"] == 422


def test_no_value_and_no_odd_member_name_is_echoed(shared: GatewayUnderTest) -> None:
    body = {"institution": "张三的身份证", "username": 5, "password": "秘密之词", "李四 13800138000": "王五"}
    text = _post(shared, json.dumps(body, ensure_ascii=False).encode()).text
    for personal in ("张三", "秘密", "李四", "13800138000", "王五"):
        assert personal not in text


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/jsonx", "garbage", ""]
)
def test_another_content_type_is_415(shared: GatewayUnderTest, content_type: str) -> None:
    answer = _post(shared, json.dumps(SIGN_IN).encode(), content_type)
    assert answer.status_code == 415
    assert _problem(answer)["code"] == "unsupported-content-type"


def test_a_compressed_body_is_415(shared: GatewayUnderTest) -> None:
    answer = shared.anonymous().post(
        "/v1/sessions",
        content=b"\x1f\x8b",
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("authorization", ["", "Bearer " + "0" * 64, "Basic YTpi"])
def test_a_large_body_of_a_stranger_is_not_even_read(shared: GatewayUnderTest, authorization: str) -> None:
    address = urlsplit(shared.url)
    head = (
        "POST /v1/imports/fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")


def test_a_charset_beside_the_content_type_is_fine(shared: GatewayUnderTest) -> None:
    answer = _post(shared, json.dumps(SIGN_IN).encode(), "Application/JSON; charset=utf-8")
    assert answer.status_code == 401


def test_a_body_over_the_bound_is_413_by_its_stated_length(shared: GatewayUnderTest) -> None:
    answer = _post(shared, b" " * 300_000)
    assert answer.status_code == 413
    assert _problem(answer)["code"] == "body-too-large"


def test_a_body_over_the_bound_is_413_without_a_stated_length(shared: GatewayUnderTest) -> None:
    answer = shared.anonymous().post(
        "/v1/sessions",
        content=(b" " * 60_000 for _ in range(6)),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


def test_a_stated_length_without_a_body_is_413_before_anything_is_read(shared: GatewayUnderTest) -> None:
    address = urlsplit(shared.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/sessions/", "/%00", "/v1/../../etc/passwd", "/v1/%E5%BC%A0"]
)
def test_an_unknown_address_is_a_404_problem(shared: GatewayUnderTest, path: str) -> None:
    assert _problem(shared.anonymous().get(path))["code"] == "no-such-route"


def test_a_wrong_method_is_a_405_problem(shared: GatewayUnderTest) -> None:
    answer = shared.anonymous().put("/v1/sessions", json=SIGN_IN)
    assert answer.status_code == 405
    assert _problem(answer)["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "POST"
    assert shared.anonymous().patch("/v1/drafts").headers["allow"] == "GET, POST"


def test_every_answer_carries_a_request_id_and_security_headers(shared: GatewayUnderTest) -> None:
    for answer in (shared.anonymous().get("/healthz"), shared.anonymous().get("/nowhere")):
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
    offered = shared.anonymous().get("/healthz", headers={"X-Request-Id": "client-chosen-1"})
    assert offered.headers["x-request-id"] == "client-chosen-1"
    forged = shared.anonymous().get("/healthz", headers={"X-Request-Id": 'x"; drop'})
    assert len(forged.headers["x-request-id"]) == 32


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_bytes_make_it_fail(shared: GatewayUnderTest, body: bytes) -> None:
    assert _post(shared, body).status_code in {400, 422}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=st.dictionaries(st.sampled_from(["institution", "username", "password", "x"]), _JSON, max_size=4)
)
def test_no_json_makes_it_fail(shared: GatewayUnderTest, document: dict[str, object]) -> None:
    answer = _post(shared, json.dumps(document).encode())
    assert answer.status_code in {400, 401, 422, 429}, answer.text
    _problem(answer)
