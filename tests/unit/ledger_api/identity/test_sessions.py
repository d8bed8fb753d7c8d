from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from ledger_api.identity.models import MachineClient, Person, PersonSession
from ledger_api.identity.service import MAX_OPEN_SESSIONS
from ledger_web.throttle import FIRST_WAIT_SECONDS, FREE_FAILURES
from tests.gateway_support import FIRST, PASSWORD, SECOND, GatewayUnderTest


def _sign_in(
    gateway: GatewayUnderTest, username: str, password: str = PASSWORD, institution: int = FIRST
) -> httpx.Response:
    body = {"institution": institution, "username": username, "password": password}
    return gateway.anonymous().post("/v1/sessions", json=body)


def _whoami(gateway: GatewayUnderTest, token: str) -> httpx.Response:
    return gateway.anonymous().get("/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})


def _person(session: Session, username: str) -> Person:
    return session.exec(select(Person).where(Person.username == username)).one()


def test_a_person_signs_in_and_out(gateway: GatewayUnderTest) -> None:
    client = gateway.client("anna")
    me = client.get("/v1/sessions/current")
    assert me.status_code == 200
    assert me.json()["roles"] == ["doctor"]
    assert me.json()["institution"] == FIRST
    assert client.delete("/v1/sessions/current").status_code == 204
    assert client.get("/v1/sessions/current").json()["code"] == "token-invalid"


def test_signing_in_shows_the_person_their_registered_address(gateway: GatewayUnderTest) -> None:
    person = _sign_in(gateway, "anna").json()["person"]
    assert person["signing_address"].startswith("0x")
    assert person["practitioner_code"] == "D-anna"


@pytest.mark.parametrize(
    ("username", "password", "institution"),
    [
        ("anna", "wrong password", FIRST),
        ("nobody", PASSWORD, FIRST),
        ("anna", PASSWORD, SECOND),
        ("ANNA", PASSWORD, FIRST),
        ("anna", PASSWORD, 999),
    ],
)
def test_wrong_credentials_get_one_answer_whatever_is_wrong(
    gateway: GatewayUnderTest, username: str, password: str, institution: int
) -> None:
    answer = _sign_in(gateway, username, password, institution)
    problem = answer.json()
    assert answer.status_code == 401
    assert problem.pop("instance")
    expected = _sign_in(gateway, "somebody", "else entirely").json()
    expected.pop("instance")
    assert problem == expected
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_disabled_person_can_neither_sign_in_nor_go_on(gateway: GatewayUnderTest) -> None:
    token = _sign_in(gateway, "anna").json()["token"]
    with gateway.parts.database.writing() as session:
        person = _person(session, "anna")
        person.active = False
        session.add(person)
    assert _whoami(gateway, token).json()["code"] == "token-invalid"
    assert _sign_in(gateway, "anna").json()["code"] == "credentials-wrong"


def test_a_session_expires(gateway: GatewayUnderTest) -> None:
    opened = _sign_in(gateway, "anna").json()
    gateway.clock.advance(gateway.parts.settings.session_hours * 3600 - 60)
    assert _whoami(gateway, opened["token"]).status_code == 200
    gateway.clock.advance(120)
    assert _whoami(gateway, opened["token"]).json()["code"] == "token-invalid"


def test_only_so_many_sessions_stay_open_and_the_oldest_ends(gateway: GatewayUnderTest) -> None:
    tokens = []
    for _ in range(MAX_OPEN_SESSIONS + 1):
        tokens.append(_sign_in(gateway, "anna").json()["token"])
        gateway.clock.advance(1)
    assert _whoami(gateway, tokens[0]).status_code == 401
    assert _whoami(gateway, tokens[1]).status_code == 200
    assert _whoami(gateway, tokens[-1]).status_code == 200


def test_a_machine_client_is_known_by_its_token(gateway: GatewayUnderTest) -> None:
    me = gateway.client("his-1").get("/v1/sessions/current").json()
    assert (me["kind"], me["institution"], me["roles"]) == ("machine", FIRST, ["integration"])


def test_a_machine_token_with_another_secret_or_disabled_is_refused(gateway: GatewayUnderTest) -> None:
    token = gateway.token("his-1")
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert _whoami(gateway, wrong).json()["code"] == "token-invalid"
    with gateway.parts.database.writing() as session:
        for client in session.exec(select(MachineClient)).all():
            client.active = False
            session.add(client)
    assert _whoami(gateway, token).json()["code"] == "token-invalid"


def test_a_machine_client_has_no_session_to_end(gateway: GatewayUnderTest) -> None:
    assert gateway.client("his-1").delete("/v1/sessions/current").status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer x",
        "Bearer " + "0" * 64,
        "Bearer rxm_a_b",
        "Bearer " + "9" * 9000,
    ],
)
def test_a_token_that_is_none_is_401(gateway: GatewayUnderTest, header: str) -> None:
    answer = gateway.anonymous().get("/v1/sessions/current", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["code"] in {"not-signed-in", "token-invalid"}


def test_after_several_failures_the_account_waits_even_with_the_right_password(
    gateway: GatewayUnderTest,
) -> None:
    for _ in range(FREE_FAILURES + 1):
        assert _sign_in(gateway, "anna", "wrong password").status_code == 401
    refused = _sign_in(gateway, "anna")
    assert refused.status_code == 429
    assert refused.json()["code"] == "sign-in-throttled"
    assert 0 < int(refused.headers["retry-after"]) <= FIRST_WAIT_SECONDS
    assert _sign_in(gateway, "ben").status_code == 201
    gateway.clock.advance(FIRST_WAIT_SECONDS + 1)
    assert _sign_in(gateway, "anna").status_code == 201


def test_guesses_sent_all_at_once_are_throttled_like_those_sent_in_turn(gateway: GatewayUnderTest) -> None:
    gateway.anonymous()
    with ThreadPoolExecutor(30) as threads:
        answers = list(threads.map(lambda guess: _sign_in(gateway, "anna", f"wrong {guess}"), range(30)))
    assert sum(answer.status_code == 401 for answer in answers) <= FREE_FAILURES + 1
    assert {answer.status_code for answer in answers} == {401, 429}


def test_neither_tokens_nor_passwords_are_stored(gateway: GatewayUnderTest) -> None:
    token = _sign_in(gateway, "anna").json()["token"]
    machine_secret = gateway.token("his-1").rsplit("_", 1)[1]
    with gateway.parts.database.reading() as session:
        assert len(session.exec(select(PersonSession)).all()) == 1
        session.execute(text("SELECT 1"))
    files = Path(str(gateway.parts.database.engine.url.database)).parent.glob("gateway.db*")
    stored = b"".join(path.read_bytes() for path in files)
    assert b"$argon2id$" in stored
    for secret in (token, machine_secret, PASSWORD):
        assert secret.encode() not in stored


def test_a_refused_sign_in_of_somebody_who_exists_is_in_the_audit_trail(gateway: GatewayUnderTest) -> None:
    _sign_in(gateway, "anna", "wrong password")
    _sign_in(gateway, "nobody at all", "wrong password")
    entries = gateway.client("ada").get("/v1/audit").json()["items"]
    assert [entry["action"] for entry in entries].count("session.refused") == 1
