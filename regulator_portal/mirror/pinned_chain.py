"""The regulator's own node as the verifier asks it, held against what the portal has pinned before.

A node that contradicts a pinned block or checkpoint is another chain's, or its chain was rewritten: then
nothing can be said by it (`CannotCheck`, code `chain.contradicts_pins`), and the mirror's checks make it a
finding. Where the trust file names validators, blocks, checkpoints, closings and claims' words count only as
proven.

Answers are remembered for as long as the object lives: make one for each verification or batch, so
that all its answers are as of the same block.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

from ledger_chain.proven_reading import find_proven_reading
from ledger_chain.reader import ChainReader
from ledger_proofs.bounded_time import Outage
from ledger_proofs.chain_view import InstitutionState, Trust
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import PractitionerRole
from ledger_web.database import Database
from regulator_portal.mirror.models import PinnedCheckpoint
from regulator_portal.mirror.repository import MirrorRepository

_T = TypeVar("_T")
CONTRADICTS_PINS = "chain.contradicts_pins"


class PinnedChain:
    """Implements `ledger_proofs.verifier.ChainView`."""

    def __init__(self, reader: ChainReader, database: Database, trust: Trust) -> None:
        self._reader = reader
        self._proven = find_proven_reading(reader, trust)
        self._database = database
        self._known: dict[Hashable, Any] = {}
        self._is_verified = False

    def block_number(self) -> int:
        """Return the number of the latest block, as it was when first asked."""
        return self._ask(("block_number",), lambda: self._reader.block_number())

    def chain_id(self) -> int:
        """Return the chain's id."""
        return self._ask(("chain_id",), lambda: self._reader.chain_id())

    def genesis_hash(self) -> bytes:
        """Return the hash of block 0."""
        return self._ask(("genesis_hash",), lambda: self._reader.genesis_hash())

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block."""
        return self._ask(("block_hash", number), lambda: self._read_block_hash(number))

    def block_time(self, number: int) -> int:
        """Return the time of a block."""
        return self._ask(("block_time", number), lambda: self._reader.block_time(number))

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """Return the checkpoint of a log at a size. Raises CannotCheck if it isn't the pinned one."""
        found = self._ask(("find_checkpoint", log, size), lambda: self._read_checkpoint(log, size))
        with self._database.reading() as session:
            pinned = MirrorRepository(session).find_checkpoint(log, size)
        if pinned is not None and (found is None or not is_same(pinned, found)):
            raise CannotCheck("the node's checkpoint isn't the pinned one", code=CONTRADICTS_PINS)
        return found

    def is_barred(self, log: int, size: int) -> bool:
        """Say whether the checkpoint comes after the one at which its log was closed."""
        return self._ask(("is_barred", log, size), lambda: self._read_is_barred(log, size))

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether an account's credential holds at a time."""
        return self._ask(
            ("is_entitled", address, institution, role, at),
            lambda: self._reader.is_entitled(address, institution, role, at),
        )

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time."""
        return self._ask(("institution_at", number, at), lambda: self._reader.institution_at(number, at))

    def is_institution_barred(self, number: int) -> bool:
        """Say whether the institution is barred now."""
        return self._ask(
            ("is_institution_barred", number), lambda: self._reader.is_institution_barred(number)
        )

    def find_outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages of an institution and of all."""
        return self._ask(("find_outages", institution), lambda: self._reader.find_outages(institution))

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of a block."""
        return self._ask(("claim_word", claim, block), lambda: self._read_claim_word(claim, block))

    def _read_block_hash(self, number: int) -> bytes:
        """By the validators' seals where they are known; nobody seals the block that the trust file names."""
        if self._proven is None or number == 0:
            return self._reader.block_hash(number)
        return self._proven.header_at(number).block_hash

    def _read_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        if self._proven is None:
            return self._reader.find_checkpoint(log, size)
        return self._proven.checkpoint(log, size, self._proven.header_at(self.block_number()))

    def _read_is_barred(self, log: int, size: int) -> bool:
        if self._proven is None:
            return self._reader.is_barred(log, size)
        closing = self._proven.closing(log, self._proven.header_at(self.block_number()))
        return closing.closed_at != 0 and size > closing.size

    def _read_claim_word(self, claim: bytes, block: int) -> int:
        if self._proven is None:
            return self._reader.claim_word(claim, block)
        return self._proven.claim_word(claim, self._proven.header_at(block))

    def _ask(self, question: Hashable, ask: Callable[[], _T]) -> _T:
        if not self._is_verified:
            self._verify_pinned_block()
        if question not in self._known:
            self._known[question] = ask()
        return cast("_T", self._known[question])

    def _verify_pinned_block(self) -> None:
        with self._database.reading() as session:
            pinned = next(iter(MirrorRepository(session).list_latest_blocks(1)), None)
        if pinned is not None:
            if self._reader.block_number() < pinned.number:
                raise CannotCheck("the chain is shorter than it was pinned", code=CONTRADICTS_PINS)
            if self._reader.block_hash(pinned.number) != pinned.hash:
                raise CannotCheck("the chain's block isn't the pinned one", code=CONTRADICTS_PINS)
        self._is_verified = True


def is_same(pinned: PinnedCheckpoint, found: Checkpoint) -> bool:
    """Whether a checkpoint is the pinned one in all that the chain records of it."""
    return (pinned.size, pinned.root, pinned.previous_size, pinned.anchored_at) == (
        found.size,
        found.root,
        found.previous_size,
        found.anchored_at,
    )
