"""The state tables of acts, against the real contracts: the same outcomes and words as the model's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.model.chain import ChainLedger
from tests.model.ledger import ModelLedger
from tests.model.player import Player

TABLES = sorted((Path(__file__).parents[2] / "vectors" / "acts").glob("*.json"))

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_contracts_do_what_the_table_says_and_the_model_does(
    path: Path, ledger: ChainLedger, start: int
) -> None:
    table = json.loads(path.read_text(encoding="utf-8"))
    model = Player(table, ModelLedger(ledger.domain, start), start)
    chain = Player(table, ledger, start)
    model.enrol_everybody()
    chain.enrol_everybody()
    assert chain.play() == model.play()
