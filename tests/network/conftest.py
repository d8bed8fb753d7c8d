"""One network of four validators and a spare node for all of these tests, over wires that can be cut.

Each test finds it whole: every node up, every wire joined, all at one height and going on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger_chain.qbft import QbftNetwork
from tests.gateway_stack import ChainUnderTest, Stack, deploy_for_test, run_stack
from tests.network.running import GATEWAY_NODE, RunningNetwork
from tests.support.links import Links

VALIDATORS = 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/network/" in str(item.path):
            item.add_marker(pytest.mark.network)


@pytest.fixture(scope="session")
def whole_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """The network, once a session."""
    with (
        Links() as links,
        QbftNetwork(
            tmp_path_factory.mktemp("network"), validators=VALIDATORS, spare=1, route=links.route
        ) as nodes,
    ):
        yield RunningNetwork(nodes, links, VALIDATORS)


@pytest.fixture(scope="module")
def chain(whole_network: RunningNetwork) -> ChainUnderTest:
    """A module's own contracts on the network, deployed by way of the gateway's node."""
    whole_network.make_whole()
    return deploy_for_test(whole_network.node(GATEWAY_NODE))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, chain: ChainUnderTest) -> Iterator[Stack]:
    """The gateway of two hospitals, which speaks to one of the nodes."""
    with run_stack(tmp_path_factory.mktemp("gateway") / "home", chain) as running:
        yield running


@pytest.fixture
def network(whole_network: RunningNetwork) -> RunningNetwork:
    """The network, whole and at work."""
    whole_network.make_whole()
    return whole_network
