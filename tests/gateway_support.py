"""A real gateway for tests: a SQLite file, a keystore file, and the HTTP server on a free port of this
machine.

`gateway` is what most tests want: two hospitals with an admin, doctors and a machine client each, signed in
by name: `gateway.client("anna")`. Its clock can be moved: `gateway.clock.advance(60)`.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from argon2 import PasswordHasher
from coincurve import PrivateKey
from fastapi import APIRouter, FastAPI
from sha3 import keccak_256

from ledger_api import migrations
from ledger_api.app import build_app, build_parts
from ledger_api.config import Settings
from ledger_api.identity.principal import Role
from ledger_api.parts import Parts
from ledger_api.provisioning import InstitutionPlan, MachinePlan, PersonPlan, build_machine_token, provision
from ledger_proofs.types import InstitutionNumber
from ledger_web.clock import system_clock
from ledger_web.listening import open_listener
from ledger_web.passwords import Passwords
from tests.support.fresh_databases import lay_fresh_database
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery"
FIRST, SECOND = InstitutionNumber(1), InstitutionNumber(2)
LIGHT_KEYSTORE_COST = 2**4


def light_passwords() -> Passwords:
    """Argon2 at its cheapest: tests sign in often."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def signing_key(name: str) -> bytes:
    """The private key of a test person: fixed by their name."""
    return bytes(keccak_256(f"test key of {name}".encode()).digest())


def address_of(private_key: bytes) -> str:
    """The account of a private key: 0x and lower-case hex."""
    public = PrivateKey(private_key).public_key.format(compressed=False)[1:]
    return f"0x{keccak_256(public).hexdigest()[-40:]}"


@dataclass
class MovableClock:
    """The system's clock, moved by `offset` seconds."""

    offset: int = 0

    def __call__(self) -> int:
        return system_clock() + self.offset

    def advance(self, seconds: int) -> None:
        self.offset += seconds


def _doctor(name: str, **changes: Any) -> PersonPlan:
    return PersonPlan(
        username=name,
        password=PASSWORD,
        display_name=f"{name.title()} (example)",
        roles=frozenset({Role.DOCTOR}),
        practitioner_code=f"D-{name}",
        signing_address=address_of(signing_key(name)),
        **changes,
    )


def _admin(name: str) -> PersonPlan:
    return PersonPlan(
        username=name, password=PASSWORD, display_name=name.title(), roles=frozenset({Role.ADMIN})
    )


def _pharmacist(name: str) -> PersonPlan:
    return PersonPlan(
        username=name,
        password=PASSWORD,
        display_name=name.title(),
        roles=frozenset({Role.PHARMACIST}),
        practitioner_code=f"P-{name}",
        signing_address=address_of(signing_key(name)),
    )


def build_test_plan() -> list[InstitutionPlan]:
    """Two hospitals: admin ada, doctors anna and ben, pharmacist pia, his-1; and zoe, dora, his-2."""
    return [
        InstitutionPlan(
            number=FIRST,
            name_zh="第一测试医院",
            name_en="First Test Hospital",
            roles=1,
            people=(
                _admin("ada"),
                _doctor("anna", department_code="A03", department_name="内科"),
                _doctor("ben"),
                _pharmacist("pia"),
            ),
            machines=(MachinePlan("his-1", token=build_machine_token()),),
            anchoring_key=signing_key("anchor of 1"),
        ),
        InstitutionPlan(
            number=SECOND,
            name_zh="第二测试医院",
            name_en="Second Test Hospital",
            roles=1,
            people=(_admin("zoe"), _doctor("dora")),
            machines=(MachinePlan("his-2", token=build_machine_token()),),
            anchoring_key=signing_key("anchor of 2"),
        ),
    ]


@dataclass
class GatewayUnderTest:
    """A running gateway and its people."""

    url: str
    app: FastAPI
    parts: Parts
    clock: MovableClock
    plan: list[InstitutionPlan]
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def anonymous(self) -> httpx.Client:
        """A client without a token."""
        return self._remember("", None)

    def client(self, name: str) -> httpx.Client:
        """A client signed in as a person, or with a machine client's token."""
        if name not in self._clients:
            self._remember(name, self.token(name))
        return self._clients[name]

    def token(self, name: str) -> str:
        """A token of a person (by signing in) or of a machine client."""
        for institution in self.plan:
            for machine in institution.machines:
                if machine.name == name and machine.token is not None:
                    return machine.token
            for person in institution.people:
                if person.username == name:
                    return self._sign_in(institution.number, person)
        raise LookupError(f"nobody is called {name}")

    def forget_sessions(self) -> None:
        """Sign everybody in anew from now on: what was moved with the clock may have ended sessions."""
        self.close()
        self._clients.clear()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _sign_in(self, institution: int, person: PersonPlan) -> str:
        answer = self.anonymous().post(
            "/v1/sessions",
            json={"institution": institution, "username": person.username, "password": person.password},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def _remember(self, name: str, token: str | None) -> httpx.Client:
        if name not in self._clients:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            self._clients[name] = httpx.Client(
                base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=NO_AUTHORITIES
            )
        return self._clients[name]


def build_test_settings(home: Path, **changes: Any) -> Settings:
    """Settings of a development gateway whose files lie under `home`."""
    return Settings.model_validate({"home": home, "port": 0, **changes})


@contextmanager
def serve(app: FastAPI, listener: socket.socket | None = None) -> Iterator[str]:
    """Serve an application on a listener, or else on a free port; gives its URL."""
    listener = listener or open_listener("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), 30, "the gateway to start")
        assert server.started, "the gateway did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()


@contextmanager
def run_gateway(
    home: Path,
    plan: list[InstitutionPlan] | None = None,
    *,
    routers: Sequence[APIRouter] = (),
    listener: socket.socket | None = None,
    **changes: Any,
) -> Iterator[GatewayUnderTest]:
    """Provision and run a gateway whose files lie under `home`, with `routers` of the test's own besides."""
    if not structlog.is_configured():
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = build_test_settings(home, **changes)
    clock = MovableClock()
    plan = build_test_plan() if plan is None else plan
    passwords = light_passwords()
    lay_fresh_database(settings.database_url, migrations.upgrade)
    provision(settings, plan, clock=clock, passwords=passwords, keystore_cost=LIGHT_KEYSTORE_COST)
    parts = build_parts(settings, clock=clock, passwords=passwords)
    app = build_app(parts)
    for router in routers:
        app.include_router(router)
    with serve(app, listener) as url:
        gateway = GatewayUnderTest(url, app, parts, clock, plan)
        try:
            yield gateway
        finally:
            gateway.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    """A fresh gateway with two hospitals."""
    with run_gateway(tmp_path / "home") as running:
        yield running
