"""Transactions as bytes: built and signed here, sent elsewhere.

Legacy transactions with a replay-protected signature (EIP-155) and a gas price of zero by default: every
engine takes them, those without EIP-1559 too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_account import Account
from web3 import Web3

from ledger_chain.contracts import ContractName, encoder
from ledger_proofs.types import Address, Hash

MAX_BATCH_ITEMS: Final = 100
MAX_BATCH_BYTES: Final = 120_000

_ANCHOR_BASE_GAS: Final = 260_000
_ANCHOR_NODE_GAS: Final = 6_000


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """A call of a contract. `gas` is the limit, `gas_price` in wei."""

    chain_id: int
    to: Address
    nonce: int
    gas: int
    gas_price: int
    call: bytes

    def fields(self) -> dict[str, Any]:
        """The transaction's fields as nodes and signers name them."""
        return {
            "chainId": self.chain_id,
            "to": Web3.to_checksum_address(bytes(self.to)),
            "nonce": self.nonce,
            "gas": self.gas,
            "gasPrice": self.gas_price,
            "value": 0,
            "data": self.call,
        }


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """The raw bytes to send, and the hash by which the transaction is known."""

    raw: bytes
    hash: Hash


def anchor_gas(proof_nodes: int) -> int:
    """A gas limit that is enough for any anchoring with a consistency proof of so many nodes."""
    return _ANCHOR_BASE_GAS + _ANCHOR_NODE_GAS * proof_nodes


def anchor_call(log: int, size: int, root: bytes, consistency_proof: Sequence[bytes]) -> bytes:
    """The calldata of `CheckpointLog.anchor`."""
    return _encode(ContractName.CHECKPOINT_LOG, "anchor", [log, size, root, list(consistency_proof)])


def batch_call(act: str, items: Sequence[tuple[Any, ...]]) -> bytes:
    """The calldata of a batch of acts.

    :param act: the register's function
    :param items: as `ledger_chain.items.as_abi` gives them
    :raises ValueError: too many items or bytes for one batch
    """
    call = _encode(ContractName.CLAIM_REGISTER, act, [list(items)])
    if not 0 < len(items) <= MAX_BATCH_ITEMS or len(call) > MAX_BATCH_BYTES:
        raise ValueError(
            f"a batch has 1 to {MAX_BATCH_ITEMS} items and at most {MAX_BATCH_BYTES} bytes; "
            f"this one has {len(items)} items and {len(call)} bytes"
        )
    return call


def build_anchor(
    *,
    chain_id: int,
    checkpoint_log: Address,
    nonce: int,
    log: int,
    size: int,
    root: bytes,
    consistency_proof: Sequence[bytes],
    gas_price: int = 0,
) -> UnsignedTransaction:
    """The transaction that anchors a log at a size."""
    call = anchor_call(log, size, root, consistency_proof)
    return UnsignedTransaction(
        chain_id, checkpoint_log, nonce, anchor_gas(len(consistency_proof)), gas_price, call
    )


def build_batch(
    *,
    chain_id: int,
    claim_register: Address,
    nonce: int,
    act: str,
    items: Sequence[tuple[Any, ...]],
    gas: int,
    gas_price: int = 0,
) -> UnsignedTransaction:
    """The transaction of a batch of acts."""
    return UnsignedTransaction(chain_id, claim_register, nonce, gas, gas_price, batch_call(act, items))


def sign_transaction(unsigned: UnsignedTransaction, private_key: bytes) -> SignedTransaction:
    """Sign with the sender's key (32 bytes); the same transaction and key always give the same bytes."""
    signed = Account.sign_transaction(unsigned.fields(), private_key)
    return SignedTransaction(bytes(signed.raw_transaction), Hash(bytes(signed.hash)))


def _encode(name: str, function: str, arguments: list[Any]) -> bytes:
    return bytes.fromhex(str(encoder(name).encode_abi(function, arguments))[2:])
