"""A node that lies: a real JSON-RPC server that asks an honest one, and alters what it passes on.

With `Sealer` it also makes the honest one's chain look sealed by validators of a test: each header gets their
seals and all hashes follow, while state, storage and receipts stay what the honest node has.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import rlp
from eth_utils.crypto import keccak

from ledger_chain.block_headers import rebuild_header
from ledger_chain.deployment import Deployment
from ledger_chain.reader import ChainReader
from ledger_chain.validator_history import read_code_hashes, read_history
from ledger_proofs.chain_view import Trust
from ledger_proofs.qbft import BFT_MIX_HASH
from ledger_proofs.trust_files import TrustFile
from ledger_proofs.types import Address
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.sealed_chain import CONTRACTS, ContractStates, addresses_of, validator_key

VALIDATORS = (0, 1, 2, 3)
_STATE_ROOT, _EXTRA_DATA, _MIX_HASH = 3, 12, 13

Alter = Callable[[str, list[Any], Any], Any]


def pass_on(_method: str, _parameters: list[Any], result: Any) -> Any:
    """Alter nothing."""
    return result


@dataclass
class LyingNode:
    """A running one. `alter` can be exchanged at any time."""

    url: str
    ask: Callable[[str, list[Any]], Any]
    alter: Alter = pass_on


@dataclass
class Sealer:
    """Seals an honest node's blocks, each on its sealed parent. `sealers`: who of the validators does.

    The contracts' state is taken once and proven from a trie of its own: anvil's keeps slots that are empty,
    which no chain of validators does. So nothing may be written while a sealed chain is tested.
    """

    trust: Trust
    sealers: tuple[int, ...] = VALIDATORS
    _states: ContractStates | None = None
    _root: bytes | None = None
    _blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def validators(self) -> tuple[Address, ...]:
        """Who validates from the first block on."""
        return addresses_of(VALIDATORS)

    def answer(self, ask: Callable[[str, list[Any]], Any], method: str, parameters: list[Any]) -> Any:
        """The honest node's answer with the sealed chain's hashes."""
        if method == "eth_getProof":
            return self._prove(ask, parameters[0], parameters[1])
        result = ask(method, parameters)
        if method == "eth_getBlockByNumber" and result is not None:
            return self.block(ask, int(result["number"], 16))
        text = json.dumps(result)
        if "blockHash" in text:
            for row in result if isinstance(result, list) else [result]:
                row["blockHash"] = self.block(ask, int(row["blockNumber"], 16))["hash"]
                for log in row.get("logs", []):
                    log["blockHash"] = row["blockHash"]
        return result

    def block(self, ask: Callable[[str, list[Any]], Any], number: int) -> dict[str, Any]:
        """A block as the sealed chain has it."""
        with self._lock:
            for each in range(number + 1):
                if each not in self._blocks:
                    block = ask("eth_getBlockByNumber", [hex(each), False])
                    self._blocks[each] = self._seal(each, block, self.root(ask))
            return dict(self._blocks[number])

    def states(self, ask: Callable[[str, list[Any]], Any]) -> ContractStates:
        """What the contracts hold."""
        with self._lock:
            if self._states is None:
                dump = json.loads(gzip.decompress(bytes.fromhex(ask("anvil_dumpState", [])[2:])))
                accounts = {name.lower(): each for name, each in dump["accounts"].items()}
                found = {name: accounts["0x" + getattr(self.trust, name).hex()] for name in CONTRACTS}
                storage = {
                    name: {
                        _word(slot): int.from_bytes(_word(value), "big")
                        for slot, value in each["storage"].items()
                    }
                    for name, each in found.items()
                }
                code = {name: keccak(bytes.fromhex(each["code"][2:])) for name, each in found.items()}
                self._states = ContractStates(storage, code)
            return self._states

    def root(self, ask: Callable[[str, list[Any]], Any]) -> bytes:
        """The root of that state, which every block is given."""
        with self._lock:
            if self._root is None:
                self._root = self.states(ask).root(self.trust)
            return self._root

    def _prove(self, ask: Callable[[str, list[Any]], Any], address: str, slots: list[str]) -> dict[str, Any]:
        name = next(each for each in CONTRACTS if getattr(self.trust, each).hex() == address[2:].lower())
        proof = self.states(ask).account_proof(self.trust, name, [_word(slot) for slot in slots])
        return {
            "accountProof": ["0x" + each.hex() for each in proof.proof],
            "storageProof": [
                {"value": "0x" + each.value.hex(), "proof": ["0x" + node.hex() for node in each.proof]}
                for each in proof.storage
            ],
        }

    def _seal(self, number: int, block: dict[str, Any], state_root: bytes) -> dict[str, Any]:
        header = rebuild_header(block)
        assert header is not None, "the honest node gives its headers whole"
        fields = list(rlp.decode(header))
        if number:
            fields[0] = bytes.fromhex(self._blocks[number - 1]["hash"][2:])
        fields[_MIX_HASH], fields[_STATE_ROOT] = BFT_MIX_HASH, state_root

        def encoded(seals: list[bytes]) -> bytes:
            fields[_EXTRA_DATA] = rlp.encode([bytes(32), list(self.validators()), [], b"", seals])
            return bytes(rlp.encode(fields))

        unsealed = keccak(encoded([]))
        seals = [validator_key(each).sign_msg_hash(unsealed).to_bytes() for each in self.sealers]
        encoded(seals if number else [])
        return {
            **block,
            "parentHash": "0x" + fields[0].hex(),
            "stateRoot": "0x" + state_root.hex(),
            "mixHash": "0x" + BFT_MIX_HASH.hex(),
            "extraData": "0x" + fields[_EXTRA_DATA].hex(),
            "hash": "0x" + unsealed.hex(),
        }


def _word(stated: str) -> bytes:
    return bytes.fromhex(stated.removeprefix("0x").rjust(64, "0"))


@contextmanager
def run_lying_node(honest_url: str, sealer: Sealer | None = None) -> Iterator[LyingNode]:
    """Run one in front of an honest node, on a free port of this machine."""
    client = httpx.Client(timeout=30, trust_env=False, verify=NO_AUTHORITIES)

    def ask(method: str, parameters: list[Any]) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        reply = client.post(honest_url, json=question).json()
        if "error" in reply:
            raise LookupError(reply["error"])
        return reply["result"]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply: dict[str, Any] = {"jsonrpc": "2.0", "id": question["id"]}
            method, parameters = question["method"], question.get("params", [])
            try:
                said = ask(method, parameters) if sealer is None else sealer.answer(ask, method, parameters)
                reply["result"] = node.alter(method, parameters, said)
            except LookupError as refused:
                reply["error"] = refused.args[0]
            body = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    if sealer is not None:
        # All that there is, before anybody waits for an answer.
        sealer.block(ask, int(ask("eth_blockNumber", []), 16))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    node = LyingNode(f"http://127.0.0.1:{server.server_port}", ask)
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        client.close()


def build_sealed_trust(deployment: Deployment, url: str) -> TrustFile:
    """The trust file that `rxledger trust` would write of a sealed chain."""
    genesis = ChainReader(url, deployment).genesis_hash()
    reader = ChainReader(url, replace(deployment, genesis_hash=genesis))
    addresses = (deployment.directory, deployment.checkpoint_log, deployment.claim_register)
    history = read_history(reader)
    codes = read_code_hashes(reader, history.as_of_block)
    return TrustFile(Trust(deployment.chain_id, genesis, *addresses, codes, history), "a test's chain")
