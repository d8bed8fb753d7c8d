"""A gateway without its checks takes what it refuses; who verifies by herself finds it all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger_cli.attacks.catalogue import get_attack
from ledger_cli.attacks.results import GATEWAY, Ending, judge
from ledger_cli.attacks.stage import Stage, set_stage
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from ledger_cli.gateway_client import member
from tests.integration.attacks import switched_off
from tests.support.enrolled_home import lay_enrolled_home

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stack of its own, whose log must take what no log should hold."""
    folder = tmp_path_factory.mktemp("careless")
    lay_enrolled_home(folder / "home")
    with (
        EmbeddedStack(StackOptions(folder / "home")) as stack,
        switched_off.guards_off(folder / "off", stack.gateway, switched_off.GATEWAY),
        set_stage(stack) as stage,
    ):
        yield stage


@pytest.mark.parametrize("slug", ["forged-signature", "unentitled-signer", "late-signing"])
def test_an_attack_comes_through_the_gateway_where_its_checks_are_switched_off(
    careless: Stage, slug: str
) -> None:
    result = get_attack(slug).attempt(careless)
    assert (result.outcome, result.by) == (Ending.CAME_THROUGH, GATEWAY)


def test_what_a_careless_gateway_anchored_is_found_by_step_5(careless: Stage) -> None:
    get_attack("forged-signature").attempt(careless)
    (latest,) = careless.find_final()
    found = judge(careless.verify(careless.fetch_bundle(latest)))
    assert (found.outcome, found.step, found.code) == (Ending.FOUND, 5, "author.signer")
    listed = careless.li.client.get(f"/v1/prescriptions/{latest}").document
    assert member(listed, "status", str) == "final"
