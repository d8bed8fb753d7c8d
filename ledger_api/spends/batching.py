"""Which intents go into one transaction, with how much gas; and what a refusal means for an intent."""

from collections.abc import Iterable, Sequence
from typing import Final

from ledger_api.spends.models import SpendIntent
from ledger_chain.batches import batch_bytes, gas_of_batch
from ledger_chain.refusal_wording import DecodedRefusal
from ledger_chain.transactions import MAX_BATCH_BYTES, MAX_BATCH_ITEMS

MAX_BATCH_GAS: Final = 20_000_000
"""Well below the 30 million that a block has on every engine: two batches may share one."""
GAS_GROWTH: Final = 4
"""How many times as much gas an item gets at each attempt, once it failed for want of it."""
MOST_ATTEMPTS: Final = 4
"""How often a transaction that failed as a whole is tried again before its items count as refused."""
MOST_WAITING_SECONDS: Final = 600
"""How long an intent waits for a checkpoint that its proofs need; then the chain decides."""
CHECKPOINT_PAUSE_SECONDS: Final = 2
CHECKPOINT_MISSING: Final = "checkpoint-missing"
"""The failure of one that waits so."""
CLOCK_PAUSE_SECONDS: Final = 15
"""How long to wait when the chain's clock is behind ours."""

_NOT_RECORDED: Final = "CheckpointLogNotRecorded"
_TOO_EARLY: Final = "ClaimRegisterTooEarly"
_MOVED_ALREADY: Final = frozenset(
    (
        "ClaimRegisterNotUnused",
        "ClaimRegisterNotDispensed",
        "ClaimRegisterNotSettled",
        "ClaimRegisterRestoreCountDiffers",
        "ClaimRegisterDigestDiffers",
    )
)


def choose_batch(candidates: Sequence[SpendIntent]) -> list[SpendIntent]:
    """Choose from intents of one act, oldest first, as many as go into one transaction.

    One whose transaction failed as a whole before goes alone, so that it can't hold up others again.
    """
    chosen: list[SpendIntent] = []
    for intent in candidates:
        if intent.attempts and chosen:
            continue
        grown = [*chosen, intent]
        if chosen and not _fits(grown):
            break
        chosen = grown
        if intent.attempts or len(chosen) == MAX_BATCH_ITEMS:
            break
    return chosen


def gas_for(intents: Iterable[SpendIntent]) -> int:
    """Return the gas limit of the transaction that holds these intents."""
    limit = gas_of_batch([intent.gas * GAS_GROWTH**intent.attempts for intent in intents])
    return min(limit, MAX_BATCH_GAS)


def earliest_retry(refusal: DecodedRefusal, intent: SpendIntent, now: int) -> int | None:
    """Return from when on an intent that was refused may be sent again; None if the refusal is final.

    Only two refusals are a "not yet": a window that hasn't begun by the chain's clock, and a checkpoint that
    a reorganisation took away. The latter is waited for as long as it may take, and no longer.
    """
    if refusal.error == _TOO_EARLY:
        return max(int(refusal.arguments["notBefore"]), now + CLOCK_PAUSE_SECONDS)
    if refusal.error == _NOT_RECORDED and now < intent.enqueued_at + MOST_WAITING_SECONDS:
        return now + CHECKPOINT_PAUSE_SECONDS
    return None


def may_be_own_effect(refusal: DecodedRefusal) -> bool:
    """Whether the refusal says that a claim moved already: perhaps by this very intent, sent before."""
    return refusal.error in _MOVED_ALREADY


def _fits(intents: Sequence[SpendIntent]) -> bool:
    return (
        batch_bytes([intent.item for intent in intents]) <= MAX_BATCH_BYTES
        and gas_of_batch([intent.gas for intent in intents]) <= MAX_BATCH_GAS
    )
