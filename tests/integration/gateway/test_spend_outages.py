"""Spends through crashes, silence, lost rows, taken nonces, reorganisations: one effect, a true outcome."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger_api.crash_points import CRASH_POINTS, CrashPoints
from ledger_api.log.sequencer import Sequencer
from ledger_api.records.models import StoredRecord
from ledger_api.spends.answers import Outcome
from ledger_api.spends.engine import SpendEngine
from ledger_api.spends.models import SpendBatch
from ledger_api.spends.repository import SpendRepository
from ledger_api.spends.steps import SpendSteps
from ledger_chain.connection import ask, connect
from ledger_chain.deployment import Deployment
from ledger_chain.engines import AnvilEngine, ChainEngine, GanacheEngine
from ledger_cli.bench.act_items import dispense, plan_dispensing, prescribe
from ledger_cli.bench.act_world import PHARMACY, ActWorld, deploy_world, open_world
from tests.gateway_stack import ChainUnderTest, use_up_nonce
from tests.spend_support import answer_of, names_on_chain, outcome_of, outcomes_of, read_column, run_sql
from tests.support.gateway_process import START_SECONDS, GatewayProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

SPEND_POINTS = [name for name in CRASH_POINTS if name.startswith("spend_")]
STATES = "SELECT state FROM spend_batch ORDER BY id"


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[ChainEngine]:
    """An anvil that a test may stop or reorganise."""
    with AnvilEngine(tmp_path / "anvil") as engine:
        yield engine


@dataclass(frozen=True)
class Waiting:
    """Dispensings that are accepted and logged, while no engine runs."""

    home: Path
    engine: ChainEngine
    deployment: Deployment
    records: list[StoredRecord]

    @contextmanager
    def opened(self, *, is_running: bool, **changes: Any) -> Iterator[ActWorld]:
        """The same gateway, with or without its engines."""
        with open_world(
            self.home, self.engine.rpc_url, self.deployment, is_running=is_running, **changes
        ) as world:
            yield world


def _accept(home: Path, engine: ChainEngine, count: int, **changes: Any) -> Waiting:
    deployment = deploy_world(engine.rpc_url)
    with open_world(home, engine.rpc_url, deployment, **changes) as world:
        prescribed = prescribe(world, count)
    with open_world(home, engine.rpc_url, deployment, is_running=False, **changes) as world:
        records = dispense(world, [plan_dispensing(world, each) for each in prescribed], wake=False)
        Sequencer(world.parts.database, world.parts.clock, CrashPoints()).place_pending()
    return Waiting(home, engine, deployment, records)


@pytest.fixture
def waiting(tmp_path: Path, chain_engine: ChainEngine) -> Waiting:
    return _accept(tmp_path / "home", chain_engine, 3)


def _steps(world: ActWorld) -> SpendSteps:
    parts = world.parts
    assert parts.network is not None
    chain = parts.network.spending
    return SpendSteps(
        parts.database, chain, parts.anchoring_keys, parts.clock, CrashPoints(), is_final_at_once=True
    )


def _under_way(world: ActWorld) -> SpendBatch:
    with world.parts.database.reading() as session:
        return SpendRepository(session).list_under_way(PHARMACY)[0]


@pytest.mark.slow
@pytest.mark.parametrize("point", SPEND_POINTS)
def test_sigkill_at_a_point_of_a_spend_loses_and_doubles_nothing(point: str, waiting: Waiting) -> None:
    process = GatewayProcess(waiting.home, waiting.engine.rpc_url)
    try:
        process.start(crash_at=point)
        wait_until(lambda: process.exit_code is not None, START_SECONDS, f"the gateway to die at {point}")
        assert process.exit_code == -signal.SIGKILL
        process.start()
        with waiting.opened(is_running=False) as world:
            assert outcomes_of(world, waiting.records) == ["done"] * 3
            assert names_on_chain(world) == ["Dispensed"] * 3
            assert read_column(world, STATES) == ["mined"]
    finally:
        process.kill()


@pytest.mark.slow
def test_sigkill_of_gateway_and_persistent_chain_together(tmp_path: Path) -> None:
    """As when the machine of the embedded stack loses power just after the node took a batch."""
    with GanacheEngine(tmp_path / "ganache") as engine:
        waiting = _accept(tmp_path / "home", engine, 3)
        process = GatewayProcess(waiting.home, engine.rpc_url)
        try:
            process.start(crash_at="spend_sent")
            wait_until(lambda: process.exit_code is not None, START_SECONDS, "the gateway to die")
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)
            wait_until(lambda: not engine.is_alive(), 20, "the chain to die")
            engine.start()
            process.start()
            with waiting.opened(is_running=False) as world:
                assert outcomes_of(world, waiting.records) == ["done"] * 3
                assert names_on_chain(world) == ["Dispensed"] * 3
        finally:
            process.kill()


def test_while_the_chain_is_silent_nothing_is_known_and_afterwards_it_is(
    tmp_path: Path, own_engine: ChainEngine
) -> None:
    waiting = _accept(tmp_path / "home", own_engine, 2)
    assert own_engine.pid is not None
    os.kill(own_engine.pid, signal.SIGSTOP)
    try:
        with waiting.opened(is_running=True) as world:
            spends = world.parts.outbox.workers[1]
            wait_until(lambda: spends.failures_in_a_row > 0, 30, "the engine to notice")
            assert spends.last_failure == "chain-unreachable"
            answers = [answer_of(world, record) for record in waiting.records]
            assert {answer.outcome for answer in answers} == {Outcome.UNKNOWN}
            os.kill(own_engine.pid, signal.SIGCONT)
            assert outcomes_of(world, waiting.records) == ["done"] * 2
            assert names_on_chain(world) == ["Dispensed"] * 2
    finally:
        os.kill(own_engine.pid, signal.SIGCONT)


def test_a_nonce_that_another_took_gives_the_items_another_transaction(waiting: Waiting) -> None:
    with waiting.opened(is_running=False) as world:
        steps = _steps(world)
        batch = steps.sign_next(PHARMACY, is_full_wanted=False)
        assert batch is not None
        chain = ChainUnderTest(waiting.engine, waiting.deployment)
        nonce = use_up_nonce(chain, world.parts.anchoring_keys, PHARMACY)
        assert nonce == batch.nonce
        steps.send(batch)
        assert read_column(world, "SELECT DISTINCT state FROM spend_intent") == ["waiting"]
    with waiting.opened(is_running=True) as world:
        assert outcomes_of(world, waiting.records) == ["done"] * 3
        assert read_column(world, STATES) == ["displaced", "mined"]
        assert names_on_chain(world) == ["Dispensed"] * 3


def test_the_same_bytes_again_and_again_do_it_once(waiting: Waiting) -> None:
    with waiting.opened(is_running=False) as world:
        steps = _steps(world)
        signed = steps.sign_next(PHARMACY, is_full_wanted=False)
        assert signed is not None
        for _ in range(3):
            steps.send(signed)
        sent = _under_way(world)
        wait_until(lambda: steps.look_for_outcome(sent), 20, "the batch in a block")
        for step in (steps.send, steps.look_for_outcome):
            step(sent)  # as a worker would that read the row before the other one moved it
        assert outcomes_of(world, waiting.records) == ["done"] * 3
        assert names_on_chain(world) == ["Dispensed"] * 3
        assert read_column(world, STATES) == ["mined"]


def test_a_database_that_forgot_the_outcome_finds_it_on_the_chain(waiting: Waiting) -> None:
    """As one put back from a backup: the claims are used already, by this very dispensing."""
    with waiting.opened(is_running=True) as world:
        first = [outcome_of(world, record) for record in waiting.records]
    with waiting.opened(is_running=False) as world:
        run_sql(
            world,
            "UPDATE spend_intent SET state = 'waiting', batch_id = NULL, batch_index = NULL,"
            " transaction_hash = NULL, block_number = NULL, block_time = NULL",
        )
        run_sql(world, "DELETE FROM spend_batch")
    with waiting.opened(is_running=True) as world:
        assert [outcome_of(world, record) for record in waiting.records] == first
        assert names_on_chain(world) == ["Dispensed"] * 3 + ["Refused"] * 3


def test_two_engines_at_once_do_each_act_once(waiting: Waiting) -> None:
    with waiting.opened(is_running=False) as world:
        failures: list[Exception] = []
        stopping = threading.Event()

        def repeat(engine: SpendEngine) -> None:
            while not stopping.is_set():
                try:
                    engine.step()
                except Exception as failure:  # noqa: BLE001 - whatever it is, the test shows it
                    failures.append(failure)
                    return

        engines = [SpendEngine(_steps(world), 0) for _ in range(2)]
        threads = [threading.Thread(target=repeat, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        try:
            assert outcomes_of(world, waiting.records) == ["done"] * 3
        finally:
            stopping.set()
            for thread in threads:
                thread.join(30)
        assert failures == []
        assert names_on_chain(world) == ["Dispensed"] * 3


def test_a_reorganisation_takes_the_outcome_back_until_it_is_there_again(
    tmp_path: Path, own_engine: ChainEngine
) -> None:
    w3, url = connect(own_engine.rpc_url), own_engine.rpc_url
    waiting = _accept(tmp_path / "home", own_engine, 2, checkpoint_interval_ms=60_000)
    with waiting.opened(is_running=True, finality_depth=4, checkpoint_interval_ms=60_000) as world:
        done = [outcome_of(world, record) for record in waiting.records]
        assert read_column(world, "SELECT is_final FROM spend_batch") == [False]
        blocks = own_engine_head(own_engine) - (done[0].block_number or 0) + 1
        ask(w3, url, "anvil_setAutomine", [False])
        ask(w3, url, "anvil_rollback", [blocks])
        wait_until(
            lambda: answer_of(world, waiting.records[0]).outcome is Outcome.UNKNOWN, 20, "the outcome to go"
        )
        ask(w3, url, "anvil_setAutomine", [True])
        ask(w3, url, "anvil_mine", ["0x1"])
        assert outcomes_of(world, waiting.records) == ["done"] * 2
        ask(w3, url, "anvil_mine", ["0x5"])
        wait_until(
            lambda: read_column(world, "SELECT is_final FROM spend_batch") == [True], 20, "it to be final"
        )
        assert names_on_chain(world) == ["Dispensed"] * 2


def own_engine_head(engine: ChainEngine) -> int:
    """The number of the engine's latest block."""
    return int(ask(connect(engine.rpc_url), engine.rpc_url, "eth_blockNumber", []), 16)
