"""A block's header rebuilt as bytes from what a node says of it (Yellow Paper 4.4.3, and later forks)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger_proofs.errors import MalformedInput
from ledger_proofs.headers import encode_header
from ledger_proofs.qbft import chain_hash

_BYTES: Final = "bytes"
_NUMBER: Final = "number"

# In the order of the header; those after `nonce` came with London, Shanghai, Cancun and Prague.
_FIELDS: Final = (
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _NUMBER),
    ("number", _NUMBER),
    ("gasLimit", _NUMBER),
    ("gasUsed", _NUMBER),
    ("timestamp", _NUMBER),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
    ("baseFeePerGas", _NUMBER),
    ("withdrawalsRoot", _BYTES),
    ("blobGasUsed", _NUMBER),
    ("excessBlobGas", _NUMBER),
    ("parentBeaconBlockRoot", _BYTES),
    ("requestsHash", _BYTES),
)
_FIRST_FIELDS: Final = 15


def rebuild_header(block: Mapping[str, Any]) -> bytes | None:
    """The RLP of a block's header, from `eth_getBlockByNumber`'s answer.

    None unless it has the block's hash, by the rule of its chain (a QBFT chain's leaves out round and seals,
    which the RLP keeps). Nodes state fields that their chain's headers haven't got, so the hash decides how
    many of the later ones count.
    """
    try:
        claimed = bytes.fromhex(str(block["hash"])[2:])
        values = [_value(block[name], form) for name, form in _FIELDS if block.get(name) is not None]
        known = [name for name, _form in _FIELDS if block.get(name) is not None]
    except (KeyError, ValueError, TypeError):
        return None
    if known[:_FIRST_FIELDS] != [name for name, _form in _FIELDS[:_FIRST_FIELDS]]:
        return None
    for count in range(len(values), _FIRST_FIELDS - 1, -1):
        try:
            header = encode_header(values[:count])
            if chain_hash(header) == claimed:
                return header
        except MalformedInput:
            continue
    return None


def _value(stated: Any, form: str) -> bytes | int:
    if form == _NUMBER:
        return int(str(stated), 16)
    return bytes.fromhex(str(stated)[2:])
