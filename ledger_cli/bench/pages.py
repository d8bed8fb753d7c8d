"""`bench pages`: how long the portal takes to answer each page, with a long log mirrored.

A portal as in production, on a database of its own and with a node that answers; its pages are asked for
over HTTP on loopback, one after another. A time is from the request's first byte to the answer's last, so
that it is a little more than the server's own. `cpu_ms` is the CPU time of one request, of server and client
together: what a machine that does nothing else needs for it.
"""

from __future__ import annotations

import http.client
import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from ledger_chain.engines import GanacheEngine
from ledger_cli.bench.measurement import Stopwatch, cpu_seconds, percentiles_ms, resources_since
from ledger_cli.bench.portal_filling import Filling, fill_portal
from ledger_cli.embedded.people import PEOPLES
from ledger_cli.errors import CouldNotCheck
from ledger_web.clock import system_clock
from ledger_web.database import Database
from ledger_web.listening import open_listener
from ledger_web.logs import configure_logs
from ledger_web.passwords import Passwords, build_token
from regulator_portal import migrations
from regulator_portal.api.dependencies import SESSION_COOKIE
from regulator_portal.app import build_app
from regulator_portal.audit.service import AuditTrail
from regulator_portal.building import build_parts
from regulator_portal.config import Settings
from regulator_portal.identity.models import Auditor
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import AuditorPlan, provision
from regulator_portal.identity.repository import IdentityRepository
from regulator_portal.identity.service import IdentityService
from regulator_portal.parts import Parts

AIM_MS: Final = 200
WARM_UPS: Final = 5
START_SECONDS: Final = 30.0
USERNAME: Final = "bench"


def bench_pages(count: int, repeats: int) -> dict[str, Any]:
    """Fill a portal with `count` entries and time each page `repeats` times."""
    configure_logs(logging.WARNING)  # a line per request would be measured too
    before = cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="rxledger-bench-") as folder:
        home = Path(folder)
        with (
            GanacheEngine(home / "chain") as engine,
            _serving(home, engine.rpc_url, count) as (url, pages),
        ):
            token = pages.pop("")
            timings = {name: _time_page(url, path, token, repeats) for name, path in pages.items()}
    slowest = max(timings, key=lambda name: timings[name]["p95_ms"])
    return {
        "bench": "pages",
        "count": count,
        "repeats": repeats,
        **timings,
        "slowest": slowest,
        "aim_ms": AIM_MS,
        "within_aim": timings[slowest]["p95_ms"] < AIM_MS,
        **resources_since(before),
    }


@contextmanager
def _serving(home: Path, rpc_url: str, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a filled portal; yields its address, its pages' paths, and at "" the session's token."""
    parts = _build_parts(home, rpc_url)
    filling = Filling(PEOPLES.number, count, 2_000, 500, 2_000, system_clock())
    with parts.database.reading() as session:
        auditor = IdentityRepository(session).find_auditor(USERNAME)
    if auditor is None:
        raise LookupError("the auditor wasn't provisioned")
    fill_portal(parts.database, filling, auditor)
    parts.workers.clear()
    with _listening(build_app(parts)) as url:
        yield url, {"": _open_session(parts, auditor), **_list_pages(parts, filling)}


def _build_parts(home: Path, rpc_url: str) -> Parts:
    trust = {
        "format": "rxledger.trust/1",
        "chain_id": 20261,
        "genesis_hash": "0x" + "11" * 32,
        **dict.fromkeys(("directory", "checkpoint_log", "claim_register"), "0x" + "22" * 20),
    }
    institution = {"number": PEOPLES.number, "name_en": PEOPLES.name_en, "name_zh": PEOPLES.name_zh}
    source = {
        "name_en": "Gateway",
        "name_zh": "网关",
        "gateway": "http://127.0.0.1:1",
        "token_file": "gateway.token",
        "institutions": [institution],
    }
    (home / "trust.json").write_text(json.dumps(trust), encoding="utf-8")
    (home / "sources.json").write_text(json.dumps([source]), encoding="utf-8")
    (home / "gateway.token").write_text("unused\n", encoding="utf-8")
    (home / "gateway.token").chmod(0o600)
    settings = Settings.model_validate({"environment": "production", "home": home, "rpc_url": rpc_url})
    passwords = Passwords()
    database = Database(settings.database_url)
    migrations.upgrade(database)
    plan = AuditorPlan(
        username=USERNAME, password=build_token(), display_name="Benchmark", roles=[Role.ADMIN]
    )
    provision(database, [plan], system_clock, passwords)
    database.close()
    return build_parts(settings, passwords=passwords)


def _open_session(parts: Parts, auditor: Auditor) -> str:
    with parts.database.writing() as session:
        trail = AuditTrail(session, parts.clock, "bench")
        service = IdentityService(IdentityRepository(session), trail, parts.clock)
        return service.open_session(auditor, 3600).token


def _list_pages(parts: Parts, filling: Filling) -> dict[str, str]:
    """The pages by name; those of a long list at their beginning and at their end."""
    log, middle = filling.log, filling.entries // 2
    with parts.database.reading() as session:
        finding, verification, job, commitment = _find_examples(session, log, middle)
    return {
        "overview": "/",
        "entries": f"/logs/{log}",
        "entries_at_the_end": f"/logs/{log}?after={max(0, filling.entries - 60)}",
        "entries_late": f"/logs/{log}?verdict=late",
        "entries_pending": f"/logs/{log}?verdict=pending",
        "entries_of_a_rare_kind": f"/logs/{log}?kind=4",
        "entries_of_no_such_kind": f"/logs/{log}?kind=9",
        "entries_of_a_commitment": f"/logs/{log}?commitment={commitment}",
        "checkpoints": f"/logs/{log}/checkpoints",
        "entry": f"/logs/{log}/entries/{middle}",
        "verify": "/verify",
        "verifications": "/verifications",
        "verification": f"/verifications/{verification}",
        "findings": "/findings",
        "findings_at_the_end": "/findings?offset=1250",
        "finding": f"/findings/{finding}",
        "jobs": "/jobs",
        "job": f"/jobs/{job}",
        "audit": "/audit",
    }


def _find_examples(session: Any, log: int, position: int) -> tuple[str, str, str, str]:
    from regulator_portal.findings.service import FindingFilter, FindingRepository
    from regulator_portal.jobs.service import JobRepository
    from regulator_portal.mirror.repository import MirrorRepository
    from regulator_portal.verification.repository import VerificationRepository

    finding = FindingRepository(session, system_clock).list(FindingFilter(), 0, 1)[0]
    verification = VerificationRepository(session).list_page(None, None, 1)[0]
    job = JobRepository(session).list_page(None, 0, 1)[0]
    entry = MirrorRepository(session).find_entry(log, position)
    if entry is None:
        raise LookupError("the portal wasn't filled")
    return finding.id, verification.id, job.id, entry.record.hex()


def _time_page(url: str, path: str, token: str, repeats: int) -> Mapping[str, float]:
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=START_SECONDS)
    headers = {"Cookie": f"{SESSION_COOKIE}={token}", "Accept": "text/html", "Accept-Language": "zh-CN"}
    watch, busy = Stopwatch(), 0.0
    for number in range(WARM_UPS + repeats):
        if number == WARM_UPS:
            busy = time.process_time()
        begun = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise CouldNotCheck(
                "bench.page", f"{path} answered {answer.status}", f"{path} 的应答为 {answer.status}"
            )
        if number >= WARM_UPS:
            watch.rounds.append(time.perf_counter() - begun)
    connection.close()
    cpu_ms = (time.process_time() - busy) / repeats * 1000
    return {**percentiles_ms(watch.rounds), "cpu_ms": round(cpu_ms, 3)}


@contextmanager
def _listening(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of loopback; gives its address."""
    listener = open_listener("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    try:
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise CouldNotCheck("bench.start", "the portal did not start", "监管门户未能启动")
            thread.join(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
