"""A node of a QBFT chain in memory, over HTTP: blocks, storage and proofs, and answers that a test bends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Protocol

import rlp

from ledger_chain.deployment import Deployment
from ledger_chain.reader import ChainReader
from ledger_proofs.chain_view import Trust
from ledger_proofs.types import Address
from tests.support.sealed_chain import CONTRACTS, ContractStates, SealedBlock

_FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    "baseFeePerGas",
)
_NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}


@dataclass
class SealedNode:
    """What the node knows. `bend` may change what it answers: (method, parameters, result) -> result."""

    trust: Trust
    states: ContractStates
    blocks: list[SealedBlock]
    bend: Callable[[str, list[Any], Any], Any] = field(default=lambda _method, _parameters, result: result)

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The result of one question."""
        known: dict[str, Callable[[], Any]] = {
            "eth_chainId": lambda: hex(self.trust.chain_id),
            "eth_blockNumber": lambda: hex(len(self.blocks) - 1),
            "eth_getBlockByNumber": lambda: self._block(int(parameters[0], 16)),
            "eth_getStorageAt": lambda: self._word(parameters[0], parameters[1]),
            "eth_getProof": lambda: self._proof(parameters[0], parameters[1]),
        }
        return self.bend(method, parameters, known[method]())

    def reader(self, url: str) -> ChainReader:
        """A reader of the contracts through this node."""
        trust = self.trust
        addresses = (trust.directory, trust.checkpoint_log, trust.claim_register)
        return ChainReader(
            url, Deployment(trust.chain_id, trust.genesis_hash, Address(bytes(20)), *addresses, 0)
        )

    def _block(self, number: int) -> dict[str, Any] | None:
        if not 0 <= number < len(self.blocks):
            return None
        return stated_block(self.blocks[number])

    def _name_of(self, address: str) -> str:
        return next(name for name in CONTRACTS if getattr(self.trust, name).hex() == address[2:].lower())

    def _word(self, address: str, slot: str) -> str:
        stored = self.states.storage[self._name_of(address)].get(bytes.fromhex(slot[2:]), 0)
        return f"0x{stored:064x}"

    def _proof(self, address: str, slots: list[str]) -> dict[str, Any]:
        asked = [bytes.fromhex(slot[2:]) for slot in slots]
        found = self.states.account_proof(self.trust, self._name_of(address), asked)
        return {
            "accountProof": ["0x" + node.hex() for node in found.proof],
            "storageProof": [
                {
                    "key": "0x" + each.slot.hex(),
                    "value": hex(int.from_bytes(each.value, "big")),
                    "proof": ["0x" + node.hex() for node in each.proof],
                }
                for each in found.storage
            ],
        }


def stated_block(block: SealedBlock) -> dict[str, Any]:
    """A block as `eth_getBlockByNumber` states it."""
    values = dict(zip(_FIELDS, rlp.decode(block.header()), strict=False))
    stated = {
        name: hex(int.from_bytes(value, "big")) if name in _NUMBERS else "0x" + value.hex()
        for name, value in values.items()
    }
    return {**stated, "hash": "0x" + block.block_hash().hex()}


class Answering(Protocol):
    """What can be served."""

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The result of one question."""


@contextmanager
def serving(node: Answering) -> Iterator[str]:
    """Serve a node; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            result = node.answer(question["method"], question["params"])
            reply = json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
