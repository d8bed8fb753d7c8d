"""What became of each item of a batch, read from the events of its block (ADR 0016)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger_api.spends.batching import CHECKPOINT_MISSING, MOST_ATTEMPTS, earliest_retry, may_be_own_effect
from ledger_api.spends.chain import MinedBatch, SpendingChain
from ledger_api.spends.models import SpendBatch, SpendIntent, SpendState
from ledger_chain.contracts import encode_refusal
from ledger_chain.errors import BadAnswer
from ledger_chain.refusal_wording import decode_refusal
from ledger_proofs.types import Address
from ledger_web.clock import Clock

Members = dict[str, object]
"""Members of an intent's row to be changed."""

NEVER_SENT: Final = (None, CHECKPOINT_MISSING)
"""What an intent has failed by that was in no other transaction before."""
_UNPLACED: Final[Members] = {
    "state": SpendState.WAITING,
    "batch_id": None,
    "batch_index": None,
    "transaction_hash": None,
    "block_number": None,
    "block_time": None,
}


@dataclass(frozen=True)
class OutcomeReader:
    """Reads outcomes; changes nothing."""

    chain: SpendingChain
    clock: Clock

    def read(self, batch: SpendBatch, intents: Sequence[SpendIntent], mined: MinedBatch) -> list[Members]:
        """Return what to change of each intent of a batch that was mined, in the same order.

        Raises BadAnswer when the node's events leave an item without an outcome.
        """
        refusals = {event.index: event.reason for event in mined.outcome.refused}
        changes = []
        for intent in intents:
            reason = refusals.get(-1 if intent.batch_index is None else intent.batch_index)
            if reason is not None:
                changes.append(self._judge_refusal(intent, reason, mined))
            elif intent.commitment in mined.outcome.done:
                changes.append(_decided(SpendState.DONE, mined))
            else:
                raise BadAnswer("The chain node gave a batch's receipt without what became of an item.")
        return changes

    def judge_reverted(
        self, batch: SpendBatch, intents: Sequence[SpendIntent], mined: MinedBatch
    ) -> list[Members]:
        """Return what to change of each intent of a batch that failed as a whole.

        Either the account may not act for the institution, which is a refusal; or the gas was short, and the
        items go alone and with more.
        """
        if not self.chain.is_acting(Address(batch.account), batch.institution):
            account = "0x" + batch.account.hex()
            refusal = encode_refusal("ClaimRegisterSenderNotActing", account)
            return [_decided(SpendState.REFUSED, mined, refusal) for _ in intents]
        short = encode_refusal("ClaimRegisterGasShort", 0)
        return [
            _decided(SpendState.REFUSED, mined, short)
            if intent.attempts + 1 >= MOST_ATTEMPTS
            else unplaced_members(intent, "batch-reverted", is_counted=True)
            for intent in intents
        ]

    def find_own_effect(self, intent: SpendIntent, *, was_sent: bool = True) -> Members | None:
        """Return what to change of an intent that the chain has done already; None if it hasn't.

        `was_sent`: in another transaction, whose receipt a node may hide.
        """
        found = self.chain.find_effect(intent, may_be_hidden=was_sent)
        if found is None:
            return None
        event, time = found
        return {
            "state": SpendState.DONE,
            "refusal": None,
            "transaction_hash": event.place.transaction_hash,
            "block_number": event.place.block_number,
            "block_time": time,
        }

    def _judge_refusal(self, intent: SpendIntent, reason: bytes, mined: MinedBatch) -> Members:
        decoded = decode_refusal(reason)
        if may_be_own_effect(decoded):
            own = self.find_own_effect(intent, was_sent=intent.last_failure not in NEVER_SENT)
            if own is not None:
                return own
        retry_at = earliest_retry(decoded, intent, self.clock())
        if retry_at is not None:
            self.chain.forget_recorded()
            return _UNPLACED | {"earliest_at": retry_at, "last_failure": decoded.code}
        return _decided(SpendState.REFUSED, mined, reason)


def unplaced_members(intent: SpendIntent, code: str, *, is_counted: bool) -> Members:
    """What to change of an intent whose transaction won't be mined; `is_counted`: by a fault of its own."""
    attempts = min(intent.attempts + is_counted, MOST_ATTEMPTS)
    return _UNPLACED | {"attempts": attempts, "last_failure": code}


def _decided(state: SpendState, mined: MinedBatch, refusal: bytes | None = None) -> Members:
    return {
        "state": state,
        "refusal": refusal,
        "block_number": mined.receipt.block_number,
        "block_time": mined.block_time,
    }
