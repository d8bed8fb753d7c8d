"""The state tables of acts, against the reference model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger_proofs.eip712 import Domain
from ledger_proofs.types import Address
from tests.model.ledger import ModelLedger
from tests.model.player import Player

TABLES = sorted((Path(__file__).parents[2] / "vectors" / "acts").glob("*.json"))
START = 1_790_000_000


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_model_does_what_the_table_says(path: Path) -> None:
    ledger = ModelLedger(Domain(1337, Address(bytes(range(20)))), START)
    player = Player(json.loads(path.read_text(encoding="utf-8")), ledger, START)
    player.enrol_everybody()
    steps = player.play()
    assert len(steps) == len(json.loads(path.read_text(encoding="utf-8"))["acts"])


def test_there_are_tables_for_every_act() -> None:
    acts = {act["do"] for path in TABLES for act in json.loads(path.read_text(encoding="utf-8"))["acts"]}
    assert {"anchor", "close", "dispense", "settle", "void", "restore", "reverse"} <= acts


def test_a_table_that_expects_something_else_fails() -> None:
    table = json.loads((TABLES[0].parent / "plain.json").read_text(encoding="utf-8"))
    table["acts"][3]["claims"]["rx/0"] = "unused"
    player = Player(table, ModelLedger(Domain(1337, Address(bytes(20))), START), START)
    player.enrol_everybody()
    with pytest.raises(AssertionError, match="plain, act 3"):
        player.play()
