"""What a simulated day came to: one JSON document for programs, a table for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.table import Table

from ledger_cli.errors import Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.language import Text
from ledger_cli.screen import Screen
from ledger_cli.simulate.day import Day

_ROWS: Final = (
    ("prescriptions.issued", Text("prescriptions signed", "已签处方")),
    ("reviews.approved", Text("reviews approved", "审方通过")),
    ("reviews.rejected", Text("reviews rejected", "审方驳回")),
    ("receptions.done", Text("fetched by code", "凭码取方")),
    ("dispensings.done", Text("dispensings done", "发药完成")),
    ("dispensings.refused", Text("dispensings refused by the chain", "链上拒绝的发药")),
    ("dispensings.stopped", Text("dispensings stopped before signing", "签署前阻止的发药")),
    ("restores.done", Text("returned", "退药恢复")),
    ("voids.done", Text("voided", "作废")),
    ("settlements.accepted", Text("settlements accepted", "结算接受")),
    ("settlements.reduced", Text("settlements reduced", "结算核减")),
    ("settlements.refused", Text("settlements refused", "结算拒付")),
    ("reversals.done", Text("settlements reversed", "结算冲正")),
)
MAX_SHOWN_FAILURES = 10


def day_as_json(day: Day, seed: int) -> dict[str, Any]:
    """Everything that was counted; the names are stable."""
    tally = day.tally
    claims: Counter[str] = Counter()
    for journey in day.journeys:
        if journey.ledger is not None:
            claims.update(journey.ledger.count_by_status())
    return {
        "ok": day.is_good,
        "seed": seed,
        "seconds": round(day.seconds, 1),
        "orders": dict(day.imported),
        "drafts": day.drafts,
        "not_begun": day.not_begun,
        "counts": dict(sorted(tally.counts.items())),
        "claims": dict(claims),
        "records": tally.records_by_institution(),
        "entries": {str(institution): number for institution, number in sorted(tally.entries.items())},
        "latency": tally.latencies(),
        "failures": tally.failures,
    }


def verify_writable(path: Path) -> None:
    """Verify that the details can be written, before a day is spent on them. Raises `Refused`."""
    with _naming(path), path.open("a", encoding="utf-8"):
        return


def write_details(day: Day, path: Path) -> None:
    """Write each prescription with its claims as a line of NDJSON. Raises `Refused`."""
    with _naming(path), path.open("w", encoding="utf-8") as target:
        for journey in day.journeys:
            if journey.ledger is not None:
                target.write(json.dumps(journey.ledger.as_json()) + "\n")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        reason = file_fault(fault)
        raise Refused(
            "simulate.details_unwritable",
            f"can't write the details to {path} ({reason.en}); name another file with --details",
            f"无法将明细写入 {path}（{reason.zh}）；请用 --details 另指定文件",
        ) from fault


def show_day(day: Day, screen: Screen) -> None:
    """The day's counts as a table, and whatever went wrong."""
    table = Table(box=box.SIMPLE, title=screen.pick("The day", "当日汇总"))
    table.add_column(screen.pick("what", "事项"))
    table.add_column(screen.pick("number", "数量"), justify="right")
    for name, shown in _ROWS:
        table.add_row(shown.in_(screen.language), f"{day.tally.counts[name]:,}")
    for name, times in day.tally.latencies().items():
        table.add_row(
            screen.pick(f"{name}: median, p95", f"{name}：中位数、p95"),
            f"{times['p50_ms']:,.0f} ms, {times['p95_ms']:,.0f} ms",
        )
    screen.show(table)
    for failure in day.tally.failures[:MAX_SHOWN_FAILURES]:
        screen.say(
            f"✗ {failure['prescription']}: {failure['message']}",
            f"✗ {failure['prescription']}：{failure['message_zh']}",
            style="red",
        )
    hidden = len(day.tally.failures) - MAX_SHOWN_FAILURES
    if hidden > 0:
        screen.say(f"… and {hidden} more; --json lists all", f"……另有 {hidden} 项；用 --json 查看全部")
    if day.not_begun:
        screen.say(
            f"interrupted: {day.not_begun:,} prescriptions weren't begun, and wait as drafts",
            f"已中断：{day.not_begun:,} 份处方未开始，仍为草稿",
            style="yellow",
        )
    screen.say(f"took {day.seconds:.0f} s", f"用时 {day.seconds:.0f} 秒", style="dim")
