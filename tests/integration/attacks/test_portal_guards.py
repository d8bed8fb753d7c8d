"""Without what the portal compares and remembers, a rewritten log and a replaced chain come through."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_cli.attacks import portal_check
from ledger_cli.attacks.attack import Attack
from ledger_cli.attacks.catalogue import CHAIN_REPLACED, ENTRY_INSERTED, ENTRY_REMOVED
from ledger_cli.attacks.log_attacks import LOG
from ledger_cli.attacks.results import PORTAL, Ending
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.stack import EmbeddedStack
from tests.integration.attacks import switched_off

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


@pytest.mark.parametrize("attack", [ENTRY_REMOVED, ENTRY_INSERTED], ids=lambda attack: attack.slug)
def test_a_rewritten_log_is_found_and_the_findings_close_once_it_is_put_back(
    stage: Stage, attack: Attack
) -> None:
    found = attack.attempt(stage)
    assert found.describe() == attack.caught
    assert found.link is not None
    assert found.evidence[-1].expected == found.evidence[-1].observed
    assert stage.get_portal().list_open(LOG) == []


def test_a_rewritten_log_comes_through_a_portal_that_compares_nothing(
    stack: EmbeddedStack, stage: Stage, tmp_path: Path
) -> None:
    with switched_off.guards_off(tmp_path / "portal", stack.portal, switched_off.PORTAL):
        for attack in (ENTRY_REMOVED, ENTRY_INSERTED):
            result = attack.attempt(stage)
            assert (result.outcome, result.by) == (Ending.CAME_THROUGH, PORTAL)


def forget_everything(_source: Path, target: Path) -> None:
    target.touch(mode=0o600)


def test_a_replaced_chain_is_found_by_what_the_portal_pinned(stage: Stage) -> None:
    assert CHAIN_REPLACED.attempt(stage).describe() == CHAIN_REPLACED.caught


def test_without_pins_only_evidence_that_names_the_old_blocks_speaks_against_a_replaced_chain(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(portal_check, "copy_memory", forget_everything)
    found = CHAIN_REPLACED.attempt(stage)
    assert (found.outcome, found.by, found.code) == (Ending.FOUND, PORTAL, "evidence.failed")
    (tmp_path / "sitecustomize.py").write_text(switched_off.EVIDENCE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = CHAIN_REPLACED.attempt(stage)
    assert (result.outcome, result.by) == (Ending.CAME_THROUGH, PORTAL)
