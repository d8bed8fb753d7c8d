"""The gateway dies by SIGKILL at each named point of the outbox: nothing is lost, nothing doubled.

Real parts all: a chain engine, a gateway process of its own, its SQLite file. The process is told at
which point to die; the doctor's client gets an answer or a broken connection, and sends the same request
again after the restart.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from ledger_api.crash_points import CRASH_POINTS
from ledger_api.provisioning import provision
from ledger_chain.engines import GanacheEngine
from ledger_proofs.verifier import verify_bundle
from tests.gateway_stack import ChainUnderTest, Doctor, deploy_for_test, outcomes
from tests.gateway_support import (
    FIRST,
    LIGHT_KEYSTORE_COST,
    PASSWORD,
    build_test_plan,
    build_test_settings,
    light_passwords,
)
from tests.support.gateway_process import START_SECONDS, GatewayProcess
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain, pytest.mark.slow]

LOG = FIRST << 32 | 1
ROWS = {
    "record": "SELECT count(*) FROM record",
    "log_entry": "SELECT count(*) FROM log_entry",
    "position": "SELECT count(position) FROM log_entry",
    "log_checkpoint": "SELECT count(*) FROM log_checkpoint",
    "checkpoint_proof": "SELECT count(*) FROM checkpoint_proof",
    "mined": "SELECT count(*) FROM anchor_transaction WHERE state = 'mined'",
}


@contextmanager
def _provisioned(home: Path, chain: ChainUnderTest) -> Iterator[GatewayProcess]:
    settings = build_test_settings(home)
    provision(settings, build_test_plan(), passwords=light_passwords(), keystore_cost=LIGHT_KEYSTORE_COST)
    chain.deployment.save(home / "deployment.json")
    gateway = GatewayProcess(home, chain.engine.rpc_url)
    try:
        yield gateway
    finally:
        gateway.kill()


@pytest.fixture
def process(tmp_path: Path, chain: ChainUnderTest) -> Iterator[GatewayProcess]:
    with _provisioned(tmp_path, chain) as gateway:
        yield gateway


@pytest.mark.parametrize("point", [name for name in CRASH_POINTS if not name.startswith("spend_")])
def test_sigkill_at_a_point_of_the_outbox_loses_and_doubles_nothing(
    point: str, process: GatewayProcess, chain: ChainUnderTest, tmp_path: Path
) -> None:
    process.start(crash_at=point)
    with _signed_in(process, chain) as anna:
        submission = anna.sign(anna.prepare())
        first = _submit(anna, submission)
    wait_until(lambda: process.exit_code is not None, START_SECONDS, f"the gateway to die at {point}")
    assert process.exit_code == -signal.SIGKILL

    process.start()
    with _signed_in(process, chain) as anna:
        again = anna.submit(submission, key="the-one-key")
        assert again.status_code == 201, again.text
        assert again.headers["Idempotency-Replayed"] == "true"  # the act was committed with its answer
        if first is not None:
            assert again.content == first.content
        issued = again.json()
        anna.wait_until_final(issued["id"])
        other_key = anna.submit(submission, key="another-key")
        assert other_key.json()["id"] == issued["id"]
        bundle = anna.get_bundle(issued["id"])
    report = verify_bundle(bundle, chain.trust, chain.reader)
    assert outcomes(report) == ["passed"] * 7, [(step.code, step.message_en) for step in report.steps]
    assert _count_rows(tmp_path) == dict.fromkeys(ROWS, 1)
    head = chain.reader.head(LOG)
    assert head is not None
    assert (head.size, head.previous_size) == (1, 0)


def test_sigkill_while_the_chain_is_silent_and_many_are_waiting(
    process: GatewayProcess, chain: ChainUnderTest, tmp_path: Path
) -> None:
    """Twenty prescriptions are accepted while the node is stopped; the gateway is killed; all arrive."""
    engine_pid = chain.engine.pid
    assert engine_pid is not None
    process.start()
    os.kill(engine_pid, signal.SIGSTOP)
    try:
        with _signed_in(process, chain) as anna:
            submissions = [anna.sign(anna.prepare()) for _ in range(20)]
            accepted = [anna.submit(submission) for submission in submissions]
            assert {answer.status_code for answer in accepted} == {201}
        process.kill()
    finally:
        os.kill(engine_pid, signal.SIGCONT)
    process.start()
    with _signed_in(process, chain) as anna:
        for answer in accepted:
            anna.wait_until_final(answer.json()["id"], within_s=60)
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as database:
        positions = [row[0] for row in database.execute("SELECT position FROM log_entry ORDER BY position")]
        assert positions == list(range(20))
    head = chain.reader.head(LOG)
    assert head is not None
    assert head.size == 20


@pytest.mark.parametrize("point", ["transaction_signed", "transaction_sent", "receipt_seen"])
def test_sigkill_of_gateway_and_persistent_chain_together(point: str, tmp_path: Path) -> None:
    """As when the machine of the embedded stack loses power: ganache and gateway die, and both come back."""
    home = tmp_path / "home"
    home.mkdir()
    with GanacheEngine(tmp_path / "ganache") as engine:
        chain = deploy_for_test(engine)
        with _provisioned(home, chain) as process:
            process.start(crash_at=point)
            with _signed_in(process, chain) as anna:
                submissions = [anna.sign(anna.prepare()) for _ in range(3)]
                for number, submission in enumerate(submissions):
                    _submit(anna, submission, f"key-{number}")
            wait_until(lambda: process.exit_code is not None, START_SECONDS, "the gateway to die")
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)
            wait_until(lambda: not engine.is_alive(), 20, "the chain to die")
            engine.start()
            process.start()
            with _signed_in(process, chain) as anna:
                for number, submission in enumerate(submissions):
                    answer = anna.submit(submission, f"key-{number}")
                    assert answer.status_code == 201, answer.text
                    anna.wait_until_final(answer.json()["id"], within_s=60)
                bundle = anna.get_bundle(answer.json()["id"])
            assert outcomes(verify_bundle(bundle, chain.trust, chain.reader)) == ["passed"] * 7
            counted = _count_rows(home)
            assert (counted["record"], counted["log_entry"], counted["position"]) == (3, 3, 3)
            assert counted["mined"] == counted["log_checkpoint"] == counted["checkpoint_proof"]
            head = chain.reader.head(LOG)
            assert head is not None
            assert head.size == 3


def _submit(anna: Doctor, submission: dict[str, object], key: str = "the-one-key") -> httpx.Response | None:
    """Hand in a submission to a gateway that may die over it; None if it did before its reply."""
    try:
        answer = anna.submit(submission, key)
    except httpx.TransportError:
        return None
    assert answer.status_code == 201, answer.text
    return answer


@contextmanager
def _signed_in(process: GatewayProcess, chain: ChainUnderTest) -> Iterator[Doctor]:
    with httpx.Client(base_url=process.url, timeout=30, trust_env=False, verify=NO_AUTHORITIES) as client:
        sign_in = {"institution": FIRST, "username": "anna", "password": PASSWORD}
        token = client.post("/v1/sessions", json=sign_in).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Doctor("anna", client, chain.deployment)


def _count_rows(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "gateway.db")) as database:
        return {name: database.execute(query).fetchone()[0] for name, query in ROWS.items()}
