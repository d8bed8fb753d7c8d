"""`bench mirror`: entries per second that a portal re-derives from tiles to root and keeps in its database.

The tiles come from memory: what is measured is the portal's own work, with its real database on disk. The
baseline is SHA-256 alone over the same bytes: each leaf, and each inner node of the tree.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger_cli.bench.measurement import (
    Stopwatch,
    cpu_seconds,
    peak_memory_mib,
    percentiles_ms,
    resources_since,
)
from ledger_cli.bench.mirror_log import LOG, BenchLog, open_bench_tools
from ledger_proofs.tiles import TILE_WIDTH
from regulator_portal.mirror.mirroring import TILES_AT_A_TIME, Mirroring
from regulator_portal.mirror.models import MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.repository import EntryFilter, MirrorRepository

AIM_RATIO = 0.4
NODE_INPUT = b"\x01" + bytes(64)
PAGE_ROWS = 51
QUESTIONS = 200


def bench_mirror(count: int, checkpoint_every: int = 1_000) -> dict[str, Any]:
    """Mirror a log of `count` entries with a checkpoint every so many; every root must be right."""
    log = BenchLog(count)
    baseline = _pay_bare_cost(log)
    with tempfile.TemporaryDirectory(prefix="rxledger-bench-") as folder:
        tools = open_bench_tools(Path(folder), log)
        try:
            with tools.database.writing() as session:
                mirror = MirrorRepository(session)
                mirror.add(MirroredLog(log=LOG, institution=1, generation=1, pinned_size=count))
                for size, root in log.checkpoints(checkpoint_every):
                    session.add(_pin(size, root, min(checkpoint_every, size)))
            before, memory_before = cpu_seconds(), peak_memory_mib()
            batches = Stopwatch()
            work = Mirroring(tools, LOG, "bench", 1)
            is_done = False
            while not is_done:
                with batches.round():
                    is_done = work.advance()
            resources = resources_since(before)
            listing = _time_lists(tools.database.reading)
            with tools.database.reading() as session:
                if MirrorRepository(session).get_log(LOG).verified_size != count:
                    raise RuntimeError("the benchmark's log didn't verify; the figures would mean nothing")
        finally:
            tools.database.close()
    return {
        "bench": "mirror",
        "count": count,
        "checkpoints": -(-count // checkpoint_every),
        "entries_per_second": round(count / batches.total, 1),
        "baseline": "SHA-256 of the same leaves and inner nodes, and nothing else",
        "baseline_entries_per_second": round(count / baseline, 1),
        "ratio": round(baseline / batches.total, 3),
        "aim_ratio": AIM_RATIO,
        "batch_of_entries": TILES_AT_A_TIME * TILE_WIDTH,
        **percentiles_ms(batches.rounds),
        **resources,
        "memory_growth_mib": round(peak_memory_mib() - memory_before, 1),
        "list_ms": listing,
    }


def _pay_bare_cost(log: BenchLog) -> float:
    """How long the hashes alone take, for which no mirror can be faster."""
    sha256 = hashlib.sha256
    seconds = 0.0
    for tile in log.tiles():
        inputs = [b"\x00" + tile[start + 2 : start + 226] for start in range(0, len(tile), 226)]
        began = time.perf_counter()
        for each in inputs:
            sha256(each).digest()
            sha256(NODE_INPUT).digest()
        seconds += time.perf_counter() - began
    return seconds


def _time_lists(reading: Callable[[], Any]) -> dict[str, float]:
    """How long a page of the entries' list takes, by kind of question: the median, in milliseconds."""
    questions = {
        "first": (EntryFilter(), None),
        "deep": (EntryFilter(), 90_000),
        "failed": (EntryFilter(verdict="failed"), None),
        "pending": (EntryFilter(verdict="pending"), None),
        "rare_kind": (EntryFilter(kind=3), None),
    }
    found = {}
    for name, (wanted, after) in questions.items():
        watch = Stopwatch()
        for _ in range(QUESTIONS):
            with reading() as session, watch.round():
                mirror = MirrorRepository(session)
                mirror.list_entries(mirror.get_log(LOG), wanted, after, PAGE_ROWS)
        found[name] = percentiles_ms(watch.rounds)["p50_ms"]
    return found


def _pin(size: int, root: bytes, step: int) -> PinnedCheckpoint:
    return PinnedCheckpoint(
        log=LOG,
        size=size,
        root=root,
        previous_size=size - step,
        anchored_at=0,
        block_number=1,
        block_hash=bytes(32),
        pinned_at=0,
    )
