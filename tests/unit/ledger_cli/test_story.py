"""A story keeps what was observed, and says so when it isn't what was expected."""

from __future__ import annotations

import pytest

from ledger_cli.demo.story import Story
from ledger_cli.errors import GatewayRefused, GatewayUnreachable, Refused
from ledger_proofs.errors import RootMismatch


def test_an_act_is_good_only_when_the_observation_is_the_expected_one() -> None:
    story = Story()
    story.tell("one", "一", "passed", lambda: "passed")
    assert story.ok
    story.tell("two", "二", "passed", lambda: "failed")
    assert [act.ok for act in story.acts] == [True, False]
    assert not story.ok


def test_a_story_without_acts_is_not_good() -> None:
    assert not Story().ok


@pytest.mark.parametrize(
    ("fault", "observed"),
    [
        (GatewayRefused(status=403, slug="signer-not-author", en="no", zh="否"), "403 signer-not-author"),
        (Refused("sign.differs", "no", "否"), "sign.differs"),
        (RootMismatch("another root"), "proof.root_mismatch"),
    ],
)
def test_a_refusal_is_an_observation(fault: Exception, observed: str) -> None:
    def refuse() -> str:
        raise fault

    story = Story()
    story.tell("act", "幕", "something else", refuse)
    assert (story.acts[0].observed, story.acts[0].ok) == (observed, False)


def test_a_stack_that_is_away_ends_the_story_instead_of_failing_an_act() -> None:
    def unreachable() -> str:
        raise GatewayUnreachable("gateway.unreachable", "away", "离线")

    story = Story()
    with pytest.raises(GatewayUnreachable):
        story.tell("act", "幕", "passed", unreachable)
    assert story.acts == []
