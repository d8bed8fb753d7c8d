"""What happened on a simulated day, counted while it happens by many threads at once."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ledger_cli.acting.records import Accepted
from ledger_cli.bench.measurement import percentiles_ms


@dataclass
class Tally:
    """Counts by name, times by name, and what went otherwise than planned."""

    counts: Counter[str] = field(default_factory=Counter)
    records: Counter[tuple[int, str]] = field(default_factory=Counter)
    entries: Counter[int] = field(default_factory=Counter)
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[dict[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            self.counts[name] += number

    def note_record(self, accepted: Accepted) -> Accepted:
        """Count a record that an institution's gateway has accepted; it is handed on."""
        with self._lock:
            institution = accepted.reference.institution
            self.records[institution, accepted.noun] += 1
            windows = accepted.record.body.get("windows")
            self.entries[institution] += len(windows) if isinstance(windows, list) else 1
        return accepted

    def note_failure(self, what: str, code: str, message: str, message_zh: str) -> None:
        """Keep what went otherwise than planned."""
        with self._lock:
            self.failures.append(
                {"prescription": what, "code": code, "message": message, "message_zh": message_zh}
            )

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long something took; nothing is noted of what failed."""
        begun = time.perf_counter()
        yield
        with self._lock:
            self.times[name].append(time.perf_counter() - begun)

    def latencies(self) -> dict[str, Mapping[str, Any]]:
        """Median and slow ends of each time, in milliseconds."""
        return {
            name: {"count": len(seconds), **percentiles_ms(seconds)}
            for name, seconds in sorted(self.times.items())
        }

    def records_by_institution(self) -> dict[str, dict[str, int]]:
        """How many records of each noun each institution signed."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (institution, noun), number in sorted(self.records.items()):
            found[str(institution)][noun] = number
        return dict(found)
