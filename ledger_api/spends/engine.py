"""The spends engine: drives every institution's intents to an outcome, several batches under way at a time.

One pass takes each institution that has something to do as far as it goes without waiting. The state stands
in the database; whether the process was just started or comes back from an outage makes no difference.
"""

import time
from collections.abc import Callable

import structlog

from ledger_api.anchoring.models import TransactionState
from ledger_api.keystore.errors import KeyMissing
from ledger_api.spends.models import SpendBatch
from ledger_api.spends.repository import SpendRepository
from ledger_api.spends.steps import SpendSteps
from ledger_chain.errors import ChainError, ChainUnreachable, TransactionRefused
from ledger_web.workers import build_pause

IDLE_SECONDS = 1.0
"""How long until intents that wait for their window are looked at again."""
OUTCOME_POLL_SECONDS = 0.02
RESEND_SECONDS = 5.0
RECHECK_SECONDS = 1.0
"""How often the blocks of batches that aren't final are looked at again."""
MOST_UNDER_WAY = 8
"""How many batches of one account may wait for their block; of these, so many needn't be full:"""
MOST_PARTIAL_UNDER_WAY = 3
MOST_REFUSALS_BY_NODE = 5
"""How often a node may refuse a transaction before its items are put into others."""

ONE_INSTITUTIONS_OWN = (KeyMissing, ChainError)
"""Faults that hold up one institution and let the others go on. A silent chain holds up all of them."""


class SpendEngine:
    """Repeats the next step of every institution's spends. One thread calls `step`."""

    def __init__(
        self, steps: SpendSteps, finality_depth: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps = steps
        self._depth = finality_depth
        self._monotonic = monotonic
        self._sent_at: dict[int, float] = {}
        self._refused_by_node: dict[int, int] = {}
        self._blocked: dict[int, tuple[float, int, str]] = {}
        self._rechecked_at = 0.0
        self._logger = structlog.get_logger("rxledger.spends")

    @property
    def blocked_institutions(self) -> dict[int, str]:
        """The institutions whose spends can't go on at present, each with the code of the reason."""
        return {institution: code for institution, (_, _, code) in self._blocked.items()}

    def step(self) -> float | None:
        """Take every institution as far as it goes; return the seconds until there may be more to do.

        :return: None if there is nothing to do at all
        :raises ChainUnreachable: the node doesn't answer
        :raises ContractMismatch: it is another chain's
        """
        with self._steps.database.reading() as session:
            institutions = SpendRepository(session).list_institutions_at_work()
        if not institutions:
            return None
        sender = self._steps.chain.sender
        try:
            sender.verify_is_ours()
            is_recheck_due = self._monotonic() >= self._rechecked_at + RECHECK_SECONDS
            if is_recheck_due:
                self._rechecked_at = self._monotonic()
            return min(self._advance(institution, is_recheck_due) for institution in institutions)
        except ChainUnreachable:
            sender.forget_verification()
            raise

    def _advance(self, institution: int, is_recheck_due: bool) -> float:
        resume_at, _, _ = self._blocked.get(institution, (0.0, 0, ""))
        if self._monotonic() < resume_at:
            return resume_at - self._monotonic()
        try:
            pause = self._take_steps(institution)
            if is_recheck_due:
                self._recheck(institution)
        except ChainUnreachable:
            raise
        except ONE_INSTITUTIONS_OWN as reason:
            return self._note_blocked(institution, reason.code)
        self._blocked.pop(institution, None)
        return pause

    def _take_steps(self, institution: int) -> float:
        with self._steps.database.reading() as session:
            under_way = list(SpendRepository(session).list_under_way(institution))
        has_moved = False
        for batch in list(under_way):
            # Looked for before it is sent again: an engine that was killed may take the same bytes twice.
            if self._steps.look_for_outcome(batch):
                under_way.remove(batch)
                self._sent_at.pop(batch.id or 0, None)
                has_moved = True
            elif self._is_sending_due(batch):
                self._send(batch)
        while len(under_way) < MOST_UNDER_WAY:
            batch_now = self._steps.sign_next(
                institution, is_full_wanted=len(under_way) >= MOST_PARTIAL_UNDER_WAY
            )
            if batch_now is None:
                break
            self._send(batch_now)
            under_way.append(batch_now)
            has_moved = True
        if has_moved:
            return 0.0
        return OUTCOME_POLL_SECONDS if under_way else IDLE_SECONDS

    def _is_sending_due(self, batch: SpendBatch) -> bool:
        if batch.state == TransactionState.SIGNED:
            return True
        return self._monotonic() - self._sent_at.get(batch.id or 0, -RESEND_SECONDS) >= RESEND_SECONDS

    def _send(self, batch: SpendBatch) -> None:
        number = batch.id or 0
        try:
            self._steps.send(batch)
        except TransactionRefused as refusal:
            refusals = self._refused_by_node.get(number, 0) + 1
            self._refused_by_node[number] = refusals
            if refusals < MOST_REFUSALS_BY_NODE:
                raise
            self._steps.give_up(batch, refusal.code)
        self._refused_by_node.pop(number, None)
        self._sent_at[number] = self._monotonic()

    def _recheck(self, institution: int) -> None:
        with self._steps.database.reading() as session:
            batches = SpendRepository(session).list_not_final(institution)
        if not batches:
            return
        head = self._steps.chain.sender.block_number()
        for batch in batches:
            self._steps.recheck(batch, self._depth, head)

    def _note_blocked(self, institution: int, code: str) -> float:
        _, attempts, _ = self._blocked.get(institution, (0.0, 0, ""))
        pause = build_pause(attempts + 1)
        self._blocked[institution] = (self._monotonic() + pause, attempts + 1, code)
        self._logger.warning("spends_blocked", institution=institution, code=code, attempts=attempts + 1)
        return pause
