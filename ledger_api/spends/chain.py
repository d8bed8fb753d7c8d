"""What the spends engine asks of a chain, and its answer from a node.

Every method raises `ChainUnreachable` when the node doesn't answer.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_api.anchoring.chain import AnchoringChain
from ledger_api.nodes.held import HeldNode
from ledger_api.spends.models import Act, SpendIntent
from ledger_chain.answers import Receipt
from ledger_chain.batches import build_batch_call
from ledger_chain.contracts import ContractName
from ledger_chain.deployment import Deployment
from ledger_chain.proven_reading import EventsMissing, ProvenReading, ReceiptsForged
from ledger_chain.reader import ChainReader
from ledger_chain.register_events import (
    DONE_BY,
    BatchOutcome,
    Done,
    Refused,
    build_batch_outcome,
    parse_register_event,
    read_register_events,
)
from ledger_chain.transactions import UnsignedTransaction
from ledger_proofs.types import Address, Hash

LOG_SPAN_BLOCKS = 2_000
"""How many blocks one question for events covers: nodes limit it."""
REMEMBERED_SECONDS = 30.0
MOST_REMEMBERED = 10_000
"""How long, and of how many, it is remembered that a checkpoint is on the chain."""
PROVEN_SPAN_BLOCKS = 100
"""How many blocks' events are proven at once."""
CLOCK_SLACK_SECONDS = 900
"""By how much the chain's clock may be behind the gateway's when the beginning of a search is chosen."""


@dataclass(frozen=True)
class MinedBatch:
    """What the register said of a batch's items, and the time of its block."""

    outcome: BatchOutcome
    block_time: int

    @property
    def receipt(self) -> Receipt:
        """Where the transaction went."""
        return self.outcome.receipt


class SpendingChain:
    """The chain that an institution's acts go to: sends through anchoring's chain, reads by itself."""

    def __init__(
        self,
        chain: AnchoringChain,
        reader: ChainReader,
        deployment: Deployment,
        gas_price_wei: int = 0,
        held: HeldNode | None = None,
    ) -> None:
        self.sender = chain
        self._reader = reader
        self._deployment = deployment
        self._gas_price_wei = gas_price_wei
        self._held = held or HeldNode(deployment.trust())
        self._recorded_until: dict[tuple[int, int], float] = {}

    def build_batch(
        self, nonce: int, act: Act, encoded: Sequence[bytes], gas: int
    ) -> Mapping[str, int | str | bytes]:
        """Build the unsigned transaction of a batch from its encoded items."""
        register, call = self._deployment.claim_register, build_batch_call(act, encoded)
        return UnsignedTransaction(
            self._deployment.chain_id, register, nonce, gas, self._gas_price_wei, call
        ).fields()

    def find_mined(self, transaction_hash: bytes) -> MinedBatch | None:
        """Return what became of a transaction, or None while it is in no block.

        Where validators seal the chain, receipt and events are proven. Raises `NodeLies`.
        """
        found = self._reader.find_mined(ContractName.CLAIM_REGISTER, transaction_hash)
        if found is None:
            return None
        header = self._held.verify_mined(self._reader, *found)
        number = found[0].block_number
        time = self._reader.block_time(number) if header is None else header.header.timestamp
        return MinedBatch(build_batch_outcome(*found), time)

    def find_effect(self, intent: SpendIntent, *, may_be_hidden: bool = False) -> tuple[Done, int] | None:
        """Return the event by which the chain did what an intent asks, whoever sent it, and its time.

        Looks from the latest block back to when the intent was written down: it can't have been done before.
        `may_be_hidden`: it may have been sent before, so that where validators seal the chain, it is proven
        that there is none. Raises `NodeLies`.
        """
        found = self._find_told(intent)
        if found is not None:
            return found, self._get_proven_time(found)
        proven = self._held.find_proven(self._reader) if may_be_hidden else None
        if proven is not None:
            with self._held.noting():
                self._verify_undone(proven, intent)
        return None

    def _get_proven_time(self, event: Done) -> int:
        """The time of an event's block; where validators seal the chain, the event is proven to be there."""
        number = event.place.block_number
        if not self._held.is_proving:
            return self._reader.block_time(number)
        mined = self.find_mined(event.place.transaction_hash)
        if mined is None or event.statement not in mined.outcome.done:
            with self._held.noting():
                raise ReceiptsForged("act in its transaction's receipt", "none", "an event", number)
        return mined.block_time

    def _verify_undone(self, proven: ProvenReading, intent: SpendIntent) -> None:
        """Check that the node left out no event of the register since the intent was written down."""
        head = self._held.get_head(proven)
        last = head.number
        while last >= self._deployment.block:
            first = max(self._deployment.block, last - PROVEN_SPAN_BLOCKS + 1)
            told = self._reader.raw_events(ContractName.CLAIM_REGISTER, first, last)
            proven.verify_register_events(first, last, told)
            for event in map(parse_register_event, told):
                if not isinstance(event, Refused) and event.statement == intent.commitment:
                    number = event.place.block_number
                    raise EventsMissing("events of an act", "an act that was done", "none", number)
            if proven.header_at(first).header.timestamp < intent.enqueued_at - CLOCK_SLACK_SECONDS:
                return
            last = first - 1

    def _find_told(self, intent: SpendIntent) -> Done | None:
        last, first_time = self._reader.block_number(), intent.enqueued_at - CLOCK_SLACK_SECONDS
        while last >= self._deployment.block:
            first = max(self._deployment.block, last - LOG_SPAN_BLOCKS + 1)
            for event in read_register_events(
                self._reader, first, last, events=[DONE_BY[intent.act]], subjects=[intent.subject]
            ):
                if not isinstance(event, Refused) and event.statement == intent.commitment:
                    return event
            if self._reader.block_time(first) < first_time:
                return None
            last = first - 1
        return None

    def is_recorded(self, log: int, size: int) -> bool:
        """Whether the chain holds this checkpoint, or held it a moment ago: the chain judges in the end."""
        known_until = self._recorded_until.get((log, size), 0.0)
        if time.monotonic() < known_until:
            return True
        if self._reader.find_checkpoint(log, size) is None:
            return False
        if len(self._recorded_until) >= MOST_REMEMBERED:
            self._recorded_until.clear()
        self._recorded_until[log, size] = time.monotonic() + REMEMBERED_SECONDS
        return True

    def forget_recorded(self) -> None:
        """Look anew whether checkpoints are recorded: one that was isn't any more."""
        self._recorded_until.clear()

    def is_acting(self, account: Address, institution: int) -> bool:
        """Whether this account acts for the institution now, and that is active."""
        return self._reader.find_acting_institution(account) == institution

    def find_block_hash(self, number: int) -> Hash | None:
        """Return a block's hash, or None if the chain isn't that long (any more). Raises `NodeLies`."""
        if self._reader.block_number() < number:
            return None
        proven = self._held.find_proven(self._reader)
        if proven is not None:
            with self._held.noting():
                return proven.header_at(number).block_hash
        return self._reader.block_hash(number)
