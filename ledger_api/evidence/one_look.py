"""One look at the chain: several bundles verified as of one block, no question asked twice.

What belongs together at a counter (a prescription, its reviews, its claims) is judged as of the same block,
and a pharmacist doesn't wait for the same answer three times. A look is used for one request and thrown away.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar, cast

from ledger_chain.errors import ChainError
from ledger_chain.proven_view import ProvenView
from ledger_proofs.bounded_time import Outage
from ledger_proofs.chain_view import ChainView, InstitutionState
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.kinds import PractitionerRole

AnswerT = TypeVar("AnswerT")


class OneLook:
    """A `ChainView` that remembers what it was answered. For one thread; faults aren't remembered.

    `fault`: why the chain couldn't be asked the last time that it couldn't. `noting` is told of it.
    """

    def __init__(
        self, chain: ChainView, noting: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._chain = chain
        self._noting = noting
        self.fault: ChainError | None = None
        self._answers: dict[tuple[object, ...], object] = {}

    def block_number(self) -> int:
        """Return the block as of which this look is taken."""
        return self._once(("block_number",), self._chain.block_number)

    def chain_id(self) -> int:
        """Return the chain's id."""
        return self._once(("chain_id",), self._chain.chain_id)

    def genesis_hash(self) -> bytes:
        """Return the hash of block 0."""
        return self._once(("genesis_hash",), self._chain.genesis_hash)

    def block_hash(self, number: int) -> bytes:
        """Return the hash of a block."""
        return self._once(("block_hash", number), lambda: self._chain.block_hash(number))

    def block_time(self, number: int) -> int:
        """Return the time of a block."""
        return self._once(("block_time", number), lambda: self._chain.block_time(number))

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """Return the checkpoint of a log at a size."""
        return self._once(("checkpoint", log, size), lambda: self._chain.find_checkpoint(log, size))

    def is_barred(self, log: int, size: int) -> bool:
        """Say whether the checkpoint was cut off."""
        return self._once(("is_barred", log, size), lambda: self._chain.is_barred(log, size))

    def is_entitled(self, address: bytes, institution: int, role: PractitionerRole, at: int) -> bool:
        """Say whether a credential holds at a time."""
        return self._once(
            ("is_entitled", address, institution, role, at),
            lambda: self._chain.is_entitled(address, institution, role, at),
        )

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """Return an institution's state at a time."""
        return self._once(("institution_at", number, at), lambda: self._chain.institution_at(number, at))

    def is_institution_barred(self, number: int) -> bool:
        """Say whether the institution is barred now."""
        return self._once(
            ("is_institution_barred", number), lambda: self._chain.is_institution_barred(number)
        )

    def find_outages(self, institution: int) -> Sequence[Outage]:
        """Return the recorded outages of an institution and of all."""
        return self._once(("find_outages", institution), lambda: self._chain.find_outages(institution))

    def expect_claims(self, claims: Sequence[bytes]) -> None:
        """Say which claims will be asked for: where each answer is proven, they are asked for together."""
        if isinstance(self._chain, ProvenView):
            self._chain.expect_claims(claims)

    def claim_word(self, claim: bytes, block: int) -> int:
        """Return a claim's word as of a block."""
        return self._once(("claim_word", claim, block), lambda: self._chain.claim_word(claim, block))

    def _once(self, question: tuple[object, ...], ask: Callable[[], AnswerT]) -> AnswerT:
        if question not in self._answers:
            try:
                with self._noting():
                    self._answers[question] = ask()
            except ChainError as fault:
                self.fault = fault
                raise
        return cast("AnswerT", self._answers[question])
