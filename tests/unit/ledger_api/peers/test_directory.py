"""How institutions stand: asked of the chain, remembered for seconds, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ledger_api.network import ChainSilent
from ledger_api.peers.directory import GOOD_FOR_SECONDS, PeerDirectory
from ledger_chain.reader import ReaderUnreachable
from ledger_proofs.chain_view import InstitutionState
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import Address

ACCOUNT = Address(bytes(range(20)))


@dataclass
class Directory:
    """What the chain's directory would answer."""

    status: InstitutionStatus | None = InstitutionStatus.ACTIVE
    is_silent: bool = False
    asked: int = 0
    clock: float = 100.0
    answers: list[int] = field(default_factory=list)

    def find_account(self, institution: int) -> Address | None:
        return ACCOUNT if self.status is not None else None

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        self.asked += 1
        if self.is_silent:
            raise ReaderUnreachable("no node answers")
        if self.status is None:
            return None
        return InstitutionState(number, InstitutionRole.PHARMACY, self.status)


@pytest.fixture
def chain() -> Directory:
    return Directory()


@pytest.fixture
def directory(chain: Directory) -> PeerDirectory:
    return PeerDirectory(chain, lambda: 1_800_000_000, lambda: chain.clock)


def test_an_active_institution_has_its_account_and_roles(directory: PeerDirectory) -> None:
    standing = directory.get_standing(201)
    assert (standing.account, standing.is_active) == (ACCOUNT, True)
    assert standing.has_any([InstitutionRole.HOSPITAL, InstitutionRole.PHARMACY])
    assert not standing.has_any([InstitutionRole.INSURER])


@pytest.mark.parametrize("status", [InstitutionStatus.SUSPENDED, InstitutionStatus.BARRED, None])
def test_who_is_suspended_barred_or_unknown_is_not_active(
    chain: Directory, directory: PeerDirectory, status: InstitutionStatus | None
) -> None:
    chain.status = status
    assert not directory.get_standing(201).is_active


def test_an_answer_serves_for_seconds_and_is_asked_anew_after_them(
    chain: Directory, directory: PeerDirectory
) -> None:
    assert directory.get_standing(201).is_active
    chain.status = InstitutionStatus.SUSPENDED
    chain.clock += GOOD_FOR_SECONDS - 0.1
    assert directory.get_standing(201).is_active
    assert chain.asked == 1
    chain.clock += 0.2
    assert not directory.get_standing(201).is_active


def test_a_silent_chain_is_said_to_be_silent_and_nothing_is_remembered(
    chain: Directory, directory: PeerDirectory
) -> None:
    chain.is_silent = True
    with pytest.raises(ChainSilent):
        directory.get_standing(201)
    chain.is_silent = False
    assert directory.get_standing(201).is_active
    directory.forget()
    assert directory.get_standing(201).is_active
    assert chain.asked == 3


def test_without_a_chain_nobody_is_known() -> None:
    with pytest.raises(ChainSilent):
        PeerDirectory(None, lambda: 0).get_standing(201)
