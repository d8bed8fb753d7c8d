"""What goes wrong when a chain is read: the chain layer's errors and the verifier's `CannotCheck` at once."""

from __future__ import annotations

from ledger_chain.errors import BadAnswer, ChainUnreachable, ContractMismatch
from ledger_proofs.errors import CannotCheck


class ReaderUnreachable(ChainUnreachable, CannotCheck):
    """No node answers: nothing can be said."""

    code = "chain-unreachable"  # type: ignore[misc] # a constant in one tree, an attribute in the other

    def __init__(self, message: str) -> None:
        CannotCheck.__init__(self, message, code="chain-unreachable")


class ReaderBadAnswer(BadAnswer, CannotCheck):
    """The node answers, but with nothing that can be trusted: nothing can be said."""

    code = "chain-bad-answer"  # type: ignore[misc] # as above

    def __init__(self, message: str) -> None:
        CannotCheck.__init__(self, message, code="chain-bad-answer")


class ReaderMismatch(ContractMismatch, CannotCheck):
    """No contract of this version answers at the deployment's address: nothing can be said."""

    code = "chain-contract-mismatch"  # type: ignore[misc] # as above

    def __init__(self, message: str) -> None:
        CannotCheck.__init__(self, message, code="chain-contract-mismatch")
