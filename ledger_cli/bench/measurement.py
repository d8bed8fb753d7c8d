"""How a benchmark measures: wall time per round, CPU, peak memory, and percentiles by nearest rank."""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

BYTES_PER_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclass
class Stopwatch:
    """Collects how long each round took, in seconds."""

    rounds: list[float] = field(default_factory=list)

    @contextmanager
    def round(self) -> Iterator[None]:
        """Time one round."""
        begun = time.perf_counter()
        yield
        self.rounds.append(time.perf_counter() - begun)

    @property
    def total(self) -> float:
        """All rounds together."""
        return sum(self.rounds)


def percentile(values: Sequence[float], rank: float) -> float:
    """The value at a rank from 0 to 100, by nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(rank / 100 * len(ordered)) - 1)]


def percentiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, in milliseconds."""
    return {f"p{rank}_ms": round(percentile(seconds, rank) * 1000, 3) for rank in (50, 95, 99)}


def cpu_seconds() -> float:
    """CPU time of this process and of those of its children that have ended."""
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def peak_memory_mib() -> float:
    """The most memory that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_MAXRSS / 2**20, 1)


def resources_since(cpu_before: float) -> dict[str, Any]:
    """CPU and memory for a result."""
    return {"cpu_seconds": round(cpu_seconds() - cpu_before, 2), "peak_memory_mib": peak_memory_mib()}
