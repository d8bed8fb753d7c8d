import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ledger_api.audit.service import AuditTrail
from tests.gateway_support import FIRST, SECOND, GatewayUnderTest


def _note(gateway: GatewayUnderTest, institution: int, subject: str) -> None:
    with gateway.parts.database.writing() as session:
        AuditTrail(session, gateway.clock, "request-1").note(
            institution, "system:test", "thing.done", subject, {"count": 3}
        )


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"]
)
def test_the_database_itself_refuses_to_change_the_trail(gateway: GatewayUnderTest, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), gateway.parts.database.writing() as session:
        session.execute(text(statement))


def test_an_admin_sees_their_own_institution_only(gateway: GatewayUnderTest) -> None:
    _note(gateway, FIRST, "thing:first")
    _note(gateway, SECOND, "thing:second")
    subjects = [entry["subject"] for entry in gateway.client("zoe").get("/v1/audit").json()["items"]]
    assert "thing:second" in subjects
    assert "thing:first" not in subjects


def test_it_is_paged_newest_first_without_gaps_or_repeats(gateway: GatewayUnderTest) -> None:
    for number in range(7):
        _note(gateway, FIRST, f"thing:{number}")
    admin = gateway.client("ada")
    seen: list[int] = []
    cursor: str | None = None
    while True:
        query = {"limit": "3"} | ({} if cursor is None else {"cursor": cursor})
        page = admin.get("/v1/audit", params=query).json()
        assert len(page["items"]) <= 3
        seen += [entry["id"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen))
    assert len(seen) == len(admin.get("/v1/audit", params={"limit": 200}).json()["items"])


@pytest.mark.parametrize("name", ["anna", "pia", "his-1"])
def test_only_an_admin_reads_it(gateway: GatewayUnderTest, name: str) -> None:
    answer = gateway.client(name).get("/v1/audit")
    assert answer.status_code == 403
    assert answer.json()["code"] == "role-missing"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=-1", "cursor=" + "9" * 40, "cursor="]
)
def test_a_wrong_page_request_is_422(gateway: GatewayUnderTest, query: str) -> None:
    answer = gateway.client("ada").get(f"/v1/audit?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "query"
