"""What known lots say of packs: commissionings, recalls of packs and of whole lots, contested claims."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_api import migrations
from ledger_api.lots.models import KnownLot
from ledger_api.lots.repository import KnownLotRepository
from ledger_api.packs.service import find_commissioning, is_recalled, list_makers
from ledger_web.database import Database

FIRST, SECOND = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    migrations.upgrade(database)
    yield database
    database.close()


def _lot(number: int, event: str = "commissioned", issuer: int = 401, *, is_whole: bool = False) -> KnownLot:
    return KnownLot(
        commitment=bytes([number]) * 32,
        issuer=issuer,
        record_id=f"record-{number}",
        event=event,
        code_system="x-drug",
        product_code="1",
        product_name="药",
        specification="5mg*7片",
        lot="A1",
        expires_on="2028-01-01",
        unit="盒",
        units_per_pack=1,
        is_whole=is_whole,
        verified_at=number,
    )


def _about(database: Database, *kept: tuple[KnownLot, list[bytes]]) -> dict[bytes, list[tuple[int, str]]]:
    with database.writing() as session:
        for lot, tokens in kept:
            KnownLotRepository(session).keep(lot, tokens)
    with database.reading() as session:
        found = KnownLotRepository(session).list_about([FIRST, SECOND])
        return {token: [(lot.issuer, lot.event) for lot in lots] for token, lots in found.items()}


def test_a_recall_of_the_whole_lot_is_about_each_of_its_packs(database: Database) -> None:
    about = _about(
        database,
        (_lot(1), [FIRST]),
        (_lot(2), [SECOND]),
        (_lot(3, "recalled", is_whole=True), []),
    )
    assert about == {token: [(401, "commissioned"), (401, "recalled")] for token in (FIRST, SECOND)}


def test_a_recall_of_one_pack_is_about_that_one(database: Database) -> None:
    about = _about(database, (_lot(1), [FIRST, SECOND]), (_lot(2, "recalled"), [FIRST]))
    assert about == {
        FIRST: [(401, "commissioned"), (401, "recalled")],
        SECOND: [(401, "commissioned")],
    }


def test_another_makers_recall_is_about_its_own_lot(database: Database) -> None:
    about = _about(database, (_lot(1), [FIRST]), (_lot(2, "recalled", 402, is_whole=True), []))
    assert about == {FIRST: [(401, "commissioned")]}


def test_what_is_kept_stays_as_it_was_verified_first(database: Database) -> None:
    _about(database, (_lot(1), [FIRST]))
    assert _about(database, (_lot(1, "recalled"), [SECOND])) == {FIRST: [(401, "commissioned")]}


def test_a_pack_that_two_makers_claim_is_nobodys() -> None:
    assert find_commissioning([]) is None
    assert find_commissioning([_lot(1, "recalled")]) is None
    first = _lot(1)
    assert find_commissioning([first, _lot(2)]) is first
    assert find_commissioning([first, _lot(2, issuer=402)]) is None
    assert list_makers([first, _lot(2, issuer=402)]) == {401, 402}


def test_only_who_commissioned_a_pack_calls_it_back() -> None:
    first = _lot(1)
    assert is_recalled([first, _lot(2, "recalled")])
    assert not is_recalled([first, _lot(2, "recalled", issuer=402)])
    assert is_recalled([first, _lot(2, issuer=402), _lot(3, "recalled", issuer=402)])
    assert not is_recalled([_lot(1, "recalled")])
