"""The first block of a QBFT network, as a genesis file in Besu's form.

Besu's documentation of QBFT names the members; the form of `extraData` is RLP [vanity, [validators], vote,
round, [seals]], in the first block without vote and seals and with round 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger_proofs import rlp
from ledger_proofs.types import Address

BYZANTINE_MIX_HASH: Final = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
VANITY: Final = bytes(32)
BLOCK_GAS_LIMIT: Final = 100_000_000
CONTRACT_SIZE_LIMIT: Final = 24_576
"""Bytes of a contract's code: EIP-170's, as on every chain that the contracts are tested on."""
_ZERO_HASH: Final = "0x" + "00" * 32
_ZERO_ADDRESS: Final = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class QbftTiming:
    """How fast the network goes: seconds between blocks, seconds until a first round is given up."""

    block_period_s: int = 1
    request_timeout_s: int = 2
    epoch_length: int = 30_000


def build_extra_data(validators: Sequence[Address]) -> bytes:
    """The first block's extraData: who validates from block 1 on, in ascending order."""
    listed = sorted(bytes(validator) for validator in validators)
    return rlp.encode([VANITY, listed, [], 0, []])


def build_genesis(
    chain_id: int, validators: Sequence[Address], timing: QbftTiming | None = None
) -> dict[str, Any]:
    """A genesis file's content: London's rules, gas for free, nobody holds anything.

    :raises ValueError: no validators, or one of them twice
    """
    if not validators or len({bytes(validator) for validator in validators}) != len(validators):
        raise ValueError("a network needs validators, each of them once")
    timing = timing or QbftTiming()
    return {
        "config": {
            "chainId": chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "zeroBaseFee": True,
            "contractSizeLimit": CONTRACT_SIZE_LIMIT,
            "qbft": {
                "blockperiodseconds": timing.block_period_s,
                "requesttimeoutseconds": timing.request_timeout_s,
                "epochlength": timing.epoch_length,
            },
        },
        "nonce": "0x0",
        "timestamp": "0x0",
        "extraData": "0x" + build_extra_data(validators).hex(),
        "gasLimit": hex(BLOCK_GAS_LIMIT),
        "gasUsed": "0x0",
        "number": "0x0",
        "difficulty": "0x1",
        "mixHash": BYZANTINE_MIX_HASH,
        "coinbase": _ZERO_ADDRESS,
        "parentHash": _ZERO_HASH,
        "baseFeePerGas": "0x0",
        "alloc": {},
    }
