"""Fixtures of the portal's tests: a gateway on a chain with some prescriptions, and a portal that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gateway_stack import Stack, deploy_for_test
from tests.gateway_stack import chain as chain
from tests.gateway_stack import chain_engine as chain_engine
from tests.portal_support import PortalUnderTest, open_portal, run_regulated_stack

ISSUED = 3


@dataclass(frozen=True)
class Issued:
    """A gateway whose first hospital has issued some prescriptions, all final."""

    stack: Stack
    ids: tuple[str, ...]


@pytest.fixture
def issued(tmp_path: Path, chain) -> Iterator[Issued]:  # type: ignore[no-untyped-def]
    with run_regulated_stack(tmp_path / "gateway", chain) as stack:
        anna = stack.doctor("anna")
        ids = []
        for _ in range(ISSUED):
            ids.append(str(anna.issue()["id"]))
            anna.wait_until_final(ids[-1])
        yield Issued(stack, tuple(ids))


@pytest.fixture
def portal(tmp_path: Path, issued: Issued) -> Iterator[PortalUnderTest]:
    with open_portal(tmp_path / "portal", issued.stack.gateway.url, issued.stack.chain) as opened:
        yield opened


__all__ = ["deploy_for_test"]
