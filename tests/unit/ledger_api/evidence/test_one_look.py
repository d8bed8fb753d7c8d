"""One look at the chain asks nothing twice, and judges all as of one block."""

from __future__ import annotations

import pytest

from ledger_api.evidence.one_look import OneLook
from ledger_proofs.chain_view import ChainView
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.reports import Outcome
from ledger_proofs.verifier import verify_bundle
from tests.factories import HOSPITAL, LedgerScene, build_scene


@pytest.fixture
def scene() -> LedgerScene:
    return build_scene()


def test_a_bundle_verifies_through_it_as_through_the_chain(scene: LedgerScene) -> None:
    look: ChainView = OneLook(scene.chain)
    assert verify_bundle(scene.bundle, scene.trust, look) == verify_bundle(
        scene.bundle, scene.trust, scene.chain
    )


def test_what_was_answered_is_not_asked_again_and_the_block_stays(scene: LedgerScene) -> None:
    look = OneLook(scene.chain)
    block = look.block_number()
    assert verify_bundle(scene.bundle, scene.trust, look).outcome is Outcome.PASSED
    scene.chain.head += 5
    scene.chain.unreachable = {name for name in dir(scene.chain) if not name.startswith("_")}
    assert look.block_number() == block
    assert verify_bundle(scene.bundle, scene.trust, look).outcome is Outcome.PASSED
    assert OneLook.__dict__.keys() >= {name for name in vars(ChainView) if not name.startswith("_")}


def test_a_fault_is_not_remembered(scene: LedgerScene) -> None:
    look = OneLook(scene.chain)
    scene.chain.unreachable = {"is_entitled"}
    with pytest.raises(CannotCheck):
        look.is_entitled(scene.bundle.authorship.signer, HOSPITAL, PractitionerRole.DOCTOR, 0)
    scene.chain.unreachable = set()
    assert look.is_entitled(scene.bundle.authorship.signer, HOSPITAL, PractitionerRole.DOCTOR, 0)
