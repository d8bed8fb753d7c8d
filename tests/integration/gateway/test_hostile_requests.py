"""Whatever is sent to prescriptions, logs and evidence: an answer of ours, never a fault of the gateway."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from tests.gateway_stack import Stack
from tests.gateway_support import FIRST

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1
FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.text(max_size=20),
    st.sampled_from(["0", "-1", "1e9", "0x" + "ab" * 65, "2026-11-22T01:00:00Z", "盒", "\u202e", ""]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def spoilt_drafts(draw: st.DrawFn) -> dict[str, Any]:
    """The example draft with one member, somewhere, replaced, removed or added."""
    draft: dict[str, Any] = json.loads(json.dumps(EXAMPLE_DRAFT))
    place: Any = draft
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            place = inner
            continue
        act = draw(st.sampled_from(["replace", "remove", "add"]))
        if act == "remove":
            del place[key]
        elif act == "add" and isinstance(place, dict):
            place[draw(st.text(max_size=8))] = draw(VALUES)
        else:
            place[key] = draw(VALUES)
        return draft


def _post(stack: Stack, path: str, body: Any) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    answer = stack.gateway.client("anna").post(path, content=content, headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] != "internal-fault"


@FUZZ
@given(draft=spoilt_drafts())
def test_spoilt_drafts(shared_stack: Stack, draft: dict[str, Any]) -> None:
    _post(shared_stack, "/v1/prescriptions/prepare", {"body": draft})


@FUZZ
@given(body=VALUES)
def test_any_json_to_prepare_and_submit(shared_stack: Stack, body: Any) -> None:
    _post(shared_stack, "/v1/prescriptions/prepare", body)
    _post(shared_stack, "/v1/prescriptions", body)
    _post(shared_stack, "/v1/prescriptions", {"preparation_id": str(uuid.uuid4()), "signatures": body})


@FUZZ
@given(signature=st.binary(min_size=65, max_size=65), v=st.sampled_from([0, 1, 27, 28, 29, 255]))
def test_any_65_bytes_as_a_signature(shared_stack: Stack, signature: bytes, v: int) -> None:
    anna = shared_stack.doctor("anna")
    spoilt = "0x" + (signature[:64] + bytes([v])).hex()
    answer = anna.submit({"preparation_id": anna.prepare()["preparation_id"], "signatures": [spoilt]})
    assert (answer.status_code, answer.json()["code"]) in {
        (403, "signer-not-author"),
        (422, "signature-unreadable"),
    }


@FUZZ
@given(path=st.text(max_size=70), fields=st.text(max_size=60), window=st.text(max_size=6))
def test_any_path_and_query(shared_stack: Stack, path: str, fields: str, window: str) -> None:
    client = shared_stack.gateway.client("anna")
    quoted = quote(path.encode("utf-8", "replace"), safe="/")
    for address in (
        f"/v1/logs/{LOG}/tile/{quoted}",
        f"/v1/logs/{quoted}/head",
        f"/v1/prescriptions/{quoted}",
        f"/v1/prescriptions/{quoted}/bundle",
    ):
        parameters = {
            "fields": fields.encode("utf-8", "replace"),
            "window": window.encode("utf-8", "replace"),
        }
        answer = client.get(address, params=parameters)
        assert answer.status_code < 500, (address, answer.text)
