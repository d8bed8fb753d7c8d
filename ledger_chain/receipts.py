"""A block's receipts against its header: that no event was dropped, added or changed (Yellow Paper 4.3.1).

The header's root binds the list of all receipts, and its bloom names every address that logged something; a
bloom can name one that logged nothing, and never leaves one out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.trie_roots import build_ordered_root
from ledger_proofs.types import Hash

_BLOOM_BITS: Final = 2048


def may_have_logged(bloom: bytes, address: bytes) -> bool:
    """Say whether an address may have logged something in a block of that bloom."""
    digest, bits = keccak(address), int.from_bytes(bloom, "big")
    places = (int.from_bytes(digest[start : start + 2], "big") % _BLOOM_BITS for start in (0, 2, 4))
    return all(bits >> place & 1 for place in places)


def build_receipts_root(receipts: Sequence[Mapping[str, Any]]) -> Hash:
    """Return the root that receipts, in the order of their transactions, give.

    Raises KeyError, TypeError or ValueError where one isn't of a receipt's form.
    """
    return build_ordered_root([_encode_receipt(each) for each in receipts])


def _encode_receipt(receipt: Mapping[str, Any]) -> bytes:
    kind = int(str(receipt.get("type") or "0x0"), 16)
    logs = [
        [_blob(log["address"]), [_blob(topic) for topic in log["topics"]], _blob(log["data"])]
        for log in receipt["logs"]
    ]
    numbers = [int(str(receipt[name]), 16) for name in ("status", "cumulativeGasUsed")]
    body = rlp.encode([*numbers, _blob(receipt["logsBloom"]), logs])
    return bytes((kind,)) + body if kind else body


def _blob(stated: object) -> bytes:
    return bytes.fromhex(str(stated).removeprefix("0x"))
