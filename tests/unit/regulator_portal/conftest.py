"""Fixtures: a portal's database of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_web.database import Database
from regulator_portal import migrations


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'portal.db'}", "RXLEDGER_PORTAL_")
    migrations.prepare(opened, may_upgrade=True)
    yield opened
    opened.close()
