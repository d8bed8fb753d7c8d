"""Headers rebuilt from what a node states of a block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.block_headers import rebuild_header
from ledger_proofs import qbft

VECTORS = Path(__file__).parents[2] / "vectors" / "qbft_headers.json"
BLOCK: dict[str, Any] = json.loads(VECTORS.read_text())["block"]


def test_a_sealed_block_s_header_keeps_its_round_and_seals() -> None:
    header = rebuild_header(BLOCK)
    assert header is not None
    parsed = qbft.parse_header(header)
    assert "0x" + parsed.block_hash.hex() == BLOCK["hash"]
    assert parsed.header.extra_data.hex() == BLOCK["extraData"][2:]
    assert len(parsed.header.later) == 1
    qbft.verify_commit_seals(parsed, parsed.validators)


def test_fields_that_the_chain_s_headers_have_not_got_are_left_out() -> None:
    assert rebuild_header({**BLOCK, "withdrawalsRoot": "0x" + "11" * 32}) == rebuild_header(BLOCK)


@pytest.mark.parametrize(
    "change",
    [
        {"extraData": "0x"},
        {"extraData": BLOCK["extraData"][:-2]},
        {"stateRoot": "0x" + "11" * 32},
        {"baseFeePerGas": None},
        {"baseFeePerGas": "0x7"},
        {"hash": "0x" + "11" * 32},
        {"number": "-0x1"},
        {"miner": None},
    ],
)
def test_a_block_that_does_not_have_its_hash_gives_no_header(change: dict[str, Any]) -> None:
    assert rebuild_header({**BLOCK, **change}) is None
