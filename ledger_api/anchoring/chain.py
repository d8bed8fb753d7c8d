"""What the anchoring engine asks of a chain, and nothing more.

`ledger_api/anchoring/node.py` answers it from a node. Every method raises `ChainUnreachable` when the node
doesn't answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from ledger_api.keystore.interfaces import SignedTransaction
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.types import Address, Hash, LogId


class Sending(Enum):
    """What a node said to a raw transaction."""

    TAKEN = "taken"
    """It is in the node's pool or in a block now, or was already."""
    NONCE_USED = "nonce_used"
    """Its nonce is behind the account: it is mined, or another one took its place."""


@dataclass(frozen=True)
class Receipt:
    """Where a transaction went."""

    transaction_hash: Hash
    block_number: int
    block_hash: Hash
    succeeded: bool


@dataclass(frozen=True)
class ChainProof:
    """Header and storage proofs of a checkpoint at one block, as far as the engine gives them."""

    header: bytes | None
    account_proof: list[str] | None
    storage_proofs: list[dict[str, object]] | None


class AnchoringChain(Protocol):
    """The chain that an institution anchors to."""

    def verify_is_ours(self) -> None:
        """Check, once per connection, that this is the deployment's chain; raises `ContractMismatch`."""
        ...

    def forget_verification(self) -> None:
        """Check again next time: whoever answers after a silence may be somebody else."""
        ...

    def block_number(self) -> int:
        """Return the number of the latest block."""
        ...

    def head(self, log: LogId) -> Checkpoint | None:
        """Return a log's latest checkpoint, or None before the first."""
        ...

    def find_checkpoint(self, log: LogId, size: int) -> Checkpoint | None:
        """Return the recorded checkpoint of that size, if there is one."""
        ...

    def find_receipt(self, transaction_hash: Hash) -> Receipt | None:
        """Return where a transaction went, or None while it is in no block."""
        ...

    def find_anchoring(self, log: LogId, size: int) -> Receipt | None:
        """Return the transaction that recorded this checkpoint, whoever sent it."""
        ...

    def mined_nonce(self, account: Address) -> int:
        """Return how many transactions of an account are in blocks: the nonce of its next."""
        ...

    def build_anchoring(
        self, nonce: int, checkpoint: tuple[LogId, int, Hash], proof: Sequence[Hash]
    ) -> Mapping[str, int | str | bytes]:
        """Build the unsigned transaction that anchors (log, size, root) with its consistency proof."""
        ...

    def send(self, transaction: SignedTransaction, account: Address, nonce: int) -> Sending:
        """Give a raw transaction to the node; the same one as often as need be.

        Raises `TransactionRefused` when the node won't have it, for another reason than its nonce.
        """
        ...

    def take_proof(self, log: LogId, size: int, block_number: int) -> ChainProof:
        """Return header and EIP-1186 proofs of a checkpoint as of a block."""
        ...
