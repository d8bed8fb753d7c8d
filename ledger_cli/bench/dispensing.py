"""`bench dispense`: dispensings per second to a known outcome, against the same chain fed ready-made calls.

The gateway's side is its real one: records, entries and intents in its database, the sequencer, the spends
engine, and the anchoring that goes on beside it. First, one by one, how long a counter waits; then a full
queue, from when it is accepted until each outcome is written down.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text

from ledger_api.keystore.interfaces import SignedTransaction
from ledger_api.spends.models import SpendState
from ledger_chain.batches import batch_bytes, encode_item, gas_of_batch, gas_of_item
from ledger_chain.engines import AnvilEngine, ChainEngine, GanacheEngine
from ledger_chain.reader import ChainReader
from ledger_chain.register_events import Act, find_batch_outcome
from ledger_chain.transactions import MAX_BATCH_BYTES, MAX_BATCH_ITEMS
from ledger_cli.bench.act_items import Prescribed, dispense, dispense_item, plan_dispensing, prescribe
from ledger_cli.bench.act_world import PHARMACY, ActWorld, account_of, deploy_world, open_world, wait_for
from ledger_cli.bench.measurement import Stopwatch, cpu_seconds, percentiles_ms, resources_since
from ledger_cli.errors import CouldNotCheck
from ledger_proofs.types import Commitment

AIM_RATIO = 0.8
ONE_BY_ONE = 30
ACCEPTED_AT_ONCE = 1_000
"""Dispensings that share a unit of work, so that a queue is there at once."""
GIVE_UP_SECONDS = 900.0
DRAIN_POLL_SECONDS = 0.05
"""Looking costs this process time that the engines would have."""


@dataclass(frozen=True)
class _Timing:
    """How long a phase took, and how much CPU this process used for it."""

    seconds: float
    cpu_seconds: float
    gas: int
    batches: int


def bench_dispense(count: int, chain: str) -> dict[str, Any]:
    """Dispense `count` prescriptions ready-made, and as many through the gateway, on one chain."""
    before = cpu_seconds()
    # The engines' log lines have no place between the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="rxledger-bench-") as name, _open_engine(chain, name) as engine:
        deployment, home = deploy_world(engine.rpc_url), Path(name) / "home"
        with open_world(home, engine.rpc_url, deployment) as world:
            prescribed = prescribe(world, 2 * count + ONE_BY_ONE)
        with open_world(home, engine.rpc_url, deployment, is_running=False) as world:
            baseline = _feed_ready_made(world, prescribed[:count])
        with open_world(home, engine.rpc_url, deployment) as world:
            waits = _dispense_one_by_one(world, prescribed[2 * count :])
            drained = _drain(world, prescribed[count : 2 * count])
    return {
        "bench": "dispense",
        "chain": chain,
        "count": count,
        "dispensings_per_second": round(count / drained.seconds, 1),
        "baseline": "the same calls in batches ready-made and signed, sent one after another to that chain",
        "baseline_dispensings_per_second": round(count / baseline.seconds, 1),
        "ratio": round(baseline.seconds / drained.seconds, 3),
        "aim_ratio": AIM_RATIO,
        "batches": drained.batches,
        "baseline_batches": baseline.batches,
        "gas_per_dispensing": round(drained.gas / count),
        "baseline_gas_per_dispensing": round(baseline.gas / count),
        "gateway_cpu_ms_per_dispensing": round(drained.cpu_seconds / count * 1000, 3),
        "one_by_one": ONE_BY_ONE,
        "accepted_to_outcome": percentiles_ms(waits),
        **resources_since(before),
    }


def _open_engine(chain: str, folder: str) -> AbstractContextManager[ChainEngine]:
    home = Path(folder) / "chain"
    return AnvilEngine(home) if chain == "anvil" else GanacheEngine(home)


def _feed_ready_made(world: ActWorld, prescribed: Sequence[Prescribed]) -> _Timing:
    """Everything but sending and mining is done before the clock starts."""
    network = world.parts.network
    if network is None:
        raise LookupError("the world has no chain")
    account = account_of(PHARMACY)
    nonce = network.chain.mined_nonce(account)
    transactions: list[SignedTransaction] = []
    for encoded, gas in _pack(world, prescribed):
        unsigned = network.spending.build_batch(nonce + len(transactions), Act.DISPENSE, encoded, gas)
        transactions.append(world.parts.anchoring_keys.sign_transaction(PHARMACY, unsigned))
    watch, cpu_before = Stopwatch(), time.process_time()
    with watch.round():
        for position, transaction in enumerate(transactions):
            network.chain.send(transaction, account, nonce + position)
        for transaction in transactions:
            wait_for(lambda each=transaction: network.chain.find_receipt(each.hash), "a ready-made batch")  # type: ignore[misc]
    cpu = time.process_time() - cpu_before
    return _Timing(
        watch.total, cpu, _count_gas(world, [each.hash for each in transactions]), len(transactions)
    )


def _pack(world: ActWorld, prescribed: Sequence[Prescribed]) -> list[tuple[list[bytes], int]]:
    """Items as full batches, each with its gas limit."""
    batches: list[tuple[list[bytes], int]] = []
    encoded: list[bytes] = []
    gas: list[int] = []
    for each in prescribed:
        item = dispense_item(world, plan_dispensing(world, each), Commitment(os.urandom(32)))
        bytes_now = encode_item(Act.DISPENSE, item)
        if encoded and (
            batch_bytes([*encoded, bytes_now]) > MAX_BATCH_BYTES or len(encoded) == MAX_BATCH_ITEMS
        ):
            batches.append((encoded, gas_of_batch(gas)))
            encoded, gas = [], []
        encoded.append(bytes_now)
        gas.append(gas_of_item(item, bytes_now))
    return [*batches, (encoded, gas_of_batch(gas))]


def _drain(world: ActWorld, prescribed: Sequence[Prescribed]) -> _Timing:
    """Accept everything; the clock starts as the first unit of work is committed."""
    plans = [plan_dispensing(world, each) for each in prescribed]
    with world.parts.database.reading() as session:
        before = session.connection().execute(text("SELECT max(id) FROM spend_batch")).scalar_one()
    dispense(world, plans[:ACCEPTED_AT_ONCE])
    watch, cpu_before = Stopwatch(), time.process_time()
    with watch.round():
        for start in range(ACCEPTED_AT_ONCE, len(plans), ACCEPTED_AT_ONCE):
            dispense(world, plans[start : start + ACCEPTED_AT_ONCE])
        wait_for(lambda: _is_drained(world) or None, "all outcomes", GIVE_UP_SECONDS, DRAIN_POLL_SECONDS)
    cpu = time.process_time() - cpu_before
    with world.parts.database.reading() as session:
        new = text("SELECT hash FROM spend_batch WHERE id > :before")
        hashes = [row[0] for row in session.connection().execute(new, {"before": before})]
        states = {row[0] for row in session.connection().execute(text("SELECT state FROM spend_intent"))}
    if states != {SpendState.DONE.value}:
        raise CouldNotCheck("bench.refused", "a dispensing was refused", "有发药被拒绝")
    return _Timing(watch.total, cpu, _count_gas(world, hashes), len(hashes))


def _is_drained(world: ActWorld) -> bool:
    undecided = "SELECT 1 FROM spend_intent WHERE state IN ('waiting', 'signed', 'sent') LIMIT 1"
    with world.parts.database.reading() as session:
        return session.connection().execute(text(undecided)).first() is None


def _dispense_one_by_one(world: ActWorld, prescribed: Sequence[Prescribed]) -> list[float]:
    """How long each takes from before it is accepted until its outcome is known."""
    waits = []
    for each in prescribed:
        plan = plan_dispensing(world, each)
        begun = time.perf_counter()
        dispense(world, [plan])
        wait_for(lambda: _is_drained(world) or None, "an outcome")
        waits.append(time.perf_counter() - begun)
    return waits


def _count_gas(world: ActWorld, hashes: Sequence[bytes]) -> int:
    """The gas of all these batches. Raises `CouldNotCheck` if an item of one was refused."""
    reader, gas = ChainReader(world.rpc_url, world.deployment), 0
    for transaction_hash in hashes:
        found = find_batch_outcome(reader, transaction_hash)
        if found is None or not found.receipt.succeeded or found.refused:
            raise CouldNotCheck("bench.refused", "a dispensing was refused", "有发药被拒绝")
        gas += found.receipt.gas_used
    return gas
