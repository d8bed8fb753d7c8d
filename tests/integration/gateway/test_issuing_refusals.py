"""What the issuing of prescriptions refuses, how it says so, and that it then has accepted nothing."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_api.signing.service import PREPARATION_SECONDS
from ledger_proofs.kinds import SKEW_SECONDS
from ledger_proofs.signatures import CURVE_ORDER
from tests.gateway_stack import Doctor, Stack, body_with, sign_prepared
from tests.gateway_support import signing_key

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["title"] and problem["title_zh"] and problem["detail"] and problem["detail_zh"]
    assert "王小明" not in answer.text
    return answer.status_code, str(problem["code"])


def _count(doctor: Doctor) -> int:
    return len(doctor.http.get("/v1/prescriptions", params={"limit": 200}).json()["items"])


def test_another_doctors_signature_is_refused(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    before, prepared = _count(anna), anna.prepare()
    signatures = sign_prepared(prepared, shared_stack.chain.deployment, signing_key("ben"))
    answer = anna.submit({"preparation_id": prepared["preparation_id"], "signatures": signatures})
    assert _refusal(answer) == (403, "signer-not-author")
    assert _count(anna) == before


def test_a_signature_over_something_else_is_refused(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    one, other = anna.prepare(), anna.prepare()
    swapped = {**anna.sign(one), "preparation_id": other["preparation_id"]}
    assert _refusal(anna.submit(swapped)) == (403, "signer-not-author")


def test_nobody_can_submit_what_another_prepared(shared_stack: Stack) -> None:
    submission = shared_stack.doctor("anna").sign(shared_stack.doctor("anna").prepare())
    for name in ("ben", "dora"):
        assert _refusal(shared_stack.doctor(name).submit(submission)) == (404, "preparation-not-found")


def _high_s(signature: str) -> str:
    raw = bytes.fromhex(signature[2:])
    s = CURVE_ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([27 + 28 - raw[64]])).hex()


@pytest.mark.parametrize(
    ("spoil", "pointer"),
    [
        (lambda good: [_high_s(good)], "/signatures/0"),
        (lambda good: [good[:-2] + "00"], "/signatures/0"),
        (lambda good: ["0x" + "00" * 64 + "1b"], "/signatures/0"),
        (lambda good: [good, good], "/signatures"),
        (lambda good: [good[:-2]], "/signatures/0"),
        (lambda good: [good.upper()], "/signatures/0"),
        (lambda good: [], "/signatures"),
        (lambda good: [17], "/signatures/0"),
        (lambda good: [good] * 13, "/signatures"),
    ],
    ids=["high-s", "v-0", "zero", "too-many", "short", "upper-case", "none", "number", "far-too-many"],
)
def test_a_malformed_signature_is_refused_and_named(shared_stack: Stack, spoil: Any, pointer: str) -> None:
    anna = shared_stack.doctor("anna")
    submission = anna.sign(anna.prepare())
    answer = anna.submit({**submission, "signatures": spoil(submission["signatures"][0])})
    status, code = _refusal(answer)
    assert (status, code in ("signature-unreadable", "invalid-request")) == (422, True)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert anna.submit(submission).status_code == 201  # a refused try costs nothing


def test_other_signatures_for_what_was_submitted_are_a_conflict(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    submission = anna.sign(anna.prepare())
    assert anna.submit(submission).status_code == 201
    other = {**submission, "signatures": anna.sign(anna.prepare())["signatures"]}
    assert _refusal(anna.submit(other)) == (409, "preparation-used")


def test_a_reused_idempotency_key_with_another_body_is_refused(shared_stack: Stack) -> None:
    anna = shared_stack.doctor("anna")
    key = str(uuid.uuid4())
    assert anna.submit(anna.sign(anna.prepare()), key).status_code == 201
    refused = anna.submit(anna.sign(anna.prepare()), key)
    assert _refusal(refused) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("path", ["/v1/prescriptions/prepare", "/v1/prescriptions"])
def test_a_missing_idempotency_key_is_refused(shared_stack: Stack, path: str) -> None:
    anna = shared_stack.doctor("anna")
    prepared = anna.prepare()
    body = {"body": EXAMPLE_DRAFT} if path.endswith("prepare") else anna.sign(prepared)
    assert _refusal(anna.http.post(path, json=body)) == (400, "idempotency-key-missing")


def test_what_was_prepared_too_long_ago_is_stale(stack: Stack) -> None:
    anna = stack.doctor("anna")
    submission = anna.sign(anna.prepare())
    stack.gateway.clock.advance(PREPARATION_SECONDS + 1)
    assert _refusal(anna.submit(submission)) == (422, "stale-signed-time")
    assert _count(anna) == 0


def test_a_signed_time_ahead_of_the_clock_is_refused(stack: Stack) -> None:
    anna = stack.doctor("anna")
    stack.gateway.clock.advance(SKEW_SECONDS + 60)
    submission = anna.sign(anna.prepare())
    stack.gateway.clock.advance(-SKEW_SECONDS - 60)
    assert _refusal(anna.submit(submission)) == (422, "stale-signed-time")


@pytest.mark.parametrize("name", ["pia", "ada", "his-1"])
def test_only_doctors_prepare_and_submit(shared_stack: Stack, name: str) -> None:
    client = shared_stack.gateway.client(name)
    prepared = client.post("/v1/prescriptions/prepare", json={"body": EXAMPLE_DRAFT}, headers=_key())
    assert _refusal(prepared) == (403, "role-missing")
    submission = {"preparation_id": str(uuid.uuid4()), "signatures": ["0x" + "ab" * 65]}
    submitted = client.post("/v1/prescriptions", json=submission, headers=_key())
    assert _refusal(submitted) == (403, "role-missing")


def test_strangers_are_told_to_sign_in(shared_stack: Stack) -> None:
    client = shared_stack.gateway.anonymous()
    for path in ("/v1/prescriptions", f"/v1/prescriptions/{uuid.uuid4()}", "/v1/logs/4294967297/head"):
        assert _refusal(client.get(path))[0] == 401
    posted = client.post("/v1/prescriptions/prepare", json={"body": EXAMPLE_DRAFT}, headers=_key())
    assert _refusal(posted)[0] == 401


@pytest.mark.parametrize("name", ["ben", "dora", "his-2"])
@pytest.mark.parametrize("tail", ["", "/record", "/bundle?window=0"])
def test_anothers_prescription_is_not_there(shared_stack: Stack, name: str, tail: str) -> None:
    issued = shared_stack.doctor("anna").issue()
    answer = shared_stack.gateway.client(name).get(f"/v1/prescriptions/{issued['id']}{tail}")
    assert _refusal(answer) == (404, "prescription-not-found")


def test_a_prescription_in_another_doctors_name_is_refused(shared_stack: Stack) -> None:
    prescriber = {"name": "Ben", "code": "D-ben", "department_code": "A03", "department_name": "内科"}
    answer = shared_stack.gateway.client("anna").post(
        "/v1/prescriptions/prepare", json={"body": body_with(prescriber=prescriber)}, headers=_key()
    )
    assert _refusal(answer) == (403, "prescriber-not-you")


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"body": EXAMPLE_DRAFT, "draft_id": str(uuid.uuid4())},
        {"body": EXAMPLE_DRAFT, "extra": 1},
        {"body": {**EXAMPLE_DRAFT, "surprise": True}},
        {"body": {**EXAMPLE_DRAFT, "lines": []}},
        {"body": 7},
        {"draft_id": "not-a-uuid"},
        [],
        {"body": {**EXAMPLE_DRAFT, "type": ["ordinary"]}},
    ],
)
def test_a_request_of_a_wrong_shape_is_unprocessable(shared_stack: Stack, request_body: Any) -> None:
    answer = shared_stack.gateway.client("anna").post(
        "/v1/prescriptions/prepare", json=request_body, headers=_key()
    )
    assert _refusal(answer)[0] == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.0", "1e3", "", 1])
def test_a_quantity_that_is_none_is_named(shared_stack: Stack, quantity: Any) -> None:
    line = {**EXAMPLE_DRAFT["lines"][0], "quantity": {"value": quantity, "unit": "盒"}}  # type: ignore[index, dict-item]
    answer = shared_stack.gateway.client("anna").post(
        "/v1/prescriptions/prepare", json={"body": body_with(lines=[line])}, headers=_key()
    )
    assert _refusal(answer)[0] == 422
    assert any("/lines/0/quantity/value" in fault["pointer"] for fault in answer.json()["errors"])


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"body": {"a": 1.5}}', 400),
        (b'{"body": {"a": 1}, "body": {}}', 400),
        (b'{"body": NaN}', 400),
        (b'{"body": {"a": "\\ud800"}}', 400),
        (b"[" * 200 + b"]" * 200, 400),
        (b'{"body": {', 400),
        (b"\xff\xfe", 400),
        (b'{"body": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_bytes_that_are_no_strict_json_are_refused(shared_stack: Stack, content: bytes, status: int) -> None:
    headers = _key() | {"Content-Type": "application/json"}
    for path in ("/v1/prescriptions/prepare", "/v1/prescriptions"):
        answer = shared_stack.gateway.client("anna").post(path, content=content, headers=headers)
        assert _refusal(answer)[0] == status


def test_another_content_type_is_refused(shared_stack: Stack) -> None:
    answer = shared_stack.gateway.client("anna").post(
        "/v1/prescriptions", content=b"preparation_id=1", headers=_key() | {"Content-Type": "text/plain"}
    )
    assert _refusal(answer)[0] == 415


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/v1/prescriptions/{uuid.uuid4()}", 404),
        ("/v1/prescriptions/..%2f..%2fetc", 404),
        ("/v1/prescriptions/%00", 422),
        ("/v1/prescriptions?limit=0", 422),
        ("/v1/prescriptions?limit=100000", 422),
        ("/v1/prescriptions?cursor=x", 422),
        ("/v1/prescriptions?cursor=999999999999999999", 200),
        ("/v1/prescriptions?status=lost", 422),
    ],
)
def test_odd_paths_and_queries_get_an_answer_of_their_own(
    shared_stack: Stack, path: str, expected: int
) -> None:
    assert shared_stack.gateway.client("anna").get(path).status_code == expected


def test_a_gateway_without_a_network_says_so(gateway: Any) -> None:
    answer = gateway.client("anna").post(
        "/v1/prescriptions/prepare", json={"body": EXAMPLE_DRAFT}, headers=_key()
    )
    assert _refusal(answer) == (503, "network-missing")
