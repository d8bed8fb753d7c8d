"""One network of four validators and a spare node for all of these tests, over wires that can be cut.

Each test finds it whole: every node up, every wire joined, all at one height and going on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger_chain.qbft import QbftNetwork
from tests.network.running import RunningNetwork
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


@pytest.fixture
def network(whole_network: RunningNetwork) -> RunningNetwork:
    """The network, whole and at work."""
    whole_network.make_whole()
    return whole_network
