"""A running network as tests see it: what it has to be brought back to, and what is waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount

from ledger_chain.errors import ChainError
from ledger_chain.qbft import QbftNetwork, QbftNode
from ledger_proofs.types import Address
from tests.support.links import Links
from tests.support.waiting import wait_until

GATEWAY_NODE = 0
"""The position of the node that a gateway under test speaks to."""
RECOVERY_S = 60
HALT_S = 6
"""Longer than two rounds: without a quorum there is no block in that time."""
TARGET = "0x" + "11" * 20


@dataclass(frozen=True)
class RunningNetwork:
    """The nodes, the wires, and how many of the nodes validate from the first block on."""

    nodes: QbftNetwork
    links: Links
    validators: int

    def node(self, position: int) -> QbftNode:
        """One of the nodes."""
        return self.nodes.nodes[position]

    @property
    def everybody(self) -> Sequence[int]:
        """The positions of all nodes."""
        return range(len(self.nodes.nodes))

    def first_validators(self) -> set[Address]:
        """Who validates from the first block on."""
        return {node.key.address for node in self.nodes.nodes[: self.validators]}

    def height(self, position: int = 0) -> int:
        """A node's height; 0 while it doesn't answer."""
        try:
            return self.nodes.height(position)
        except ChainError:
            return 0

    def make_whole(self) -> None:
        """Every node up, every wire joined, all validators back, and blocks reach everybody."""
        self.links.join()
        for node in self.nodes.nodes:
            node.resume()
        self.nodes.start()
        self.wait_for_blocks()
        self.take_votes_back()

    def take_votes_back(self) -> None:
        """Nobody's vote is left from an earlier test."""
        for position in self.everybody:
            for subject in self.nodes.ask(position, "qbft_getPendingVotes"):
                self.nodes.ask(position, "qbft_discardValidatorVote", subject)

    def wait_for_blocks(self, count: int = 1, among: Sequence[int] | None = None) -> None:
        """Wait until each of these nodes has so many blocks more than the highest one has now."""
        asked = self.everybody if among is None else among
        target = max(self.height(position) for position in asked) + count
        wait_until(
            lambda: all(self.height(position) >= target for position in asked),
            RECOVERY_S,
            f"block {target} at nodes {list(asked)}",
        )

    def wait_until_halted(self, among: Sequence[int]) -> int:
        """The height at which these nodes stay, there being no quorum; fails if blocks go on."""
        began, height = time.monotonic(), max(self.height(position) for position in among)
        wait_until(lambda: time.monotonic() - began > HALT_S, 2 * HALT_S, "the time of two rounds")
        highest = max(self.height(position) for position in among)
        # A block that was agreed on before may still have arrived.
        assert highest <= height + 1, f"blocks went on from {height} to {highest}"
        return highest

    def block(self, number: int | str, position: int = 0) -> dict[str, Any]:
        """A block as a node states it."""
        named = hex(number) if isinstance(number, int) else number
        found: dict[str, Any] = self.nodes.ask(position, "eth_getBlockByNumber", named, False)
        return found

    def send(self, sender: LocalAccount, nonce: int, position: int = 0) -> str:
        """Hand a transaction that does nothing to a node; its hash."""
        fields: dict[str, Any] = {"nonce": nonce, "gas": 21_000, "gasPrice": 0, "value": 0, "to": TARGET}
        signed = sender.sign_transaction(fields | {"chainId": self.nodes.chain_id})
        return str(self.nodes.ask(position, "eth_sendRawTransaction", "0x" + signed.raw_transaction.hex()))

    def wait_until_mined(self, transaction: str) -> None:
        """Wait until every node has a block with this transaction."""
        wait_until(
            lambda: all(self.find_block_of(transaction, position) for position in self.everybody),
            RECOVERY_S,
            f"transaction {transaction} in everybody's chain",
        )

    def find_block_of(self, transaction: str, position: int = 0) -> int | None:
        """The number of the block that holds a transaction."""
        receipt = self.nodes.ask(position, "eth_getTransactionReceipt", transaction)
        return int(receipt["blockNumber"], 16) if receipt else None
