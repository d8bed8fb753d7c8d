"""A chain node as the anchoring engine needs it: reads through `ChainReader`, and sends raw transactions.

What a node says to a repeated transaction differs between engines in words. So its words are never
judged: after a refusal the node is asked whether it knows the transaction, and how far the account's
nonce has come.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger_api.anchoring.chain import ChainProof, Receipt, Sending
from ledger_api.keystore.interfaces import SignedTransaction
from ledger_api.nodes.held import HeldNode
from ledger_chain.connection import ask, connect
from ledger_chain.contracts import ContractName
from ledger_chain.deployment import Deployment, verify_deployment
from ledger_chain.errors import BadAnswer, TransactionRefused
from ledger_chain.proven_reading import ProofFails
from ledger_chain.proven_receipts import verify_unmined
from ledger_chain.reader import ChainReader
from ledger_chain.state_witness import find_account_proof
from ledger_chain.transactions import build_anchor
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import word
from ledger_proofs.storage_layout import checkpoint_slots
from ledger_proofs.types import Address, Hash, LogId

NODE_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 40.0
"""An engine that mines at once answers a full batch of spends only when it has executed all of it."""
LOG_SPAN_BLOCKS = 4_000
"""How many blocks one question for events covers: nodes limit it."""
MOST_REMEMBERED = 10_000
"""Of so many transactions it is remembered that they were given to the node already."""
_ANCHORED_EVENT = keccak(b"CheckpointAnchored(uint64,uint64,bytes32,uint64,uint64)")


class NodeChain:
    """Implements `AnchoringChain` with one node and one deployment."""

    def __init__(
        self, rpc_url: str, deployment: Deployment, gas_price_wei: int = 0, held: HeldNode | None = None
    ) -> None:
        self._rpc_url = rpc_url
        self._deployment = deployment
        self._gas_price_wei = gas_price_wei
        self._reader = ChainReader(rpc_url, deployment, NODE_TIMEOUT_SECONDS)
        self._w3 = connect(rpc_url, NODE_TIMEOUT_SECONDS)
        self._sending = connect(rpc_url, SEND_TIMEOUT_SECONDS)
        self._held = held or HeldNode(deployment.trust())
        self._given: set[Hash] = set()
        self._is_verified = False

    def verify_is_ours(self) -> None:
        """Check once per connection that this is the deployment's chain, with contracts of this version.

        Raises `ContractMismatch`: the chain was replaced, or the node is another chain's.
        """
        if not self._is_verified:
            verify_deployment(self._w3, self._deployment)
            self._is_verified = True

    def forget_verification(self) -> None:
        """Check again next time: whoever answers after a silence may be somebody else."""
        self._is_verified = False

    def block_number(self) -> int:
        """Return the number of the latest block."""
        return self._reader.block_number()

    def head(self, log: LogId) -> Checkpoint | None:
        """Return a log's latest checkpoint, or None before the first. Raises `NodeLies`."""
        proven = self._held.find_proven(self._reader)
        if proven is None:
            return self._reader.head(log)
        with self._held.noting():
            at = self._held.get_head(proven)
            size = proven.head_size(log, at)
            return proven.checkpoint(log, size, at) if size else None

    def find_checkpoint(self, log: LogId, size: int) -> Checkpoint | None:
        """Return the recorded checkpoint of that size, if there is one. Raises `NodeLies`."""
        proven = self._held.find_proven(self._reader)
        if proven is None:
            return self._reader.find_checkpoint(log, size)
        with self._held.noting():
            return proven.checkpoint(log, size, self._held.get_head(proven))

    def find_receipt(self, transaction_hash: Hash) -> Receipt | None:
        """Return where a transaction went, or None while it is in no block. Raises `NodeLies`."""
        found = self._reader.find_receipt(transaction_hash)
        if found is None:
            return None
        self._held.verify_mined(self._reader, found)
        return Receipt(found.transaction_hash, found.block_number, found.block_hash, found.succeeded)

    def find_anchoring(self, log: LogId, size: int) -> Receipt | None:
        """Return the transaction that recorded this checkpoint, looking from the latest block backwards."""
        last = self.block_number()
        while last >= self._deployment.block:
            first = max(self._deployment.block, last - LOG_SPAN_BLOCKS + 1)
            for event in self._events(log, size, first, last):
                return self.find_receipt(Hash(bytes.fromhex(str(event["transactionHash"])[2:])))
            last = first - 1
        return None

    def mined_nonce(self, account: Address) -> int:
        """Return how many transactions of an account are in blocks: the nonce of its next."""
        proven = self._held.find_proven(self._reader)
        if proven is None:
            return self._reader.nonce(account)
        with self._held.noting():
            return proven.nonce(account, self._held.get_head(proven))

    def build_anchoring(
        self, nonce: int, checkpoint: tuple[LogId, int, Hash], proof: Sequence[Hash]
    ) -> Mapping[str, int | str | bytes]:
        """Build the unsigned transaction that anchors (log, size, root) with its consistency proof."""
        log, size, root = checkpoint
        return build_anchor(
            chain_id=self._deployment.chain_id,
            checkpoint_log=self._deployment.checkpoint_log,
            nonce=nonce,
            log=log,
            size=size,
            root=root,
            consistency_proof=proof,
            gas_price=self._gas_price_wei,
        ).fields()

    def send(self, transaction: SignedTransaction, account: Address, nonce: int) -> Sending:
        """Give a raw transaction to the node. Raises `TransactionRefused` when it won't have it."""
        try:
            ask(self._sending, self._rpc_url, "eth_sendRawTransaction", ["0x" + transaction.raw.hex()])
        except (BadAnswer, TransactionRefused) as refusal:
            if not self._reader.is_known_transaction(transaction.hash):
                if self._reader.nonce(account) > nonce:
                    return Sending.NONCE_USED
                raise TransactionRefused(str(refusal)) from refusal
        self._verify_unmined(Hash(transaction.hash), account, nonce)
        return Sending.TAKEN

    def take_proof(self, log: LogId, size: int, block_number: int) -> ChainProof:
        """Return header and EIP-1186 proofs of a checkpoint as of a block, as far as the node gives them.

        A proof that doesn't hold against the header is none: kept, it would refute a record that is right.
        Where validators seal the chain, the header must be sealed and prove the checkpoint, or `NodeLies` is
        raised.
        """
        self._verify_recorded(log, size, block_number)
        header = self._reader.block_header_rlp(block_number)
        slots = list(checkpoint_slots(log, size))
        proof = find_account_proof(self._reader, header, ContractName.CHECKPOINT_LOG, slots, block_number)
        if proof is None:
            return ChainProof(header, None, None)
        return ChainProof(
            header,
            [_hex(node) for node in proof.proof],
            [
                {
                    "slot": _hex(each.slot),
                    "value": _hex(each.value),
                    "proof": [_hex(node) for node in each.proof],
                }
                for each in proof.storage
            ],
        )

    def _verify_recorded(self, log: LogId, size: int, block_number: int) -> None:
        proven = self._held.find_proven(self._reader)
        if proven is None:
            return
        with self._held.noting():
            if proven.checkpoint(log, size, proven.header_at(block_number)) is None:
                raise ProofFails("checkpoint of a log", "none", f"{size} of log {log}", block_number)

    def _verify_unmined(self, transaction: Hash, account: Address, nonce: int) -> None:
        """When the same bytes are given again: that the node doesn't hide the receipt it has."""
        proven = self._held.find_proven(self._reader)
        if proven is None:
            return
        if transaction in self._given:
            with self._held.noting():
                verify_unmined(proven, account, nonce, lambda: self._reader.find_receipt(transaction))
        if len(self._given) >= MOST_REMEMBERED:
            self._given.clear()
        self._given.add(transaction)

    def _events(self, log: LogId, size: int, first: int, last: int) -> list[dict[str, Any]]:
        answer = ask(
            self._w3,
            self._rpc_url,
            "eth_getLogs",
            [
                {
                    "address": _hex(self._deployment.checkpoint_log),
                    "fromBlock": hex(first),
                    "toBlock": hex(last),
                    "topics": [_hex(_ANCHORED_EVENT), _hex(word(log)), _hex(word(size))],
                }
            ],
        )
        return list(answer)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
