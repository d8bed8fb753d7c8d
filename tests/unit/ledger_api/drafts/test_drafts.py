import json
from typing import Any

import pytest
from sqlalchemy import text

from ledger_api.audit.service import AuditTrail
from ledger_api.drafts.endpoints import build_draft_service
from ledger_api.drafts.service import DraftSigned
from ledger_api.identity.principal import Principal, Role
from tests.gateway_support import FIRST, GatewayUnderTest
from tests.support.drafts import draft_value, line_value, new_key

SOMEBODY = "00000000-0000-4000-8000-000000000000"


def _create(gateway: GatewayUnderTest, name: str, draft: Any) -> dict[str, Any]:
    answer = gateway.client(name).post("/v1/drafts", json=draft, headers=new_key())
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def _for_doctor(code: str) -> dict[str, Any]:
    return draft_value(prescriber={"name": "医生（示例）", "code": code})


def test_a_draft_is_kept_and_read_back(gateway: GatewayUnderTest) -> None:
    created = _create(gateway, "his-1", draft_value())
    assert created["status"] == "draft"
    assert created["prescriber_code"] is None
    read = gateway.client("anna").get(f"/v1/drafts/{created['id']}").json()
    assert read["body"] == draft_value(holders=[])
    assert {**read, "body": None} == {**created, "body": None}


def test_a_stored_draft_is_unreadable_without_the_keystore(gateway: GatewayUnderTest) -> None:
    _create(gateway, "his-1", draft_value())
    with gateway.parts.database.reading() as session:
        row = session.execute(text("SELECT * FROM draft")).one()
    stored = repr(tuple(row))
    assert "王小明" not in stored
    assert "110101199003070017" not in stored
    assert "EX-0009" not in stored


def test_a_stored_draft_that_was_altered_is_not_shown(gateway: GatewayUnderTest) -> None:
    first, second = (_create(gateway, "his-1", draft_value()) for _ in range(2))
    with gateway.parts.database.writing() as session:
        session.execute(
            text(
                "UPDATE draft SET (content, wrapped_key) ="
                " (SELECT content, wrapped_key FROM draft WHERE id = :a) WHERE id = :b"
            ),
            {"a": first["id"], "b": second["id"]},
        )
    answer = gateway.client("his-1").get(f"/v1/drafts/{second['id']}")
    assert answer.status_code == 500
    assert "王小明" not in answer.text
    assert gateway.client("his-1").get(f"/v1/drafts/{first['id']}").status_code == 200


def test_who_sees_which_draft(gateway: GatewayUnderTest) -> None:
    any_doctors = _create(gateway, "his-1", draft_value())["id"]
    annas = _create(gateway, "his-1", _for_doctor("D-anna"))["id"]
    bens = _create(gateway, "ben", _for_doctor("D-ben"))["id"]
    seen = {
        name: {item["id"] for item in gateway.client(name).get("/v1/drafts").json()["items"]}
        for name in ("anna", "ben", "his-1", "dora", "his-2")
    }
    assert seen == {
        "anna": {any_doctors, annas},
        "ben": {any_doctors, bens},
        "his-1": {any_doctors, annas},
        "dora": set(),
        "his-2": set(),
    }
    for name, visible in seen.items():
        for draft_id in (any_doctors, annas, bens):
            expected = 200 if draft_id in visible else 404
            answer = gateway.client(name).get(f"/v1/drafts/{draft_id}")
            assert answer.status_code == expected, (name, draft_id)
            if expected == 404:
                assert answer.json()["code"] == "draft-not-found"
                assert gateway.client(name).delete(f"/v1/drafts/{draft_id}").status_code == 404


def test_a_doctor_drafts_for_herself_only(gateway: GatewayUnderTest) -> None:
    answer = gateway.client("anna").post("/v1/drafts", json=_for_doctor("D-ben"), headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (422, "draft-for-another")
    assert answer.json()["errors"][0]["pointer"] == "/prescriber/code"


def test_the_list_is_paged_and_filtered(gateway: GatewayUnderTest) -> None:
    ids = [_create(gateway, "his-1", draft_value())["id"] for _ in range(5)]
    client = gateway.client("anna")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2", **({} if cursor is None else {"cursor": cursor})}
        page = client.get("/v1/drafts", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids
    assert client.get("/v1/drafts", params={"status": "signed"}).json()["items"] == []
    assert client.get("/v1/drafts", params={"status": "lost"}).status_code == 422
    assert client.get("/v1/drafts", params={"cursor": "x"}).status_code == 422


def test_a_deleted_draft_is_gone_with_its_key(gateway: GatewayUnderTest) -> None:
    draft_id = _create(gateway, "his-1", draft_value())["id"]
    assert gateway.client("his-1").delete(f"/v1/drafts/{draft_id}").status_code == 204
    assert gateway.client("his-1").get(f"/v1/drafts/{draft_id}").status_code == 404
    with gateway.parts.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM draft")).scalar() == 0
    actions = [item["action"] for item in gateway.client("ada").get("/v1/audit").json()["items"]]
    assert [action for action in actions if action.startswith("draft.")] == ["draft.deleted", "draft.created"]


def test_who_read_a_draft_is_on_the_audit_trail(gateway: GatewayUnderTest) -> None:
    draft_id = _create(gateway, "his-1", draft_value())["id"]
    gateway.client("anna").get(f"/v1/drafts/{draft_id}")
    gateway.client("dora").get(f"/v1/drafts/{draft_id}")
    trail = gateway.client("ada").get("/v1/audit").json()["items"]
    readings = [item for item in trail if item["action"] == "draft.read"]
    assert [(item["subject"], item["actor"].split(":")[0]) for item in readings] == [
        (f"draft:{draft_id}", "person")
    ]


def test_a_signed_draft_keeps_nothing_of_the_patient_and_stays_signed(gateway: GatewayUnderTest) -> None:
    draft_id = _create(gateway, "his-1", draft_value())["id"]
    anna = Principal("person", "anna", FIRST, frozenset({Role.DOCTOR}), practitioner_code="D-anna")
    with gateway.parts.database.writing() as session:
        audit = AuditTrail(session, gateway.clock, "request-1")
        build_draft_service(gateway.parts, session, audit).mark_signed(anna, draft_id, SOMEBODY)
    read = gateway.client("anna").get(f"/v1/drafts/{draft_id}").json()
    assert (read["status"], read["body"], read["prescription_id"]) == ("signed", None, SOMEBODY)
    refused = gateway.client("his-1").delete(f"/v1/drafts/{draft_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-signed")
    with pytest.raises(DraftSigned), gateway.parts.database.writing() as session:
        audit = AuditTrail(session, gateway.clock, "request-2")
        build_draft_service(gateway.parts, session, audit).mark_signed(anna, draft_id, SOMEBODY)


def test_the_same_key_drafts_once(gateway: GatewayUnderTest) -> None:
    client, key = gateway.client("his-1"), new_key()
    first = client.post("/v1/drafts", json=draft_value(), headers=key)
    again = client.post("/v1/drafts", json=draft_value(), headers=key)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/v1/drafts", json=draft_value(note="x"), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(client.get("/v1/drafts").json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"surprise": 1}, "/surprise", "extra_forbidden"),
        ({"patient": None}, "", "null_member"),
        ({"diagnoses": []}, "/diagnoses", "too_short"),
        ({"lines": []}, "/lines", "too_short"),
        ({"lines": [line_value(2)]}, "", "line_numbers"),
        (
            {"lines": [line_value(1, quantity={"value": "0", "unit": "盒"})]},
            "/lines/0/quantity/value",
            "not_positive",
        ),
        (
            {"lines": [line_value(1, quantity={"value": "-1", "unit": "盒"})]},
            "/lines/0/quantity/value",
            "decimal_malformed",
        ),
        (
            {"lines": [line_value(1, quantity={"value": 1, "unit": "盒"})]},
            "/lines/0/quantity/value",
            "decimal_not_text",
        ),
        ({"lines": [line_value(1, days=0)]}, "/lines/0/days", "greater_than_equal"),
        ({"lines": [line_value(1, days="7")]}, "/lines/0/days", "int_type"),
        ({"lines": [line_value(1, item_type="14")]}, "/lines/0/item_type", "literal_error"),
        ({"validity_days": 4}, "/validity_days", "less_than_equal"),
        ({"holders": ["0xABC"]}, "/holders/0", "address_malformed"),
    ],
)
def test_a_draft_that_does_not_fit_the_schema_is_refused_at_its_place(
    gateway: GatewayUnderTest, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = gateway.client("his-1").post("/v1/drafts", json=draft_value(**change), headers=new_key())
    assert answer.status_code == 422, answer.text
    faults = [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert (pointer, code) in faults
    assert all(fault["message_zh"] for fault in answer.json()["errors"])


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, None),
        (b"{", 400, "malformed-json"),
        (json.dumps({"lines": 1.5}).encode(), 400, "malformed-json"),
        (b'{"type": "ordinary", "type": "ordinary"}', 400, "malformed-json"),
        (b'{"note": "\\ud800"}', 400, "malformed-json"),
        (b"[" * 5_000, 400, "malformed-json"),
        (b'"x"', 422, "invalid-request"),
        (b'"' + b"x" * 300_000 + b'"', 413, "body-too-large"),
    ],
)
def test_what_is_no_json_object_is_refused(
    gateway: GatewayUnderTest, content: bytes, status: int, code: str | None
) -> None:
    headers = {"Content-Type": "application/json", **new_key()}
    answer = gateway.client("his-1").post("/v1/drafts", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code


@pytest.mark.parametrize("name", ["ada", "pia"])
def test_others_than_doctors_and_systems_have_no_business_with_drafts(
    gateway: GatewayUnderTest, name: str
) -> None:
    client = gateway.client(name)
    answers = (
        client.get("/v1/drafts"),
        client.get(f"/v1/drafts/{SOMEBODY}"),
        client.post("/v1/drafts", json=draft_value(), headers=new_key()),
        client.delete(f"/v1/drafts/{SOMEBODY}"),
    )
    assert [answer.status_code for answer in answers] == [403] * 4
    assert gateway.anonymous().get("/v1/drafts").status_code == 401


@pytest.mark.parametrize("draft_id", ["x", "1", SOMEBODY.replace("0", "A"), "..%2f..%2fetc"])
def test_an_id_of_another_form_is_refused(gateway: GatewayUnderTest, draft_id: str) -> None:
    assert gateway.client("his-1").get(f"/v1/drafts/{draft_id}").status_code in (404, 422)
