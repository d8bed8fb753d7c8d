"""With the check of a step switched off, its attack comes through: that check stops it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger_cli.attacks.catalogue import get_attack
from ledger_cli.attacks.results import VERIFIER, Ending
from ledger_cli.attacks.stage import Stage
from ledger_proofs import steps, verifier
from ledger_proofs.commitments import DisclosedFields
from ledger_proofs.pointers import parse_pointer_list
from ledger_proofs.types import Address
from ledger_proofs.verification import FIELDS, Verification

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

SwitchOff = Callable[[pytest.MonkeyPatch, Stage], None]


def take_fields_unhashed(run: Verification) -> None:
    """Step 1 without its hashes: whatever is disclosed is believed."""
    shown = run.bundle.disclosure
    values = {shown.pointers[each.index - 1]: each.value for each in shown.fields}
    lengths = parse_pointer_list(shown.pointers).array_lengths
    run.fields = DisclosedFields(shown.pointers, values, lengths)


def without_hashes(patch: pytest.MonkeyPatch, _stage: Stage) -> None:
    kept = [step for step in steps.STEPS if step[0] != FIELDS]
    patch.setattr(verifier, "STEPS", ((FIELDS, "fields", take_fields_unhashed), *kept))


def without_recovery(patch: pytest.MonkeyPatch, stage: Stage) -> None:
    doctor: Address = stage.li.profile.signer_address()
    patch.setattr(steps, "recover_signer", lambda *_: doctor)


def without_directory(patch: pytest.MonkeyPatch, _stage: Stage) -> None:
    patch.setattr(steps, "_verify_entitled", lambda *_: None)


def without_bound(patch: pytest.MonkeyPatch, _stage: Stage) -> None:
    def take_any_time(*_: Any, **__: Any) -> None:
        return None

    patch.setattr(steps, "verify_bounded_time", take_any_time)


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patching:
        yield patching


@pytest.mark.parametrize(
    ("slug", "switch_off"),
    [
        ("forged-signature", without_recovery),
        ("unentitled-signer", without_directory),
        ("field-changed-in-database", without_hashes),
        ("another-records-key", without_hashes),
        ("doubled-field", without_hashes),
        ("late-signing", without_bound),
    ],
)
def test_an_attack_comes_through_where_the_step_that_finds_it_is_switched_off(
    stage: Stage, patch: pytest.MonkeyPatch, slug: str, switch_off: SwitchOff
) -> None:
    attack = get_attack(slug)
    caught = attack.attempt(stage)
    assert caught.describe() == attack.caught
    assert caught.evidence
    assert any(each.differs for each in caught.evidence)
    switch_off(patch, stage)
    off = attack.attempt(stage)
    assert (off.outcome, off.by) == (Ending.CAME_THROUGH, VERIFIER)
