"""Fixtures of the tests of the portal's pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.portal_site import PortalSite, run_portal_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PortalSite]:
    """A fresh portal, whose node and gateway don't answer."""
    with run_portal_site(tmp_path / "portal") as running:
        yield running
