"""`bench latency`: from submit to final on the embedded stack, as a doctor's client sees it."""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.bench.measurement import cpu_seconds, percentiles_ms, resources_since
from ledger_cli.embedded.people import LI
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.errors import CouldNotCheck
from ledger_cli.signing import find_status, prepare, submit

AIM_MEDIAN_MS = 2000
POLL_SECONDS = 0.01
GIVE_UP_SECONDS = 60.0


def bench_latency(count: int) -> dict[str, Any]:
    """Sign and submit `count` prescriptions one after another; time each until it is final."""
    before = cpu_seconds()
    with (
        tempfile.TemporaryDirectory(prefix="rxledger-bench-") as folder,
        EmbeddedStack(StackOptions(Path(folder) / "home", second_gateway_port=None)) as stack,
        person_at_work(stack.home, LI) as working,
    ):
        timings = [_time_one(working, number) for number in range(count)]
    to_final = percentiles_ms([final for _, final in timings])
    return {
        "bench": "latency",
        "count": count,
        "submit_to_final": to_final,
        "submit_to_accepted": percentiles_ms([accepted for accepted, _ in timings]),
        "aim_median_ms": AIM_MEDIAN_MS,
        "within_aim": to_final["p50_ms"] < AIM_MEDIAN_MS,
        **resources_since(before),
    }


def _time_one(working: PersonAtWork, number: int) -> tuple[float, float]:
    body = build_draft(VISITS[2], number)
    draft = working.client.post("/v1/drafts", body, idempotency_key=f"bench-{uuid.uuid4()}").document
    checked = prepare(working.client, working.profile, {"draft_id": draft["id"]})
    begun = time.perf_counter()
    submitted = submit(working.client, checked, working.private_key)
    accepted = time.perf_counter() - begun
    while find_status(working.client, submitted.id) != "final":
        if time.perf_counter() - begun > GIVE_UP_SECONDS:
            raise CouldNotCheck(
                "bench.not_final", "a prescription didn't become final in a minute", "处方一分钟内未最终确认"
            )
        time.sleep(POLL_SECONDS)
    return accepted, time.perf_counter() - begun
