"""The portal with a node of its own: what it concludes, and what it does not while that node is down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.mirror.models import LogState
from tests.gateway_stack import ChainUnderTest, Stack
from tests.network.running import RECOVERY_S, RunningNetwork
from tests.portal_support import PortalUnderTest, open_portal, run_regulated_stack

PORTAL_NODE = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("regulated")


@pytest.fixture(scope="module")
def stack(home: Path, chain: ChainUnderTest) -> Iterator[Stack]:
    with run_regulated_stack(home / "gateway", chain) as running:
        yield running


@pytest.fixture(scope="module")
def portal(
    home: Path, whole_network: RunningNetwork, chain: ChainUnderTest, stack: Stack
) -> Iterator[PortalUnderTest]:
    node = whole_network.node(PORTAL_NODE).rpc_url
    with open_portal(home / "portal", stack.gateway.url, chain, rpc_url=node) as opened:
        yield opened


def issue_final(stack: Stack) -> None:
    doctor = stack.doctor("anna")
    doctor.wait_until_final(str(doctor.issue()["id"]), RECOVERY_S)


def test_the_portal_verifies_by_another_node_than_the_gateway_anchors_by(
    network: RunningNetwork, stack: Stack, portal: PortalUnderTest
) -> None:
    issue_final(stack)
    network.wait_for_blocks(1)
    assert portal.mirror().state == JobState.DONE
    assert portal.sweep().state == JobState.DONE
    assert (portal.log().state, portal.codes()) == (LogState.PASSED, [])
    assert portal.log().size > 0


def test_while_its_node_is_down_the_portal_accuses_nobody_and_goes_on_after(
    network: RunningNetwork, stack: Stack, portal: PortalUnderTest
) -> None:
    issue_final(stack)
    network.wait_for_blocks(1)
    portal.mirror()
    known = portal.log().size
    network.node(PORTAL_NODE).kill()
    issue_final(stack)
    job = portal.run(JobKind.MIRROR)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "chain-unreachable")
    assert (portal.log().state, portal.codes()) == (LogState.COULD_NOT_CHECK, [])
    network.node(PORTAL_NODE).start()
    network.wait_for_blocks(1)
    assert portal.mirror().state == JobState.DONE
    assert (portal.log().state, portal.codes()) == (LogState.PASSED, [])
    assert portal.log().size == known + 1


def test_a_node_that_is_behind_proves_nothing_new_and_accuses_nobody(
    network: RunningNetwork, stack: Stack, portal: PortalUnderTest
) -> None:
    portal.mirror()
    known = portal.log().size
    network.links.cut([PORTAL_NODE], [0, 1, 2, 4])
    issue_final(stack)
    portal.mirror()
    assert portal.codes() == []
    assert portal.log().size == known
    network.links.join()
    network.wait_for_blocks(1)
    assert portal.mirror().state == JobState.DONE
    assert (portal.log().state, portal.codes()) == (LogState.PASSED, [])
    assert portal.log().size == known + 1
