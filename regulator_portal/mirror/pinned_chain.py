"""The regulator's own node as the verifier asks it, held against what the portal has pinned before.

A node that contradicts a pinned block or checkpoint is another chain's, or its chain was rewritten: then
nothing can be said by it (`CannotCheck`, code `chain.contradicts_pins`), and the mirror's checks make it a
finding. Where the trust file names validators, all answers count only as proven.

Answers are remembered for as long as the object lives: make one for each verification or batch, so
that all its answers are as of the same block.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

from ledger_chain.proven_reading import find_proven_reading
from ledger_chain.proven_view import ProvenView
from ledger_chain.reader import ChainReader
from ledger_proofs.bounded_time import Outage
from ledger_proofs.chain_view import ChainView, InstitutionState, Trust
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
        self._trust = trust
        self._database = database
        self._view: ChainView | None = None
        self._known: dict[Hashable, Any] = {}

    def block_number(self) -> int:
        """Return the number of the latest block, as it was when first asked."""
        return self._ask(("block_number",), lambda chain: chain.block_number())

    def chain_id(self) -> int:
        """Return the chain's id."""
        return self._ask(("chain_id",), lambda chain: chain.chain_id())

    def genesis_hash(self) -> bytes:
        """Return the hash of block 0."""
        return self._ask(("genesis_hash",), lambda chain: chain.genesis_hash())

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block."""
        return self._ask(("block_hash", number), lambda chain: chain.block_hash(number))

    def block_time(self, number: int) -> int:
        """Return the time of a block."""
        return self._ask(("block_time", number), lambda chain: chain.block_time(number))

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """Return the checkpoint of a log at a size. Raises CannotCheck if it isn't the pinned one."""
        found = self._ask(("find_checkpoint", log, size), lambda chain: chain.find_checkpoint(log, size))
        with self._database.reading() as session:
            pinned = MirrorRepository(session).find_checkpoint(log, size)
        if pinned is not None and (found is None or not is_same(pinned, found)):
            raise CannotCheck("the node's checkpoint isn't the pinned one", code=CONTRADICTS_PINS)
        return found

    def is_barred(self, log: int, size: int) -> bool:
        """Say whether the checkpoint comes after the one at which its log was closed."""
        return self._ask(("is_barred", log, size), lambda chain: chain.is_barred(log, size))

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether an account's credential holds at a time."""
        return self._ask(
            ("is_entitled", address, institution, role, at),
            lambda chain: chain.is_entitled(address, institution, role, at),
        )

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time."""
        return self._ask(("institution_at", number, at), lambda chain: chain.institution_at(number, at))

    def is_institution_barred(self, number: int) -> bool:
        """Say whether the institution is barred now."""
        return self._ask(("is_institution_barred", number), lambda chain: chain.is_institution_barred(number))

    def find_outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages of an institution and of all."""
        return self._ask(("find_outages", institution), lambda chain: chain.find_outages(institution))

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of a block."""
        return self._ask(("claim_word", claim, block), lambda chain: chain.claim_word(claim, block))

    def _ask(self, question: Hashable, ask: Callable[[ChainView], _T]) -> _T:
        if self._view is None:
            self._verify_pinned_block()
            self._view = self._open()
        if question not in self._known:
            self._known[question] = ask(self._view)
        return cast("_T", self._known[question])

    def _open(self) -> ChainView:
        """The node's answers: proven as of its latest block, where the trust file names validators."""
        proven = find_proven_reading(self._reader, self._trust)
        if proven is None:
            return self._reader
        return ProvenView(proven, self._trust, proven.header_at(self._reader.block_number()))

    def _verify_pinned_block(self) -> None:
        with self._database.reading() as session:
            pinned = next(iter(MirrorRepository(session).list_latest_blocks(1)), None)
        if pinned is not None:
            if self._reader.block_number() < pinned.number:
                raise CannotCheck("the chain is shorter than it was pinned", code=CONTRADICTS_PINS)
            if self._reader.block_hash(pinned.number) != pinned.hash:
                raise CannotCheck("the chain's block isn't the pinned one", code=CONTRADICTS_PINS)


def is_same(pinned: PinnedCheckpoint, found: Checkpoint) -> bool:
    """Whether a checkpoint is the pinned one in all that the chain records of it."""
    return (pinned.size, pinned.root, pinned.previous_size, pinned.anchored_at) == (
        found.size,
        found.root,
        found.previous_size,
        found.anchored_at,
    )
