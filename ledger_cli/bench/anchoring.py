"""`bench anchor`: records per second to a confirmed checkpoint, against one transaction per record."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger_api.anchoring.node import NodeChain
from ledger_api.keystore.interfaces import SignedTransaction
from ledger_chain.connection import connect
from ledger_chain.deployment import Authority, Deployment, deploy
from ledger_chain.development_keys import address_of, anchoring_account, authority_members, deployer
from ledger_chain.engines import GanacheEngine
from ledger_chain.reader import ChainReader
from ledger_chain.transactions import build_anchor, sign_transaction
from ledger_cli.bench.bundle_factory import SignedRecord, sign_records
from ledger_cli.bench.measurement import Stopwatch, cpu_seconds, percentiles_ms, resources_since
from ledger_cli.embedded.enrolment import AUTHORITY_THRESHOLD
from ledger_cli.errors import CouldNotCheck
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.tiles import TILE_WIDTH, consistency_proof_from_tiles, new_tiles, root_from_tiles
from ledger_proofs.types import Address, Hash, LogId, log_id

RECORDS_PER_CHECKPOINT = 1000
BASELINE_RECORDS = 200
PIPELINE_DEPTH = 16
AIM_RATIO = 100
AIM_GAS_PER_RECORD = 200


class _MemoryLog:
    """A log's tiles in memory, as a gateway's log has them in its database."""

    def __init__(self) -> None:
        self.size = 0
        self._tiles: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: Sequence[Hash]) -> None:
        """Append leaves and write the tiles that change."""
        for tile in new_tiles(self._read, self.size, leaves):
            self._tiles[tile.level, tile.index] = tile.hashes
        self.size += len(leaves)

    def root(self) -> Hash:
        """The root of all leaves."""
        return root_from_tiles(self._read, self.size)

    def consistency_from(self, old_size: int) -> list[Hash]:
        """The proof that the log of `old_size` is the beginning of this one."""
        return consistency_proof_from_tiles(self._read, old_size, self.size) if old_size else []

    def _read(self, level: int, index: int, width: int) -> bytes:
        return self._tiles[level, index][: min(width, TILE_WIDTH) * 32]


@dataclass(frozen=True)
class _Anchorer:
    """One institution's log, its anchoring account, and the chain."""

    chain: NodeChain
    reader: ChainReader
    deployment: Deployment
    position: int

    @property
    def log(self) -> LogId:
        """The institution's first log."""
        return log_id(self.position + 1, 1)

    def build(self, nonce: int, tree: _MemoryLog, old_size: int) -> SignedTransaction:
        """The signed transaction that anchors the tree as it is."""
        unsigned = build_anchor(
            chain_id=self.deployment.chain_id,
            checkpoint_log=self.deployment.checkpoint_log,
            nonce=nonce,
            log=self.log,
            size=tree.size,
            root=tree.root(),
            consistency_proof=tree.consistency_from(old_size),
        )
        signed = sign_transaction(unsigned, bytes(anchoring_account(self.position).key))
        return SignedTransaction(signed.raw, signed.hash)

    def send(self, nonce: int, transaction: SignedTransaction) -> int:
        """Send and confirm; returns the gas used."""
        self.chain.send(transaction, self.account, nonce)
        receipt = self.reader.find_receipt(transaction.hash)
        if receipt is None or not receipt.succeeded:
            raise CouldNotCheck(
                "bench.not_mined", "the chain didn't confirm an anchoring", "链未确认一次锚定"
            )
        return receipt.gas_used

    @property
    def account(self) -> Address:
        """The institution's anchoring account."""
        return address_of(anchoring_account(self.position))


def bench_anchor(count: int) -> dict[str, Any]:
    """Anchor `count` records, 1,000 a checkpoint, then 200 with a transaction each on the same chain."""
    before = cpu_seconds()
    with (
        tempfile.TemporaryDirectory(prefix="rxledger-bench-") as folder,
        GanacheEngine(Path(folder) / "chain") as engine,
    ):
        deployment = _deploy(engine.rpc_url)
        reader = ChainReader(engine.rpc_url, deployment)
        chain = NodeChain(engine.rpc_url, deployment)
        records = sign_records(count, deployment.domain())
        watch, gas = _anchor_in_checkpoints(_Anchorer(chain, reader, deployment, 0), records)
        singly, single_gas = _anchor_one_by_one(
            _Anchorer(chain, reader, deployment, 1), records[:BASELINE_RECORDS]
        )
    rate, single_rate = count / watch.total, min(count, BASELINE_RECORDS) / singly.total
    return {
        "bench": "anchor",
        "count": count,
        "records_per_checkpoint": RECORDS_PER_CHECKPOINT,
        "records_per_second": round(rate, 1),
        "gas_per_record": round(sum(gas) / count, 1),
        "aim_gas_per_record": AIM_GAS_PER_RECORD,
        "gas_per_checkpoint": max(gas),
        "baseline": f"one anchoring transaction per record, {PIPELINE_DEPTH} under way at once, same chain",
        "baseline_records_per_second": round(single_rate, 1),
        "baseline_gas_per_record": round(sum(single_gas) / len(single_gas), 1),
        "ratio": round(rate / single_rate, 1),
        "aim_ratio": AIM_RATIO,
        **percentiles_ms(watch.rounds),
        **resources_since(before),
    }


def _deploy(rpc_url: str) -> Deployment:
    w3 = connect(rpc_url)
    members = authority_members()
    deployment = deploy(w3, [address_of(member) for member in members], AUTHORITY_THRESHOLD, 0, deployer())
    authority = Authority(w3, deployment, members)
    for position in (0, 1):
        authority.register_institution(
            position + 1, int(InstitutionRole.HOSPITAL), address_of(anchoring_account(position))
        )
    return deployment


def _anchor_in_checkpoints(
    anchorer: _Anchorer, records: Sequence[SignedRecord]
) -> tuple[Stopwatch, list[int]]:
    """From signed records to confirmed checkpoints: entries, leaves, tiles, root, proof, transaction."""
    tree, watch, gas = _MemoryLog(), Stopwatch(), []
    for nonce, start in enumerate(range(0, len(records), RECORDS_PER_CHECKPOINT)):
        chunk = records[start : start + RECORDS_PER_CHECKPOINT]
        with watch.round():
            old_size = tree.size
            tree.append([record.entry.leaf_hash() for record in chunk])
            gas.append(anchorer.send(nonce, anchorer.build(nonce, tree, old_size)))
    return watch, gas


def _anchor_one_by_one(anchorer: _Anchorer, records: Sequence[SignedRecord]) -> tuple[Stopwatch, list[int]]:
    """A transaction per record. Proofs and signatures are made before the clock starts: in its favour."""
    tree = _MemoryLog()
    transactions = []
    for nonce, record in enumerate(records):
        old_size = tree.size
        tree.append([record.entry.leaf_hash()])
        transactions.append((nonce, anchorer.build(nonce, tree, old_size)))
    watch = Stopwatch()
    with watch.round(), ThreadPoolExecutor(PIPELINE_DEPTH) as pool:
        gas = list(pool.map(lambda item: anchorer.send(*item), transactions))
    return watch, gas
