"""The whole loop on a real network: both gateways and the portal, each by a node of its own."""

from __future__ import annotations

import pytest

from tests.integration.cli.command_support import call
from tests.network.running import RunningNetwork

PLAYED_WITHIN_S = 1_080.0
"""About four minutes on an idle machine: each act waits for its block."""


@pytest.mark.slow
@pytest.mark.timeout(1_100)
def test_every_act_of_the_demo_goes_as_it_should_on_the_network(network: RunningNetwork) -> None:
    nodes = [part for url in network.nodes.rpc_urls[:3] for part in ("--node", url)]
    told = call("demo", "--json", *nodes, within_s=PLAYED_WITHIN_S)
    assert told.exit_code == 0, told.stdout + told.stderr
    story = told.document
    assert story["ok"] is True
    assert len(story["acts"]) >= 80
    assert [act["act"] for act in story["acts"] if not act["ok"]] == []
