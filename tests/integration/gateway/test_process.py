"""The gateway as a process of its own, as an operator starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ledger_api.provisioning import provision
from tests.gateway_support import (
    LIGHT_KEYSTORE_COST,
    build_test_plan,
    build_test_settings,
    light_passwords,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration

START_SECONDS = 60


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ledger_api", *arguments],
        env=_environment(home, variables),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def _environment(home: Path, variables: dict[str, str]) -> dict[str, str]:
    return os.environ | {"RXLEDGER_HOME": str(home)} | variables


@contextmanager
def _running(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    port = _free_port()
    log = (home / "gateway.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger_api"],
        env=_environment(home, {"RXLEDGER_PORT": str(port)}),
        stdout=log,
        stderr=log,
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
        try:
            wait_until(lambda: _answers(client) or process.poll() is not None, START_SECONDS, "the gateway")
            assert process.poll() is None, (home / "gateway.log").read_text()
            yield process, client
        finally:
            process.kill()
            process.wait(20)
            log.close()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_a_session_survives_sigkill_and_a_restart(tmp_path: Path) -> None:
    settings = build_test_settings(tmp_path)
    plan = build_test_plan()
    provision(settings, plan, passwords=light_passwords(), keystore_cost=LIGHT_KEYSTORE_COST)
    person = plan[0].people[1]
    sign_in = {"institution": 1, "username": person.username, "password": person.password}
    with _running(tmp_path) as (process, client):
        token = client.post("/v1/sessions", json=sign_in).json()["token"]
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    with _running(tmp_path) as (_, client):
        me = client.get("/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})
        assert me.status_code == 200


def test_it_ends_on_sigterm_with_a_good_exit_code(tmp_path: Path) -> None:
    with _running(tmp_path) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


def test_a_damaged_database_ends_it_with_the_reason_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"this is no database" * 1000)
    ended = _run(tmp_path)
    assert ended.returncode == 1
    assert "database" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_busy_port_ends_it_with_the_reason_and_no_trace(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = _run(tmp_path, RXLEDGER_PORT=str(listener.getsockname()[1]))
    assert ended.returncode == 1
    assert "RXLEDGER_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_operator_provisions_a_gateway_from_a_plan_file(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.touch(mode=0o600)
    hospital = {"number": 1, "name_zh": "医院", "name_en": "Hospital", "roles": ["hospital"]}
    hospital |= {"machines": [{"name": "his"}]}
    plan.write_text(json.dumps({"format": "rxledger.plan/1", "institutions": [hospital]}))
    first, again = _run(tmp_path, "provision", str(plan)), _run(tmp_path, "provision", str(plan))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    made, kept = json.loads(first.stdout), json.loads(again.stdout)
    assert kept == made | {"changes": 0, "machine_tokens": []}
    (token,) = made["machine_tokens"]
    with _running(tmp_path) as (_, client):
        me = client.get("/v1/institution", headers={"Authorization": f"Bearer {token['token']}"})
    assert me.json()["anchoring_account"] == made["anchoring_accounts"]["1"]
