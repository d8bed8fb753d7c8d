"""Which packs lie before who plays the pharmacist."""

from __future__ import annotations

import json
from pathlib import Path

from ledger_cli.attacks.roles import PackToScan, list_packs
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.loop_examples import PACKS_FILE


def test_there_are_as_many_packs_of_each_drug_as_the_waiting_drafts_prescribe(tmp_path: Path) -> None:
    lots = [
        {"code": "YP1002", "name": "盐酸二甲双胍片", "unit": "盒", "packs": [f"8{n:019}" for n in range(8)]},
        {"code": "YP1003", "name": "阿托伐他汀钙片", "unit": "盒", "packs": [f"9{n:019}" for n in range(8)]},
        {"code": "YP9999", "name": "其他", "unit": "盒", "packs": ["7" * 20]},
    ]
    (tmp_path / PACKS_FILE).write_text(json.dumps(lots), encoding="utf-8")
    assert list_packs(Home(tmp_path)) == [
        PackToScan("阿托伐他汀钙片", f"9{0:019}"),
        *(PackToScan("盐酸二甲双胍片", f"8{n:019}") for n in range(3)),
    ]


def test_a_home_without_released_examples_has_none(tmp_path: Path) -> None:
    assert not list_packs(Home(tmp_path))
