"""A real portal for tests of its pages: a SQLite file, a trust file, a sources file, HTTP on a free port.

Its node and its gateway are addresses where nothing listens, unless a test gives others; its worker doesn't
run, so that what stands in the database is what a test wrote. The clock can be moved.
"""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog
from fastapi import FastAPI

from ledger_cli.bench.portal_filling import Filling, fill_portal
from regulator_portal import migrations
from regulator_portal.app import build_app
from regulator_portal.building import build_parts, build_tools
from regulator_portal.config import Settings
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import AuditorPlan, provision
from regulator_portal.identity.repository import IdentityRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.parts import Parts
from tests.gateway_support import MovableClock, light_passwords, serve
from tests.support.fresh_databases import lay_fresh_database
from tests.support.plain_http import NO_AUTHORITIES

PASSWORD = "a long phrase to sign in with"
INSTITUTION = 1
OTHER_INSTITUTION = 2
TRUST = {
    "format": "rxledger.trust/1",
    "chain_id": 20261,
    "genesis_hash": "0x" + "11" * 32,
    "directory": "0x" + "22" * 20,
    "checkpoint_log": "0x" + "33" * 20,
    "claim_register": "0x" + "44" * 20,
    "note": "a development chain of one node",
}
AUDITORS = {"wu": ("吴敏", Role.AUDITOR), "zhao": ("赵主任", Role.ADMIN)}
_KEY = re.compile(r'name="key" value="([^"]+)"')


@dataclass
class PortalSite:
    """A running portal and its auditors."""

    url: str
    app: FastAPI
    parts: Parts
    clock: MovableClock
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def browser(self, username: str | None = "wu", language: str = "en") -> httpx.Client:
        """A client that behaves as a browser:

        cookies, Origin, Accept; signed in, unless `username` is None.
        """
        name = f"{username}/{language}"
        if name not in self._clients:
            client = httpx.Client(
                base_url=self.url,
                headers={
                    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                    "Accept-Language": language,
                    "Origin": self.url,
                },
                timeout=30,
                trust_env=False,
                verify=NO_AUTHORITIES,
            )
            self._clients[name] = client
            if username is not None:
                answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
                assert answer.status_code == 303, answer.text
        return self._clients[name]

    def program(self, username: str | None = "wu") -> httpx.Client:
        """A client of the API: a bearer token and nothing else; none if `username` is None."""
        name = f"api:{username}"
        if name not in self._clients:
            client = httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=NO_AUTHORITIES)
            self._clients[name] = client
            if username is not None:
                answer = client.post("/v1/sessions", json={"username": username, "password": PASSWORD})
                assert answer.status_code == 201, answer.text
                client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self._clients[name]

    def send(self, browser: httpx.Client, page: str, action: str, **changes: Any) -> httpx.Response:
        """Open a page and send one of its forms, with the key that the page gave it."""
        found = _KEY.search(browser.get(page).text)
        assert found is not None, f"{page} gives no key"
        fields = {"key": found.group(1), **changes.pop("data", {})}
        return browser.post(action, data=fields, **changes)

    def fill(self, entries: int = 60, **changes: Any) -> Filling:
        """Fill the database with a log of institution 1, and what goes with it."""
        wanted = {
            "institution": INSTITUTION,
            "entries": entries,
            "findings": 0,
            "jobs": 0,
            "verifications": 0,
            "now": self.clock(),
        }
        filling = Filling(**{**wanted, **changes})
        with self.parts.database.reading() as session:
            auditor = IdentityRepository(session).find_auditor("wu")
        assert auditor is not None
        fill_portal(self.parts.database, filling, auditor)
        return filling

    @property
    def tools(self) -> Tools:
        """What this portal's checks are made with."""
        parts = self.parts
        return build_tools(parts.settings, parts.database, self.clock, parts.gateways)

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients.values():
            client.close()


@contextmanager
def run_portal_site(
    home: Path,
    *,
    rpc_url: str | None = None,
    gateway: str | None = None,
    names: tuple[str, str] = ("First Test Hospital", "第一测试医院"),
    trust: dict[str, Any] | None = None,
    more: Sequence[tuple[str, str]] = (),
    other_rpc_urls: Sequence[str] = (),
) -> Iterator[PortalSite]:
    """Provision and serve a portal whose files lie under `home`; `more`: names of institutions 3 and on."""
    if not structlog.is_configured():
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    nowhere = write_portal_files(home, gateway=gateway, names=names, trust=trust, more=more)
    settings = Settings.model_validate(
        {"home": home, "port": 0, "rpc_url": rpc_url or nowhere, "other_rpc_urls": tuple(other_rpc_urls)}
    )
    clock, passwords = MovableClock(), light_passwords()
    lay_fresh_database(settings.database_url, migrations.upgrade)
    parts = build_parts(settings, clock=clock, passwords=passwords)
    provision(
        parts.database,
        [
            AuditorPlan(username=name, password=PASSWORD, display_name=shown, roles=[role])
            for name, (shown, role) in AUDITORS.items()
        ],
        clock,
        passwords,
    )
    parts.workers.clear()
    app = build_app(parts)
    with serve(app) as url:
        site = PortalSite(url, app, parts, clock)
        try:
            yield site
        finally:
            site.close()


def write_portal_files(
    home: Path,
    *,
    gateway: str | None = None,
    names: tuple[str, str] = ("First Test Hospital", "第一测试医院"),
    trust: dict[str, Any] | None = None,
    more: Sequence[tuple[str, str]] = (),
) -> str:
    """Write the trust, sources and token files of a portal; gives an address where nothing listens."""
    nowhere = f"http://127.0.0.1:{_find_silent_port()}"
    home.mkdir(parents=True, exist_ok=True)
    (home / "trust.json").write_text(json.dumps(trust or TRUST))
    token = home / "gateway.token"
    token.write_text("token-of-the-portal\n")
    token.chmod(0o600)
    (home / "sources.json").write_text(json.dumps(_build_sources(gateway or nowhere, names, more)))
    return nowhere


def _build_sources(
    gateway: str, names: tuple[str, str], more: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    known = (names, ("Second Test Hospital", "第二测试医院"), *more)
    institutions = [
        {"number": number, "name_en": name_en, "name_zh": name_zh}
        for number, (name_en, name_zh) in enumerate(known, start=INSTITUTION)
    ]
    return [
        {
            "name_en": "The gateway",
            "name_zh": "网关",
            "gateway": gateway,
            "token_file": "gateway.token",
            "institutions": institutions,
        }
    ]


def _find_silent_port() -> int:
    """A port where nothing listens: bound and closed again."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
