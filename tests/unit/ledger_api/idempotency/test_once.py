import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import text

from ledger_api.idempotency.once import Once
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.parts import AuditDep, WorkSession
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.errors import StateConflict
from tests.gateway_support import GatewayUnderTest, run_gateway

SECRET_WORDS = "words that are never stored"


class Note(ApiModel):
    text: Annotated[str, Field(max_length=100)]


class Noted(ApiModel):
    number: int
    text: str


class Desk:
    """A noun made for these tests: it keeps notes as audit entries, and can be made to wait or to fail."""

    def __init__(self) -> None:
        self.router = APIRouter(prefix="/desk", route_class=StrictRoute)
        self.router.post("/notes")(self.add_note)
        self.router.post("/private-notes")(self.add_private_note)
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.refuse = False
        self.acts = 0
        self.commits = 0

    def add_note(
        self, note: Note, who: PrincipalDep, once: Once, audit: AuditDep, session: WorkSession
    ) -> Response:
        def act() -> Noted:
            self.acts += 1
            self.entered.set()
            assert self.go_on.wait(20)
            audit.note(who.institution, who.scope, "note.added", f"note:{self.acts}")
            session.flush()
            if self.refuse:
                raise StateConflict("not now", "现在不行")
            return Noted(number=self.acts, text=note.text)

        return once.answer(201, act, after_commit=self._count_commit)

    def add_private_note(self, note: Note, who: PrincipalDep, once: Once, audit: AuditDep) -> Response:
        def act() -> Noted:
            self.acts += 1
            audit.note(who.institution, who.scope, "note.added", f"note:{self.acts}")
            return Noted(number=self.acts, text=note.text)

        return once.answer(
            201,
            act,
            resource_of=lambda noted: str(noted.number),
            recall=lambda resource: Noted(number=int(resource), text=f"{SECRET_WORDS}, recalled"),
        )

    def _count_commit(self) -> None:
        self.commits += 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def gateway(tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("once") / "home", routers=[desk.router]) as running:
        yield running


def _add(
    client: httpx.Client, key: str | None, text: str = "hello", path: str = "/desk/notes"
) -> httpx.Response:
    return client.post(path, json={"text": text}, headers={} if key is None else {"Idempotency-Key": key})


def _count_notes(gateway: GatewayUnderTest) -> int:
    with gateway.parts.database.reading() as session:
        return int(
            session.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'note.added'")).scalar_one()
        )


def test_the_same_request_again_gets_the_first_answer_and_changes_nothing(
    gateway: GatewayUnderTest, desk: Desk
) -> None:
    client = gateway.client("anna")
    first, second = _add(client, "key-1"), _add(client, "key-1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert (desk.acts, desk.commits, _count_notes(gateway)) == (1, 1, 1)


def test_the_same_key_with_another_body_is_refused(gateway: GatewayUnderTest) -> None:
    client = gateway.client("anna")
    _add(client, "key-1")
    answer = _add(client, "key-1", "another")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert _count_notes(gateway) == 1


@pytest.mark.parametrize("key", [None, "", "with space", "x" * 201])
def test_a_missing_or_malformed_key_is_400(gateway: GatewayUnderTest, key: str | None) -> None:
    answer = _add(gateway.client("anna"), key)
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency-key-missing"


def test_keys_of_different_people_and_routes_are_different_keys(gateway: GatewayUnderTest) -> None:
    _add(gateway.client("anna"), "key-1")
    assert "idempotency-replayed" not in _add(gateway.client("ben"), "key-1").headers
    assert (
        "idempotency-replayed"
        not in _add(gateway.client("anna"), "key-1", path="/desk/private-notes").headers
    )
    assert _count_notes(gateway) == 3


def test_a_refused_request_leaves_nothing_and_may_be_sent_again(
    gateway: GatewayUnderTest, desk: Desk
) -> None:
    desk.refuse = True
    assert _add(gateway.client("anna"), "key-1").status_code == 409
    assert _count_notes(gateway) == 0
    desk.refuse = False
    assert _add(gateway.client("anna"), "key-1").status_code == 201
    assert _count_notes(gateway) == 1


def test_a_repetition_while_the_first_is_under_way_is_told_to_come_back(
    gateway: GatewayUnderTest, desk: Desk
) -> None:
    client = gateway.client("anna")
    desk.go_on.clear()
    with ThreadPoolExecutor(1) as other:
        first = other.submit(_add, client, "key-1")
        assert desk.entered.wait(20)
        hasty = _add(client, "key-1")
        desk.go_on.set()
        assert first.result().status_code == 201
    assert hasty.status_code == 409
    assert hasty.json()["code"] == "idempotency-key-in-use"
    assert hasty.headers["retry-after"] == "1"
    assert _add(client, "key-1").headers["idempotency-replayed"] == "true"


def test_many_repetitions_at_once_do_it_once(gateway: GatewayUnderTest) -> None:
    client = gateway.client("anna")
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda _: _add(client, "key-1"), range(32)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert _count_notes(gateway) == 1


def test_two_processes_on_one_database_do_it_once(gateway: GatewayUnderTest, desk: Desk) -> None:
    """Two applications with nothing in common but the database: what counts is what is committed there."""
    with run_gateway(gateway.parts.settings.home, gateway.plan, routers=[desk.router]) as other:
        clients = [gateway.client("anna"), other.client("anna")]
        with ThreadPoolExecutor(8) as crowd:
            answers = list(crowd.map(lambda turn: _add(clients[turn % 2], "key-1"), range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert _count_notes(gateway) == 1


def test_an_answer_with_personal_content_is_recalled_and_not_stored(
    gateway: GatewayUnderTest, desk: Desk
) -> None:
    client = gateway.client("anna")
    _add(client, "key-1", SECRET_WORDS, "/desk/private-notes")
    again = _add(client, "key-1", SECRET_WORDS, "/desk/private-notes")
    assert again.json() == {"number": 1, "text": f"{SECRET_WORDS}, recalled"}
    assert again.headers["idempotency-replayed"] == "true"
    assert desk.acts == 1
    with gateway.parts.database.reading() as session:
        stored = session.execute(text("SELECT * FROM given_answer")).all()
    assert len(stored) == 1
    assert SECRET_WORDS not in repr(stored)


def test_the_answer_survives_a_restart(gateway: GatewayUnderTest, desk: Desk) -> None:
    first = _add(gateway.client("anna"), "key-1")
    home = gateway.parts.settings.home
    with run_gateway(home, gateway.plan, routers=[desk.router]) as restarted:
        again = _add(restarted.client("anna"), "key-1")
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


def test_without_a_token_it_is_401(gateway: GatewayUnderTest) -> None:
    assert _add(gateway.anonymous(), "key-1").status_code == 401
