"""The outbox: two threads that carry accepted entries, and what they do to claims, to the chain.

A request commits its record, entries and intent, and only wakes the first thread. The sequencer gives
positions and wakes the second, which alone draws nonces and sends: the spends engine brings acts to the
chain, the anchoring engine checkpoints. Between them stands the database (ADR 0006, ADR 0016).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger_api.anchoring.engine import AnchoringEngine, Cadence
from ledger_api.anchoring.steps import CheckpointSteps
from ledger_api.config import Settings
from ledger_api.crash_points import CrashPoints
from ledger_api.keystore.interfaces import AnchoringKeys
from ledger_api.log.queue_state import read_queue
from ledger_api.log.sequencer import IDLE_SECONDS, LARGEST_BATCH, Sequencer
from ledger_api.network import Network
from ledger_api.observability.metrics import Metrics
from ledger_api.spends.engine import SpendEngine
from ledger_api.spends.repository import UNDECIDED, SpendRepository
from ledger_api.spends.steps import SpendSteps
from ledger_chain.errors import ChainError
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.readiness import PartState
from ledger_web.workers import Worker

FAILURES_BEFORE_DEGRADED = 3
LONG_WAIT_SECONDS = 60
"""An entry that waits longer tells of a chain that halts, or of a node that sends nothing on."""
MEASURE_SECONDS = 0.5
"""How old the figures of `/metrics` may be."""
GATHER_SECONDS = 0.02
"""How long accepted entries gather before they get their positions: one commit for all of them."""


@dataclass(frozen=True)
class OutboxParts:
    """What the outbox is made of."""

    settings: Settings
    database: Database
    clock: Clock
    keys: AnchoringKeys
    metrics: Metrics
    network: Network | None


class Outbox:
    """The threads, and how requests and operators see them."""

    def __init__(self, parts: OutboxParts) -> None:
        self._parts = parts
        self._measured_at = -MEASURE_SECONDS
        self._crash_points = CrashPoints(parts.settings.crash_at)
        self._sequencer = Sequencer(parts.database, parts.clock, self._crash_points)
        self._engine = self._build_engine()
        self._spends = self._build_spends()
        self._sequencing = self._build_worker("sequencer", self._sequence, GATHER_SECONDS)
        self._anchoring = self._build_worker("anchoring", self._send)

    @property
    def workers(self) -> Sequence[Worker]:
        """The threads, to be started and stopped with the application."""
        return (self._sequencing, self._anchoring)

    def note_accepted(self) -> None:
        """Say that a record was committed: call it after the commit and before the reply."""
        self._crash_points.reach("accepted")
        self._sequencing.wake()

    def ask_sequencer(self) -> PartState:
        """Say how the sequencer is, for readiness."""
        return ask_worker(self._sequencing)

    def ask_anchoring(self) -> PartState:
        """Say how the anchoring engine is, for readiness. What it can't do now it catches up with later."""
        state = ask_worker(self._anchoring)
        if state.state != "ok" or self._engine is None:
            return state
        if self._engine.blocked_logs:
            blocked = sorted(self._engine.blocked_logs.items())[:5]
            return PartState("degraded", ", ".join(f"log {log}: {code}" for log, code in blocked))
        with self._parts.database.reading() as session:
            oldest = read_queue(session).oldest_accepted_at
        waits = 0 if oldest is None else self._parts.clock() - oldest
        if waits > LONG_WAIT_SECONDS:
            return PartState("degraded", f"the oldest entry has waited {waits} s for its checkpoint")
        return state

    def ask_spends(self) -> PartState:
        """Say whether acts get their outcomes, for readiness."""
        if self._spends is None or not self._spends.blocked_institutions:
            return PartState("ok")
        blocked = sorted(self._spends.blocked_institutions.items())[:5]
        return PartState("degraded", ", ".join(f"institution {number}: {code}" for number, code in blocked))

    def ask_chain(self) -> PartState:
        """Say whether the node answers, for readiness. Without it records are still accepted."""
        if self._parts.network is None:
            return PartState("degraded", "network-missing")
        try:
            block = self._parts.network.reader.block_number()
        except ChainError as fault:
            return PartState("degraded", fault.code)
        return PartState("ok", f"block {block}")

    def _build_engine(self) -> AnchoringEngine | None:
        parts = self._parts
        if parts.network is None:
            return None
        steps = CheckpointSteps(
            parts.database, parts.network.chain, parts.keys, parts.clock, self._crash_points
        )
        settings = parts.settings
        return AnchoringEngine(
            steps, Cadence(settings.checkpoint_interval_ms / 1000, settings.finality_depth)
        )

    def _build_spends(self) -> SpendEngine | None:
        parts = self._parts
        if parts.network is None:
            return None
        depth = parts.settings.finality_depth
        steps = SpendSteps(
            parts.database,
            parts.network.spending,
            parts.keys,
            parts.clock,
            self._crash_points,
            is_final_at_once=depth == 0,
            count_outcome=lambda act, state: parts.metrics.spend_outcomes.labels(act, state).inc(),
        )
        return SpendEngine(steps, depth)

    def _build_worker(self, name: str, step: Callable[[], float], gather_seconds: float = 0.0) -> Worker:
        return Worker(name, step, self._parts.metrics.worker_failures.labels(name).inc, gather_seconds)

    def _sequence(self) -> float:
        try:
            placed = self._sequencer.place_pending()
        finally:
            self._anchoring.wake()
        return 0.0 if placed >= LARGEST_BATCH else IDLE_SECONDS

    def _send(self) -> float:
        """Let both engines do what they can: acts first, since somebody waits at the counter."""
        pause: float | None = None
        try:
            pause = None if self._spends is None else self._spends.step()
        finally:
            anchoring_pause = self._anchor()
        return anchoring_pause if pause is None else min(pause, anchoring_pause)

    def _anchor(self) -> float:
        try:
            return IDLE_SECONDS if self._engine is None else self._engine.step()
        finally:
            self._measure()

    def _measure(self) -> None:
        """Count what is under way, for the operator; not more often than anybody looks."""
        if time.monotonic() < self._measured_at + MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        with self._parts.database.reading() as session:
            queue, spends = read_queue(session), SpendRepository(session).count_undecided()
        now, metrics = self._parts.clock(), self._parts.metrics
        for state, depth in queue.depths.items():
            metrics.queue_depth.labels(state).set(depth)
        for undecided in UNDECIDED:
            metrics.spends_undecided.labels(undecided).set(spends.get(undecided, (0, now))[0])
        oldest = queue.oldest_accepted_at
        metrics.anchor_lag_seconds.set(0 if oldest is None else max(0, now - oldest))
        oldest_spend = min((came for _, came in spends.values()), default=now)
        metrics.spend_lag_seconds.set(max(0, now - oldest_spend))


def ask_worker(worker: Worker) -> PartState:
    """Say how a thread is, for readiness."""
    if not worker.is_alive:
        return PartState("failed", "thread-ended")
    if worker.failures_in_a_row >= FAILURES_BEFORE_DEGRADED:
        return PartState("degraded", worker.last_failure)
    return PartState("ok")
