"""The portal's node leaves out or forges the claim register's events: receipts and another node tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.deployment import Deployment
from ledger_chain.engines import AnvilEngine
from regulator_portal.linking.following import Following
from regulator_portal.nodes.looking import look_at_chain
from regulator_portal.register.models import RegisterState
from regulator_portal.register.repository import RegisterRepository
from tests.gateway_stack import ChainUnderTest
from tests.integration.ledger_chain.conftest import anvil, deployment, ledger, start, w3
from tests.integration.ledger_chain.test_storage_layout import ONE_DISPENSING
from tests.model.chain import ChainLedger
from tests.model.player import Player
from tests.portal_support import PortalUnderTest, open_portal
from tests.support.lying_node import LyingNode, Sealer, build_sealed_trust, pass_on, run_lying_node

__all__ = ["anvil", "deployment", "ledger", "start", "w3"]

pytestmark = [pytest.mark.integration, pytest.mark.chain]

NOBODY = "http://127.0.0.1:9"
Alter = Callable[[str, list[Any], Any], Any]


@pytest.fixture
def chain(anvil: AnvilEngine, deployment: Deployment, ledger: ChainLedger, start: int) -> ChainUnderTest:
    """A chain on which claims were used once."""
    player = Player(ONE_DISPENSING, ledger, start)
    player.enrol_everybody()
    player.play()
    return ChainUnderTest(anvil, deployment)


@pytest.fixture
def sealer(chain: ChainUnderTest) -> Sealer:
    return Sealer(chain.trust)


@pytest.fixture(params=["beside another node", "on a sealed chain"])
def node(request: pytest.FixtureRequest, chain: ChainUnderTest, sealer: Sealer) -> Iterator[LyingNode]:
    is_sealed = request.param == "on a sealed chain"
    with run_lying_node(chain.engine.rpc_url, sealer if is_sealed else None) as running:
        yield running


@pytest.fixture
def portal(
    request: pytest.FixtureRequest, tmp_path: Path, chain: ChainUnderTest, node: LyingNode
) -> Iterator[PortalUnderTest]:
    """A portal that has either seals to check or another node to ask."""
    changes: dict[str, Any] = {"other_rpc_urls": (chain.engine.rpc_url,)}
    if request.node.callspec.params["node"] == "on a sealed chain":
        changes = {"trust_file": build_sealed_trust(chain.deployment, node.url)}
    with open_portal(tmp_path, NOBODY, chain, rpc_url=node.url, **changes) as running:
        yield running


def follow(portal: PortalUnderTest) -> tuple[RegisterState, str | None, int]:
    """Read the register as a round does: its state, why nothing can be said, how many acts are kept."""
    following = Following(portal.tools)
    following.begin(look_at_chain(portal.tools, 3, "a round"))
    while not following.advance():
        pass
    with portal.tools.database.reading() as session:
        row = RegisterRepository(session).get_mirror()
    return RegisterState(row.state), row.problem, row.act_count


def without_events(method: str, _parameters: list[Any], result: Any) -> Any:
    return [] if method == "eth_getLogs" else result


def another_use(method: str, _parameters: list[Any], result: Any) -> Any:
    """The event names another institution as the one that dispensed."""
    if method == "eth_getLogs":
        for each in result:
            each["topics"] = [*each["topics"][:-1], "0x" + (99).to_bytes(32, "big").hex()]
    return result


def an_event_too_many(method: str, _parameters: list[Any], result: Any) -> Any:
    if method == "eth_getLogs" and result:
        return [*result, {**result[-1], "logIndex": hex(int(result[-1]["logIndex"], 16) + 1)}]
    return result


def test_all_events_of_an_honest_node_are_kept(portal: PortalUnderTest) -> None:
    assert (follow(portal), portal.codes()) == ((RegisterState.PASSED, None, 1), [])


@pytest.mark.parametrize("lie", [without_events, another_use, an_event_too_many])
def test_events_that_the_chain_does_not_have_so_are_not_kept(
    portal: PortalUnderTest, node: LyingNode, lie: Alter
) -> None:
    node.alter = lie
    assert follow(portal) == (RegisterState.COULD_NOT_CHECK, "node.events_missing", 0)
    assert portal.codes() == ["node.events_missing"]
    node.alter = pass_on
    assert (follow(portal), portal.codes()) == ((RegisterState.PASSED, None, 1), [])


@pytest.mark.parametrize("node", ["on a sealed chain"], indirect=True)
def test_receipts_that_are_forged_with_the_events_are_noticed(
    portal: PortalUnderTest, node: LyingNode
) -> None:
    def forge(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionReceipt":
            return {**result, "logs": []}
        return without_events(method, parameters, result)

    node.alter = forge
    assert follow(portal) == (RegisterState.COULD_NOT_CHECK, "node.receipts_forged", 0)
    assert portal.codes() == ["node.receipts_forged"]
    node.alter = pass_on
    assert (follow(portal), portal.codes()) == ((RegisterState.PASSED, None, 1), [])


@pytest.mark.parametrize("node", ["on a sealed chain"], indirect=True)
def test_a_bloom_that_was_emptied_breaks_the_chain_to_the_sealed_header(
    portal: PortalUnderTest, node: LyingNode
) -> None:
    latest = portal.tools.node.reader.block_number()

    def empty(method: str, _parameters: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and int(result["number"], 16) < latest:
            return {**result, "logsBloom": "0x" + bytes(256).hex()}
        return result

    node.alter = empty
    for _ in range(2):
        assert follow(portal) == (RegisterState.COULD_NOT_CHECK, "node.proof_fails", 0)
        assert portal.codes() == ["node.proof_fails"]
    assert portal.findings("open")[0].closed_at is None
    node.alter = pass_on
    assert (follow(portal), portal.codes()) == ((RegisterState.PASSED, None, 1), [])
