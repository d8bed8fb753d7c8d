"""What institutions are called, and which can be chosen by name."""

from __future__ import annotations

import pytest

from ledger_api.peers.addresses import InstitutionName
from ledger_api.peers.directory import PeerDirectory
from ledger_api.peers.names import GOOD_FOR_SECONDS, InstitutionNames
from ledger_proofs.chain_view import InstitutionState
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import Address
from ledger_web.database import Database
from tests.gateway_support import GatewayUnderTest

INSURER = InstitutionName(301, "Insurance Centre", "医保中心")
PHARMACY = InstitutionName(201, "Kangning Pharmacy", "康宁大药房")


class Directory:
    """A chain's directory with three institutions, which can be silent."""

    is_silent = False

    def find_account(self, institution: int) -> Address | None:
        return None

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        if self.is_silent:
            raise CannotCheck("The node doesn't answer.")
        kinds = {301: InstitutionRole.INSURER, 201: InstitutionRole.PHARMACY, 302: InstitutionRole.INSURER}
        status = InstitutionStatus.SUSPENDED if number == 302 else InstitutionStatus.ACTIVE
        return InstitutionState(number, kinds[number], status) if number in kinds else None


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def names(gateway: GatewayUnderTest, directory: Directory, now: list[float]) -> InstitutionNames:
    database = gateway.parts.database
    return build(database, directory, now)


def build(database: Database, directory: Directory, now: list[float]) -> InstitutionNames:
    named = {each.number: each for each in (INSURER, PHARMACY, InstitutionName(302, "Suspended", "已暂停"))}
    asked = PeerDirectory(directory, lambda: 1_800_000_000, lambda: now[0])
    return InstitutionNames(named, database, asked, lambda: now[0])


def test_a_name_comes_from_the_peers_file_or_is_that_of_a_tenant(
    names: InstitutionNames, gateway: GatewayUnderTest
) -> None:
    assert names.find(301) == INSURER
    tenant = names.list_all()[0]
    assert names.find(tenant.number) == tenant
    assert tenant.number not in (201, 301, 302)
    assert names.find(77_777) is None


def test_who_can_be_chosen_is_active_and_of_the_kind(names: InstitutionNames) -> None:
    assert names.list_with(InstitutionRole.INSURER) == [INSURER]
    assert PHARMACY in names.list_with(InstitutionRole.PHARMACY)


def test_while_the_chain_is_silent_nobody_is_offered_and_later_asked_anew(
    names: InstitutionNames, directory: Directory, now: list[float]
) -> None:
    directory.is_silent = True
    assert not names.list_with(InstitutionRole.INSURER)
    directory.is_silent = False
    assert names.list_with(InstitutionRole.INSURER) == [INSURER]
    directory.is_silent = True
    assert names.list_with(InstitutionRole.INSURER) == [INSURER]
    now[0] += GOOD_FOR_SECONDS
    assert not names.list_with(InstitutionRole.INSURER)
