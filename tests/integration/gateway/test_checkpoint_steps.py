"""The steps of a checkpoint on a real chain: displaced nonces, lost rows, two engines at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger_api.anchoring.engine import AnchoringEngine, Cadence
from ledger_api.anchoring.models import CheckpointState, LogCheckpoint
from ledger_api.anchoring.node import NodeChain
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.anchoring.steps import CheckpointSteps
from ledger_api.crash_points import CrashPoints
from ledger_proofs.types import Address
from tests.gateway_stack import ChainUnderTest, Doctor, Stack, outcomes, read_status, run_stack, use_up_nonce
from tests.gateway_support import FIRST
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1
NO_NODE = "http://127.0.0.1:9"


@pytest.fixture
def idle(tmp_path: Path, chain: ChainUnderTest) -> Iterator[Stack]:
    """A gateway whose own engine reaches no node: the test takes its checkpoints' steps itself."""
    with run_stack(tmp_path / "home", chain, rpc_url=NO_NODE) as stack:
        yield stack


def _steps(stack: Stack) -> CheckpointSteps:
    parts = stack.gateway.parts
    node = NodeChain(stack.chain.engine.rpc_url, stack.chain.deployment)
    return CheckpointSteps(parts.database, node, parts.anchoring_keys, parts.clock, CrashPoints())


def _issue_and_wait_until_logged(stack: Stack) -> tuple[Doctor, str]:
    anna = stack.doctor("anna")
    prescription_id = anna.issue()["id"]
    wait_until(lambda: read_status(anna.http, prescription_id) == "logged", 20, "the entry to be logged")
    return anna, prescription_id


def _under_way(stack: Stack) -> LogCheckpoint:
    with stack.gateway.parts.database.reading() as session:
        found = AnchoringRepository(session).find_under_way(LOG)
    assert found is not None
    return found


def _transaction_states(stack: Stack) -> list[str]:
    with stack.gateway.parts.database.reading() as session:
        rows = session.connection().execute(text("SELECT state FROM anchor_transaction ORDER BY nonce"))
        return [row[0] for row in rows]


def _drive(steps: CheckpointSteps, stack: Stack) -> None:
    """Let an engine go on until everything is final."""
    engine = AnchoringEngine(steps, Cadence(0.0, 0))

    def is_final() -> bool:
        engine.step()
        with stack.gateway.parts.database.reading() as session:
            row = session.connection().execute(text("SELECT size, final_size FROM log_head")).one()
        return bool(row[0] == row[1])

    wait_until(is_final, 30, "everything to be final")


def test_a_signed_transaction_whose_nonce_another_took_is_displaced(idle: Stack) -> None:
    _issue_and_wait_until_logged(idle)
    steps, chain = _steps(idle), idle.chain
    assert steps.intend(LOG) or _under_way(idle)
    steps.sign(_under_way(idle))
    nonce = use_up_nonce(chain, idle.gateway.parts.anchoring_keys, FIRST)
    steps.send(_under_way(idle))
    assert _under_way(idle).state is CheckpointState.INTENDED
    _drive(steps, idle)
    assert _transaction_states(idle) == ["displaced", "mined"]
    account = Address(idle.gateway.parts.anchoring_keys.anchoring_address(FIRST))
    assert chain.reader.nonce(account) == nonce + 2


def test_sending_the_same_transaction_again_and_again_anchors_once(idle: Stack) -> None:
    _issue_and_wait_until_logged(idle)
    steps = _steps(idle)
    steps.intend(LOG)
    steps.sign(_under_way(idle))
    signed = _under_way(idle)
    for _ in range(3):
        steps.send(signed)
    assert steps.look_for_receipt(signed)
    for step in (steps.sign, steps.send, steps.look_for_receipt):
        step(signed)  # as a worker would that read the row before the other one moved it
    _drive(steps, idle)
    assert _transaction_states(idle) == ["mined"]
    head = idle.chain.reader.head(LOG)
    assert head is not None
    assert (head.size, head.previous_size) == (1, 0)


def test_a_checkpoint_that_stands_on_the_chain_already_is_adopted(idle: Stack) -> None:
    """The database lost all about anchoring, as one put back from a backup of the right moment would have."""
    anna, prescription_id = _issue_and_wait_until_logged(idle)
    steps = _steps(idle)
    _drive(steps, idle)
    bundle_before = idle.chain.reader.head(LOG)
    with idle.gateway.parts.database.writing() as session:
        for table in ("checkpoint_proof", "anchor_transaction", "anchor_account", "log_checkpoint"):
            session.connection().execute(text(f"DELETE FROM {table}"))
        session.connection().execute(text("UPDATE log_head SET anchored_size = 0, final_size = 0"))
    assert read_status(anna.http, prescription_id) == "logged"
    _drive(steps, idle)
    assert read_status(anna.http, prescription_id) == "final"
    assert _transaction_states(idle) == []
    assert idle.chain.reader.head(LOG) == bundle_before


def test_two_engines_at_once_anchor_each_checkpoint_once(idle: Stack) -> None:
    anna, _ = _issue_and_wait_until_logged(idle)
    engines = [AnchoringEngine(_steps(idle), Cadence(0.0, 0)) for _ in range(2)]
    stopping = threading.Event()
    failures: list[Exception] = []

    def repeat(engine: AnchoringEngine) -> None:
        while not stopping.is_set():
            try:
                engine.step()
            except Exception as failure:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(failure)
                return

    threads = [threading.Thread(target=repeat, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            anna.wait_until_final(anna.issue()["id"])
    finally:
        stopping.set()
        for thread in threads:
            thread.join(30)
    assert failures == []
    with idle.gateway.parts.database.reading() as session:
        checkpoints = AnchoringRepository(session).list_recorded_after(LOG, 0, 100)
    for row in checkpoints:
        on_chain = idle.chain.reader.find_checkpoint(LOG, row.size)
        assert on_chain is not None
        assert on_chain.previous_size == row.previous_size
    assert set(_transaction_states(idle)) == {"mined"}
    with run_stack(idle.gateway.parts.settings.home, idle.chain) as online:
        newest = online.doctor("anna").http.get("/v1/prescriptions").json()["items"][0]
        assert outcomes(online.verify(online.doctor("anna").get_bundle(newest["id"]))) == ["passed"] * 7
