"""No request, however odd, makes the gateway fail: every operation, with made-up paths, queries, bodies."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_web.problems import PROBLEM_MEDIA_TYPE
from tests.gateway_support import GatewayUnderTest, run_gateway

Operation = tuple[str, str, dict[str, Any]]
FUZZ = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("hostile") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def operations(gateway: GatewayUnderTest) -> list[Operation]:
    document = gateway.anonymous().get("/openapi.json").json()
    return [
        (method.upper(), path, operation)
        for path, described in document["paths"].items()
        for method, operation in described.items()
        if (method, path) != ("delete", "/v1/sessions/current")
    ]


_TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "0",
        "-1",
        "1" * 30,
        "4294967297",
        "../../x",
        "%00",
        "'; --",
        "nan",
        "00000000-0000-4000-8000-000000000000",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=15,
)
_WHO = st.sampled_from(["anna", "ada", "pia", "his-1"])


def _fill(path: str, pieces: list[str]) -> str:
    parts = path.split("/")
    made_up = [quote(pieces[index % len(pieces)], safe="") for index in range(len(parts))]
    return "/".join(made if "{" in part else part for part, made in zip(parts, made_up, strict=True))


def _verify_refused_well_or_done(answer: Any) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
        assert "Traceback" not in answer.text


@FUZZ
@given(
    chosen=st.data(),
    who=_WHO,
    pieces=st.lists(_TEXT, min_size=1, max_size=4),
    query=st.dictionaries(_TEXT, _TEXT, max_size=3),
)
def test_odd_paths_and_queries(
    gateway: GatewayUnderTest,
    operations: list[Operation],
    chosen: st.DataObject,
    who: str,
    pieces: list[str],
    query: dict[str, str],
) -> None:
    method, path, operation = chosen.draw(st.sampled_from(operations))
    parameters = operation.get("parameters", [])
    known = {each["name"]: chosen.draw(_TEXT) for each in parameters if each["in"] == "query"}
    answer = gateway.client(who).request(method, _fill(path, pieces), params=query | known)
    if path != "/readyz":
        _verify_refused_well_or_done(answer)


@FUZZ
@given(chosen=st.data(), who=_WHO, body=_JSON)
def test_odd_bodies(
    gateway: GatewayUnderTest, operations: list[Operation], chosen: st.DataObject, who: str, body: object
) -> None:
    taking = [each for each in operations if "requestBody" in each[2] and each[1] != "/v1/sessions"]
    method, path, operation = chosen.draw(st.sampled_from(taking))
    media_type = chosen.draw(st.sampled_from(sorted(operation["requestBody"]["content"])))
    known = operation["requestBody"]["content"][media_type].get("schema", {})
    if isinstance(body, dict) and "$ref" in known:
        body = body | {"draft_id": chosen.draw(_JSON), "signatures": chosen.draw(_JSON)}
    answer = gateway.client(who).request(
        method,
        path,
        content=json.dumps(body).encode(),
        headers={"Content-Type": media_type, "Idempotency-Key": uuid.uuid4().hex},
    )
    _verify_refused_well_or_done(answer)
