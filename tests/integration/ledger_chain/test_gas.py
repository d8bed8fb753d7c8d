"""What acts cost in gas and bytes: as the report says, and within what a block and a node can carry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger_chain.transactions import MAX_BATCH_BYTES, anchor_call, anchor_gas
from ledger_proofs import merkle
from ledger_proofs.types import log_id
from tests.model.chain import ChainLedger
from tests.model.gas import BATCH, Cost, build_report, measure_acts
from tests.model.player import Player
from tests.model.world import INSTITUTIONS, account_of

pytestmark = [pytest.mark.integration, pytest.mark.chain]

REPORT = Path(__file__).resolve().parents[3] / "docs" / "gas.md"
ROW = re.compile(r"^\| ([a-z0-9, ]+) · [^|]*\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
TOLERANCE = 0.02
"""A signature's zero bytes cost less than others, and a deployment's addresses differ."""
LARGEST_GAS_PER_DISPENSING = 150_000
LARGEST_GAS_PER_SETTLEMENT = 100_000


@pytest.fixture
def enrolled(ledger: ChainLedger, start: int) -> ChainLedger:
    Player({"name": "none", "uses": {}, "acts": []}, ledger, start).enrol_everybody()
    return ledger


def test_anchoring_stays_within_its_gas_limit(
    enrolled: ChainLedger, start: int, capsys: pytest.CaptureFixture[str]
) -> None:
    log, account = log_id(INSTITUTIONS["hospital"][0], 1), account_of("hospital")
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(1_000)]
    used: dict[int, int] = {}
    old = 0
    for step, size in enumerate((1, 2, 3, 7, 8, 100, 127, 128, 513, 1_000)):
        proof = tuple(merkle.consistency_proof(leaves[:size], old)) if old else ()
        enrolled.anchor(account, log, size, merkle.root(leaves[:size]), proof, start + step)
        used[size] = enrolled.gas_used
        assert enrolled.gas_used < anchor_gas(len(proof)), f"from {old} to {size}"
        old = size
    with capsys.disabled():
        print("\nanchor: " + ", ".join(f"to {size:,} entries {gas:,} gas" for size, gas in used.items()))


def test_the_gas_limit_of_anchoring_is_enough_for_the_longest_proof(
    enrolled: ChainLedger, start: int
) -> None:
    """A proof that fails at its end costs as much as one that holds, but for the writing."""
    call_bytes = len(anchor_call(1, 1, bytes(32), [bytes(32)] * 64))
    assert anchor_gas(64) > 21_000 + 16 * call_bytes + 64 * 3_500 + 120_000


def test_the_report_of_what_acts_cost_is_true(enrolled: ChainLedger, start: int) -> None:
    costs = measure_acts(enrolled, start)
    said = parse_report(REPORT.read_text(encoding="utf-8"))
    assert [(cost.act, cost.count) for cost in said] == [(cost.act, cost.count) for cost in costs]
    for written, cost in zip(said, costs, strict=True):
        expected = (cost.gas, cost.call_bytes)
        assert (written.gas, written.call_bytes) == pytest.approx(expected, rel=TOLERANCE), cost
    batches = {cost.act: cost for cost in costs if cost.count == BATCH}
    assert all(cost.call_bytes * BATCH < MAX_BATCH_BYTES for cost in batches.values())
    assert batches["dispensing"].gas < LARGEST_GAS_PER_DISPENSING
    assert batches["settlement"].gas < LARGEST_GAS_PER_SETTLEMENT


def test_the_report_is_written_from_what_was_measured() -> None:
    costs = [Cost("act, once", "", 1, 1_234_567, 89), Cost("many acts", "", 56, 30_303, 1_000)]
    assert parse_report(build_report(costs)) == costs


def parse_report(text: str) -> list[Cost]:
    """The rows of a report."""
    return [
        Cost(act, "", *(int(number.replace(",", "")) for number in numbers))
        for act, *numbers in ROW.findall(text)
    ]
