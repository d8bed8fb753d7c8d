"""A log of made-up entries for `bench mirror`, served as tiles from memory, and a portal to mirror it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from ledger_proofs.chain_view import Trust
from ledger_proofs.entries import Entry
from ledger_proofs.tiles import TILE_WIDTH, build_entry_bundle
from ledger_proofs.types import Address, Commitment, Hash, log_id
from ledger_web.clock import system_clock
from ledger_web.database import Database
from regulator_portal import migrations
from regulator_portal.mirror.compact_range import CompactRange, hash_leaves
from regulator_portal.mirror.node import Node
from regulator_portal.mirror.tools import Tools
from regulator_portal.sources.files import InstitutionName, Source, Sources
from regulator_portal.sources.gateway import GatewayClient, Gateways
from regulator_portal.trust import PinnedTrust

LOG = log_id(1, 1)
_FRAME = 226
_NOWHERE = Address(bytes(20))


class BenchLog:
    """A log of `count` entries, as tiles. It answers as a gateway's client does."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._tiles = [
            build_entry_bundle([_entry(each) for each in range(start, min(count, start + TILE_WIDTH))])
            for start in range(0, count, TILE_WIDTH)
        ]

    def tiles(self) -> Iterator[bytes]:
        """All tiles, in order."""
        return iter(self._tiles)

    def fetch_entries(self, _log: int, tile: int, width: int) -> bytes:
        """The first `width` entries of a tile."""
        return self._tiles[tile][: width * _FRAME]

    def checkpoints(self, every: int) -> Iterator[tuple[int, bytes]]:
        """Size and root of a checkpoint every so many entries, and at the end."""
        grown = CompactRange()
        sizes = itertools.chain(range(every, self.count, every), [self.count])
        for size in sizes:
            grown.append(hash_leaves([_entry(each) for each in range(grown.size, size)]))
            yield size, grown.root()


class _OneGateway(Gateways):
    """Gives the log from memory in place of a gateway's client."""

    def __init__(self, log: BenchLog) -> None:
        super().__init__()
        self._log = log

    def client_of(self, source: Source) -> GatewayClient:
        """The log itself."""
        return cast("GatewayClient", self._log)


def open_bench_tools(folder: Path, log: BenchLog) -> Tools:
    """A portal's tools with a database of their own under `folder`, and the log for a gateway."""
    database = Database(f"sqlite:///{folder / 'portal.db'}", "RXLEDGER_PORTAL_")
    migrations.prepare(database, may_upgrade=True)
    trust = PinnedTrust(Trust(1, Hash(bytes(32)), _NOWHERE, _NOWHERE, _NOWHERE), "")
    source = Source("bench", "bench", "http://127.0.0.1", "-", (InstitutionName(1, "bench", "bench"),))
    node = cast("Node", None)  # mirroring from pins asks no node
    return Tools(database, system_clock, trust, node, Sources([source]), _OneGateway(log))


def _entry(number: int) -> bytes:
    record = Commitment(hashlib.sha256(b"record %d" % number).digest())
    author = Hash(hashlib.sha256(b"author %d" % number).digest())
    return Entry(1, record, author, 2, 1_800_000_000, 1_800_259_199, Hash(bytes(32))).to_bytes()
