"""`rxledger demo --json`: the whole story, unattended, on a fresh chain, and every attack in it."""

from __future__ import annotations

import pytest

from ledger_cli.attacks.catalogue import ATTACKS
from tests.integration.cli.command_support import call

PLAYED_WITHIN_S = 580.0
"""A minute on an idle machine; several where a whole test run goes on beside it."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def test_every_act_of_the_story_goes_as_it_should() -> None:
    told = call("demo", "--json", within_s=PLAYED_WITHIN_S)
    assert told.exit_code == 0, told.stdout + told.stderr
    story = told.document
    assert story["ok"] is True
    assert len(story["acts"]) >= 80
    for act in story["acts"]:
        assert set(act) == {"act", "act_zh", "expected", "observed", "ok", "attack"}
        assert act["ok"] is (act["observed"] == act["expected"]) is True
    played = [act["attack"] for act in story["acts"] if act["attack"] is not None]
    assert played == [attack.slug for attack in ATTACKS for _ in ("honestly", "cheating")]
    assert len(ATTACKS) == 20
