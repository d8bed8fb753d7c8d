"""The steps of a batch of spends on its way to the chain, each from one committed state to the next.

As with checkpoints (`ledger_api/anchoring/steps.py`): a step asks the chain without holding a transaction
open, and commits what it found provided that the row still is as it was read. So it can be repeated at any
time, by anybody, after any crash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger_api.anchoring.accounts import has_earlier_unsent, take_nonce
from ledger_api.anchoring.chain import Sending
from ledger_api.anchoring.models import TransactionState
from ledger_api.crash_points import CrashPoints
from ledger_api.keystore.interfaces import AnchoringKeys, SignedTransaction
from ledger_api.spends.batching import (
    CHECKPOINT_MISSING,
    CHECKPOINT_PAUSE_SECONDS,
    MOST_WAITING_SECONDS,
    choose_batch,
    gas_for,
)
from ledger_api.spends.chain import MinedBatch, SpendingChain
from ledger_api.spends.models import Act, SpendBatch, SpendIntent, SpendState
from ledger_api.spends.outcomes import OutcomeReader, unplaced_members
from ledger_api.spends.repository import SpendRepository
from ledger_chain.transactions import MAX_BATCH_ITEMS
from ledger_proofs.types import Address
from ledger_web.clock import Clock
from ledger_web.database import Database


@dataclass(frozen=True)
class SpendSteps:
    """Everything that the steps of spends need."""

    database: Database
    chain: SpendingChain
    keys: AnchoringKeys
    clock: Clock
    crash_points: CrashPoints
    is_final_at_once: bool
    """Whether a block, once there, stays: the finality depth is 0."""
    count_outcome: Callable[[Act, SpendState], None] = lambda _act, _state: None

    def sign_next(self, institution: int, *, is_full_wanted: bool) -> SpendBatch | None:
        """Put the oldest intents that can go now into a signed transaction, written down before it is sent.

        :param is_full_wanted: only if they fill a transaction
        :return: the transaction's row, None if nothing can go
        """
        chosen, is_full = self._choose(institution)
        if not chosen or (is_full_wanted and not is_full):
            return None
        account = Address(self.keys.anchoring_address(institution))
        mined = self.chain.sender.mined_nonce(account)
        with self.database.writing() as session:
            repository = SpendRepository(session)
            ids = [_id_of(intent) for intent in chosen]
            if any(fresh.state != SpendState.WAITING for fresh in repository.list_by_ids(ids)):
                return None
            nonce = take_nonce(session, account, institution, mined)
            act = chosen[0].act
            unsigned = self.chain.build_batch(nonce, act, [intent.item for intent in chosen], gas_for(chosen))
            signed = self.keys.sign_transaction(institution, unsigned)
            batch = SpendBatch(
                institution=institution,
                act=act,
                account=account,
                nonce=nonce,
                hash=signed.hash,
                raw=signed.raw,
                signed_at=self.clock(),
            )
            repository.add(batch)
            repository.change_intents(
                [
                    {
                        "id": number,
                        "state": SpendState.SIGNED,
                        "batch_id": batch.id,
                        "batch_index": index,
                        "transaction_hash": signed.hash,
                    }
                    for index, number in enumerate(ids)
                ]
            )
        self.crash_points.reach("spend_signed")
        return batch

    def send(self, batch: SpendBatch) -> None:
        """Give the kept transaction to the node; the same bytes as often as it takes.

        Not before those of the account's other transactions that come before it.
        """
        with self.database.reading() as session:
            if has_earlier_unsent(session, batch.account, batch.nonce):
                return
        signed = SignedTransaction(batch.raw, batch.hash)
        if self.chain.sender.send(signed, Address(batch.account), batch.nonce) is Sending.NONCE_USED:
            self._resolve_used_nonce(batch)
            return
        self.crash_points.reach("spend_sent")
        if batch.state == TransactionState.SENT:
            return
        with self.database.writing() as session:
            repository = SpendRepository(session)
            fresh = _find_unmoved(repository, batch)
            if fresh is None:
                return
            fresh.state = TransactionState.SENT
            fresh.sent_at = self.clock()
            repository.change_intents_of(_id_of(batch), state=SpendState.SENT)

    def look_for_outcome(self, batch: SpendBatch) -> bool:
        """Look whether the transaction is in a block, and note each item's outcome; say whether it was."""
        mined = self.chain.find_mined(batch.hash)
        if mined is None:
            return False
        self._decide(batch, mined)
        return True

    def give_up(self, batch: SpendBatch, code: str) -> None:
        """Take back a transaction that no node will have: its nonce and its items go into others."""
        self._throw_back(batch, code, is_counted=True)

    def recheck(self, batch: SpendBatch, depth: int, head: int) -> None:
        """Look whether a batch's block still stands; call it final, or take its outcomes back."""
        number = batch.block_number or 0
        if self.chain.find_block_hash(number) != batch.block_hash:
            self._go_back(batch)
            return
        if head < number + depth:
            return
        with self.database.writing() as session:
            fresh = _find_unmoved(SpendRepository(session), batch)
            if fresh is not None:
                fresh.is_final = True

    def _choose(self, institution: int) -> tuple[list[SpendIntent], bool]:
        """The intents that go next, and whether more wait behind them."""
        with self.database.reading() as session:
            repository, now = SpendRepository(session), self.clock()
            act = repository.find_next_act(institution, now)
            if act is None:
                return [], False
            candidates = repository.list_ready(institution, act, now, MAX_BATCH_ITEMS + 1)
        possible = self._without_missing_checkpoints(candidates)
        chosen = choose_batch(possible)
        return chosen, len(chosen) < len(possible)

    def _without_missing_checkpoints(self, candidates: Sequence[SpendIntent]) -> list[SpendIntent]:
        """Those whose proofs' checkpoints the chain holds; the others wait a while."""
        needed = {(log, size) for intent in candidates for log, size in intent.checkpoints}
        missing = {place for place in needed if not self.chain.is_recorded(*place)}
        if not missing:
            return list(candidates)
        now = self.clock()
        waiting = [
            intent
            for intent in candidates
            if now < intent.enqueued_at + MOST_WAITING_SECONDS
            and any((log, size) in missing for log, size in intent.checkpoints)
        ]
        if waiting:
            later = {"earliest_at": now + CHECKPOINT_PAUSE_SECONDS, "last_failure": CHECKPOINT_MISSING}
            with self.database.writing() as session:
                SpendRepository(session).change_intents([{"id": _id_of(each)} | later for each in waiting])
        held = {intent.id for intent in waiting}
        return [intent for intent in candidates if intent.id not in held]

    def _resolve_used_nonce(self, batch: SpendBatch) -> None:
        mined = self.chain.find_mined(batch.hash)
        if mined is None:
            self._throw_back(batch, "nonce-used")
        else:
            self._decide(batch, mined)

    def _throw_back(self, batch: SpendBatch, code: str, *, is_counted: bool = False) -> None:
        """This transaction won't be mined: what it would have done another does, or did."""
        outcomes, intents = self._outcomes(), self._list_intents(batch)
        changes = [
            outcomes.find_own_effect(intent) or unplaced_members(intent, code, is_counted=is_counted)
            for intent in intents
        ]
        self._write(batch, TransactionState.DISPLACED, intents, changes)

    def _decide(self, batch: SpendBatch, mined: MinedBatch) -> None:
        intents, outcomes = self._list_intents(batch), self._outcomes()
        if mined.receipt.succeeded:
            changes = outcomes.read(batch, intents, mined)
            self._write(batch, TransactionState.MINED, intents, changes, mined)
        else:
            changes = outcomes.judge_reverted(batch, intents, mined)
            self._write(batch, TransactionState.REVERTED, intents, changes, mined)
        self.crash_points.reach("spend_decided")

    def _outcomes(self) -> OutcomeReader:
        return OutcomeReader(self.chain, self.clock)

    def _list_intents(self, batch: SpendBatch) -> Sequence[SpendIntent]:
        with self.database.reading() as session:
            return SpendRepository(session).list_of_batch(_id_of(batch))

    def _write(
        self,
        batch: SpendBatch,
        state: TransactionState,
        intents: Sequence[SpendIntent],
        changes: Sequence[dict[str, object]],
        mined: MinedBatch | None = None,
    ) -> None:
        with self.database.writing() as session:
            repository = SpendRepository(session)
            fresh = _find_unmoved(repository, batch)
            if fresh is None:
                return
            fresh.state = state
            if mined is not None:
                fresh.block_number = mined.receipt.block_number
                fresh.block_hash = mined.receipt.block_hash
                fresh.is_final = self.is_final_at_once
            session.flush()
            repository.change_intents(
                [{"id": _id_of(intent)} | change for intent, change in zip(intents, changes, strict=True)]
            )
        for change in changes:
            if change["state"] in (SpendState.DONE, SpendState.REFUSED):
                self.count_outcome(batch.act, SpendState(str(change["state"])))

    def _go_back(self, batch: SpendBatch) -> None:
        """After a reorganisation: nothing is known of this batch's items any more; it is on the way again."""
        with self.database.writing() as session:
            repository = SpendRepository(session)
            fresh = _find_unmoved(repository, batch)
            if fresh is None:
                return
            fresh.state = TransactionState.SENT
            fresh.block_number, fresh.block_hash = None, None
            session.flush()
            repository.change_intents_of(
                _id_of(batch), state=SpendState.SENT, refusal=None, block_number=None, block_time=None
            )


def _find_unmoved(repository: SpendRepository, batch: SpendBatch) -> SpendBatch | None:
    """Return the batch's row in this unit of work, or None if its state isn't as it was read."""
    fresh = repository.get_batch(_id_of(batch))
    return fresh if fresh.state == batch.state else None


def _id_of(row: SpendBatch | SpendIntent) -> int:
    if row.id is None:
        raise LookupError("the row isn't written yet")
    return row.id
