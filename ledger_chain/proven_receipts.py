"""What became of one's own transaction, held against the header that validators sealed.

The header binds the list of a block's transactions and that of their receipts (Yellow Paper 4.3.1, 4.4.2):
so which place a transaction has, whether it succeeded and what it logged are proven. Transactions are encoded
as EIP-155, EIP-2930 and EIP-1559 say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ledger_chain.answers import RawEvent, Receipt
from ledger_chain.contracts import ContractName
from ledger_chain.proven_reading import (
    EventsMissing,
    NodeLies,
    ProofFails,
    ProvenReading,
    ReceiptsForged,
    find_receipts_root,
)
from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.trie_roots import build_ordered_root
from ledger_proofs.types import Address, Hash

_GAS: Final = ("gas", "to", "value", "input")
_SIGNATURE: Final = ("v", "r", "s")
_NUMBERS: Final = frozenset(
    ("chainId", "nonce", "gasPrice", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "value", "v", "r", "s")
)
_FIELDS: Final[Mapping[int, tuple[str, ...]]] = {
    0: ("nonce", "gasPrice", *_GAS, *_SIGNATURE),
    1: ("chainId", "nonce", "gasPrice", *_GAS, "accessList", *_SIGNATURE),
    2: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", *_GAS, "accessList", *_SIGNATURE),
}


class ReceiptHidden(NodeLies):
    """The account's nonce is proven to be used, and the node has no receipt of who used it."""


def verify_mined(
    proven: ProvenReading, receipt: Receipt, events: Sequence[RawEvent] | None = None
) -> SealedHeader:
    """Check where a transaction went, whether it succeeded, and its events of the claim register, if given.

    Returns the sealed header of its block. Raises `NodeLies`.
    """
    header = proven.header_at(receipt.block_number)
    if header.block_hash != receipt.block_hash:
        raise ProofFails(
            "hash of a receipt's block", header.block_hash.hex(), receipt.block_hash.hex(), header.number
        )
    number, reader = header.number, proven.reader
    hashes = _list_hashes(header, reader.block_transactions(number))
    receipts = reader.block_receipts(number)
    root = find_receipts_root(receipts)
    _compare(header, "root of the block's receipts", header.header.receipts_root, root)
    if receipt.transaction_hash not in hashes:
        raise ReceiptsForged("transaction in the block of its receipt", "none", "a receipt", number)
    mine = receipts[hashes.index(receipt.transaction_hash)]
    succeeded = int(str(mine["status"]), 16) == 1
    if succeeded != receipt.succeeded:
        raise ReceiptsForged(
            "whether a transaction succeeded", str(succeeded), str(receipt.succeeded), number
        )
    if events is not None:
        _verify_events(reader.deployment.address_of(ContractName.CLAIM_REGISTER), mine, events, number)
    return header


def verify_unmined(
    proven: ProvenReading, account: Address, nonce: int, find_receipt: Callable[[], object | None]
) -> None:
    """Check that a transaction whose receipt the node hasn't got can't be in a block. Raises `ReceiptHidden`.

    `find_receipt` asks for it again: it may have been mined a moment ago.
    """
    header = proven.latest_header()
    used = proven.nonce(account, header)
    if used > nonce and find_receipt() is None:
        raise ReceiptHidden(
            "receipt of a transaction", f"nonce {nonce} of {to_hex(account)} is used", "none", header.number
        )


def _list_hashes(header: SealedHeader, transactions: Sequence[Mapping[str, Any]]) -> list[Hash]:
    try:
        encoded = [_encode_transaction(each) for each in transactions]
        root = build_ordered_root(encoded)
    except (AttributeError, KeyError, TypeError, ValueError, MalformedInput):
        encoded, root = [], None
    _compare(header, "root of the block's transactions", header.header.transactions_root, root)
    return [keccak(each) for each in encoded]


def _compare(header: SealedHeader, what: str, proven: Hash, given: Hash | None) -> None:
    if given != proven:
        raise ReceiptsForged(what, proven.hex(), "none" if given is None else given.hex(), header.number)


def _verify_events(
    register: Address, receipt: Mapping[str, Any], events: Sequence[RawEvent], block: int
) -> None:
    logs = [log for log in receipt["logs"] if _blob(log["address"]) == register]
    proven = [(tuple(map(_blob, log["topics"])), _blob(log["data"])) for log in logs]
    if proven != [(event.topics, event.content) for event in events]:
        raise EventsMissing(
            "events of a transaction", f"{len(proven)} events", f"{len(events)} events, not these", block
        )


def _encode_transaction(transaction: Mapping[str, Any]) -> bytes:
    kind = int(str(transaction.get("type") or "0x0"), 16)
    body = rlp.encode([_encode_field(transaction, name) for name in _FIELDS[kind]])
    return bytes((kind,)) + body if kind else body


def _encode_field(transaction: Mapping[str, Any], name: str) -> object:
    if name == "accessList":
        return [
            [_blob(each["address"]), [_blob(key) for key in each["storageKeys"]]]
            for each in transaction[name]
        ]
    if name == "to":
        return _blob(transaction.get("to") or "")
    return int(str(transaction[name]), 16) if name in _NUMBERS else _blob(transaction[name])


def _blob(stated: object) -> bytes:
    return bytes.fromhex(str(stated).removeprefix("0x"))
