"""A node as a survey of a network sees it: a few sealed blocks in memory, and figures that a test sets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from tests.factories import seeded_bytes
from tests.support.sealed_chain import SealedBlock, addresses_of
from tests.support.sealed_node import stated_block

# Sealing in Python takes milliseconds, and the tests ask for the same few blocks.
_stated = cache(stated_block)
TURNS_OF_SEALERS = ((0, 1, 2), (1, 2, 3), (0, 2, 3), (0, 1, 3))


def build_blocks(count: int, last_time: int, **changes: Any) -> list[SealedBlock]:
    """Blocks a second apart, the validators sealing by turns."""
    return [
        SealedBlock(
            number,
            last_time - (count - 1 - number),
            seeded_bytes("state"),
            **{"sealers": TURNS_OF_SEALERS[number % 4], "later": (0,), **changes},
        )
        for number in range(count)
    ]


@dataclass
class NetworkNode:
    """What one node answers."""

    blocks: list[SealedBlock]
    peers: int = 3
    waiting: int = 0
    room: int = 4096
    chain_id: int = 77
    validators: tuple[int, ...] = (0, 1, 2, 3)
    says_besu: bool = True
    bent: dict[str, Any] = field(default_factory=dict)

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The result of one question; None for what the node doesn't know."""
        if method in self.bent:
            return self.bent[method]
        if method == "eth_getBlockByNumber":
            number = len(self.blocks) - 1 if parameters[0] == "latest" else int(parameters[0], 16)
            return _stated(self.blocks[number]) if number < len(self.blocks) else None
        besu = {"localCount": 0, "remoteCount": self.waiting, "maxSize": self.room}
        return {
            "eth_chainId": hex(self.chain_id),
            "net_peerCount": hex(self.peers),
            "web3_clientVersion": "besu/v26.9.0/linux-x86_64/openjdk-java-25",
            "qbft_getValidatorsByBlockNumber": [f"0x{each.hex()}" for each in addresses_of(self.validators)],
            "txpool_besuStatistics": besu if self.says_besu else None,
            "txpool_status": {"pending": hex(self.waiting), "queued": "0x0"},
        }.get(method)

    def grow(self, count: int = 1, **changes: Any) -> None:
        """Further blocks, a second apart."""
        for _ in range(count):
            last = self.blocks[-1]
            number = last.number + 1
            usual = {"timestamp": last.timestamp + 1, "sealers": TURNS_OF_SEALERS[number % 4]}
            self.blocks.append(replace(last, number=number, **{**usual, **changes}))
