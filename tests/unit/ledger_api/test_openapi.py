"""The API's description holds: it is complete, its examples are accepted, and answers are as it says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from ledger_web.problems import PROBLEM_MEDIA_TYPE
from tests.gateway_support import GatewayUnderTest, run_gateway

Operation = tuple[str, str, dict[str, Any]]
WITHOUT_ACCOUNT = frozenset({"/v1/sessions", "/v1/holder/view"})
"""Signing in, and what a hand-over code alone opens."""
CHANGING_NOTHING = frozenset({"/v1/sessions", "/v1/holder/view", "/v1/packs/check"})
"""Repeated, these give a new answer. What peers ask is the same however often it is asked (ADR 0014)."""
WORKERS = (("/v1/code-mappings", "ada"), ("/v1/reviews", "pia"), ("/v1/dispensings", "pia"), ("/v1/r", "pia"))
"""Who sends the examples of an address, by its beginning; else the doctor anna."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("openapi") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def document(gateway: GatewayUnderTest) -> dict[str, Any]:
    description: dict[str, Any] = gateway.anonymous().get("/openapi.json").json()
    return description


def _operations(document: dict[str, Any]) -> list[Operation]:
    return [
        (method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    resolved: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return resolved


def _validate(document: dict[str, Any], value: object, schema: dict[str, Any]) -> None:
    jsonschema.validate(
        value, schema | {"components": document["components"]}, jsonschema.Draft202012Validator
    )


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The example of a schema: its own, or one put together from its required members' examples."""
    schema = _resolve(document, schema)
    for known in ("examples", "enum"):
        if known in schema:
            return schema[known][0]
    for known in ("const", "default"):
        if known in schema:
            return schema[known]
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    if schema.get("type") == "object" and "properties" in schema:
        return {name: _example(document, schema["properties"][name]) for name in schema.get("required", ())}
    raise AssertionError(f"no example in {json.dumps(schema)[:200]}")


def _body_example(document: dict[str, Any], operation: dict[str, Any]) -> tuple[str, Any]:
    """The content type and example of an operation's request body."""
    content = operation["requestBody"]["content"]
    media_type = next((name for name in content if "json" in name), next(iter(content)))
    described = content[media_type]
    if "example" in described:
        return media_type, described["example"]
    if "examples" in described:
        return media_type, next(iter(described["examples"].values()))["value"]
    return media_type, _example(document, described["schema"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references
    assert references <= set(document["components"]["schemas"])


def test_every_operation_is_described_and_grouped(document: dict[str, Any]) -> None:
    groups = {tag["name"] for tag in document["tags"]}
    for method, path, operation in _operations(document):
        english, _, chinese = operation.get("summary", "").partition(" · ")
        assert english.isascii() and english, (method, path)
        assert re.search("[\u4e00-\u9fff]", chinese), (method, path)
        assert operation.get("description"), (method, path)
        assert set(operation["tags"]) <= groups, (method, path)
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(names) == len(set(names))


def test_every_refusal_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith("2") or path == "/readyz":
                continue
            assert list(answer["content"]) == [PROBLEM_MEDIA_TYPE], (method, path, status)


def test_every_operation_names_the_refusals_that_it_can_give(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        expected = set()
        if "security" in operation:
            expected.add("401")
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if "{" in path:
            expected |= {"404", "422"}
        assert expected <= set(operation["responses"]), (method, path)


def test_every_post_that_changes_state_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        required = {each["name"] for each in operation.get("parameters", []) if each["required"]}
        if method == "POST" and path not in CHANGING_NOTHING and not path.startswith("/v1/peer/"):
            assert "idempotency-key" in required, path
            assert {"400", "409", "422"} <= set(operation["responses"]), path


def test_everything_under_v1_but_signing_in_asks_who_it_is(
    gateway: GatewayUnderTest, document: dict[str, Any]
) -> None:
    checked = 0
    for method, path, operation in _operations(document):
        if not path.startswith("/v1/") or (method == "POST" and path in WITHOUT_ACCOUNT):
            continue
        assert operation.get("security"), (method, path)
        address = re.sub(r"\{[^}]+\}", "1", path)
        headers, content = {"Idempotency-Key": "openapi"}, None
        if "requestBody" in operation:
            media_type, example = _body_example(document, operation)
            headers["Content-Type"] = media_type
            content = json.dumps(example) if not isinstance(example, str) else example
        answer = gateway.anonymous().request(method, address, headers=headers, content=content)
        assert answer.status_code == 401, (method, path, answer.text)
        checked += 1
    assert checked >= 5


def test_the_example_of_every_request_is_valid_and_understood(
    gateway: GatewayUnderTest, document: dict[str, Any]
) -> None:
    """Sent as documented, an example gets past validation: 2xx, or a refusal for what isn't there."""
    checked = 0
    for method, path, operation in _operations(document):
        if "requestBody" not in operation:
            continue
        media_type, example = _body_example(document, operation)
        if isinstance(example, dict | list):
            schema = operation["requestBody"]["content"][media_type].get("schema", {})
            _validate(document, example, schema)
        content = json.dumps(example) if not isinstance(example, str) else example
        name = next((who for start, who in WORKERS if path.startswith(start)), "anna")
        headers = {"Content-Type": media_type, "Idempotency-Key": f"example of {path}".replace(" ", "-")}
        answer = gateway.client(name).request(
            method, re.sub(r"\{[^}]+\}", "1", path), headers=headers, content=content.encode()
        )
        if answer.status_code == 403 and path not in WITHOUT_ACCOUNT:
            assert answer.json()["code"] == "role-missing", (method, path, answer.text)
            continue  # for roles that no hospital of the plan has
        assert answer.status_code in {200, 201, 401, 403, 404, 409, 422, 503}, (method, path, answer.text)
        assert answer.json().get("code") not in {"malformed-json", "invalid-request"}, answer.text
        checked += 1
    assert checked >= 4


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("", "/healthz"),
        ("", "/readyz"),
        ("anna", "/v1/sessions/current"),
        ("his-1", "/v1/institution"),
        ("ada", "/v1/audit"),
        ("anna", "/v1/drafts"),
        ("anna", "/v1/prescriptions"),
        ("ada", "/v1/code-mappings"),
    ],
)
def test_answers_are_as_documented(
    gateway: GatewayUnderTest, document: dict[str, Any], name: str, path: str
) -> None:
    client = gateway.client(name) if name else gateway.anonymous()
    answer = client.get(path)
    documented = document["paths"][path]["get"]["responses"][str(answer.status_code)]["content"]
    schema = documented[answer.headers["content-type"].split(";")[0]]["schema"]
    _validate(document, answer.json(), schema)


def test_refusals_are_as_documented(gateway: GatewayUnderTest, document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for answer in (
        gateway.anonymous().get("/v1/audit"),
        gateway.client("anna").get("/v1/audit"),
        gateway.anonymous().post("/v1/sessions", json={"x": 1}),
        gateway.anonymous().get("/nowhere"),
    ):
        assert answer.status_code >= 400
        _validate(document, answer.json(), schema)


def test_the_examples_of_answers_are_valid(document: dict[str, Any]) -> None:
    for name in (
        "SessionAnswer",
        "PrincipalAnswer",
        "InstitutionAnswer",
        "AuditPage",
        "Problem",
        "ReadinessAnswer",
    ):
        schema = document["components"]["schemas"][name]
        _validate(document, _example(document, schema), schema)
