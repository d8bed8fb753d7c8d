"""The anchoring engine: drives every log's checkpoints to the chain, one under way per log at a time.

One pass takes each log that has something to do as far as it goes without waiting. Whether the process was
just started, woken, or comes back from an outage makes no difference: it reads the rows and goes on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from ledger_api.anchoring.models import CheckpointState, LogCheckpoint
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.anchoring.steps import AnchoringBlocked, CheckpointSteps
from ledger_api.keystore.errors import KeyMissing
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import TileTooNarrow
from ledger_chain.errors import ChainError, ChainUnreachable
from ledger_proofs.errors import LedgerProofError
from ledger_web.workers import build_pause

IDLE_SECONDS = 5.0
RECEIPT_POLL_SECONDS = 0.05
RESEND_SECONDS = 5.0
"""After how long without a receipt the same bytes are sent again: a node may lose its pool over a restart."""
MOST_STEPS_PER_PASS = 64
"""How far one log may go before the others have their turn."""


@dataclass(frozen=True)
class Cadence:
    """How often a log may be anchored, and how many blocks on top make a checkpoint final."""

    interval_seconds: float
    finality_depth: int


ONE_LOGS_OWN = (AnchoringBlocked, KeyMissing, TileTooNarrow, LedgerProofError, ChainError)
"""Faults that hold up one log and let the others go on. A silent chain holds up all of them."""


class AnchoringEngine:
    """Repeats the next step of every log. One thread calls `step`; the state stands in the database."""

    def __init__(
        self,
        steps: CheckpointSteps,
        cadence: Cadence,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps = steps
        self._cadence = cadence
        self._monotonic = monotonic
        self._intended_at: dict[int, float] = {}
        self._sent_at: dict[int, float] = {}
        self._blocked: dict[int, tuple[float, str]] = {}
        self._logger = structlog.get_logger("rxledger.anchoring")

    @property
    def blocked_logs(self) -> dict[int, str]:
        """The logs that can't go on at present, each with the code of the reason."""
        return {log: code for log, (_, code) in self._blocked.items()}

    def step(self) -> float:
        """Take every log as far as it goes; return the seconds until there may be more to do.

        Raises `ChainUnreachable` when the node doesn't answer, `ContractMismatch` when it is another chain's.
        """
        with self._steps.database.reading() as session:
            logs = LogRepository(session).list_logs_not_final()
        if not logs:
            return IDLE_SECONDS
        try:
            self._steps.chain.verify_is_ours()
            return min(self._advance(log) for log in logs)
        except ChainUnreachable:
            self._steps.chain.forget_verification()
            raise

    def _advance(self, log: int) -> float:
        resume_at, _ = self._blocked.get(log, (0.0, ""))
        if self._monotonic() < resume_at:
            return resume_at - self._monotonic()
        try:
            for _ in range(MOST_STEPS_PER_PASS):
                pause = self._take_step(log)
                if pause is not None:
                    break
            else:
                pause = 0.0
        except ChainUnreachable:
            raise
        except ONE_LOGS_OWN as reason:
            return self._note_blocked(log, reason.code)
        self._blocked.pop(log, None)
        return pause

    def _take_step(self, log: int) -> float | None:
        """Take one step; return None if something moved, otherwise how long to wait."""
        with self._steps.database.reading() as session:
            repository = AnchoringRepository(session)
            recorded = repository.find_first_not_final(log)
            under_way = repository.find_under_way(log)
        if recorded is not None and self._is_deep_enough(recorded):
            self._steps.finalise(recorded)
            return None
        pause = self._intend_when_due(log) if under_way is None else self._move(under_way)
        if pause is not None and recorded is not None:
            return min(pause, RECEIPT_POLL_SECONDS)
        return pause

    def _is_deep_enough(self, recorded: LogCheckpoint) -> bool:
        if self._cadence.finality_depth == 0 or recorded.block_number is None:
            return True
        return self._steps.chain.block_number() >= recorded.block_number + self._cadence.finality_depth

    def _intend_when_due(self, log: int) -> float | None:
        now = self._monotonic()
        due_at = self._intended_at.get(log, now) + self._cadence.interval_seconds
        if log in self._intended_at and now < due_at:
            return due_at - now
        if not self._steps.intend(log):
            return IDLE_SECONDS
        self._intended_at[log] = now
        return None

    def _move(self, checkpoint: LogCheckpoint) -> float | None:
        if checkpoint.state == CheckpointState.INTENDED:
            self._steps.sign(checkpoint)
            return None
        if checkpoint.state == CheckpointState.SIGNED:
            self._send(checkpoint)
            return None
        if self._steps.look_for_receipt(checkpoint):
            return None
        if self._monotonic() - self._sent_at.get(checkpoint.log, -RESEND_SECONDS) >= RESEND_SECONDS:
            self._send(checkpoint)
        return RECEIPT_POLL_SECONDS

    def _send(self, checkpoint: LogCheckpoint) -> None:
        self._steps.send(checkpoint)
        self._sent_at[checkpoint.log] = self._monotonic()

    def _note_blocked(self, log: int, code: str) -> float:
        attempts = 1
        with self._steps.database.reading() as session:
            checkpoint = AnchoringRepository(session).find_under_way(log)
        if checkpoint is not None and checkpoint.id is not None:
            attempts = self._steps.note_failure(checkpoint.id, code)
        pause = build_pause(attempts)
        self._blocked[log] = (self._monotonic() + pause, code)
        self._logger.warning("anchoring_blocked", log=log, code=code, attempts=attempts)
        return pause
