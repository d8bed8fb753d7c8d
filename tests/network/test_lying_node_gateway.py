"""The gateway's own node lies on a real network: no checkpoint becomes final by its word, and it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger_api.log.progress import EntryStatus
from ledger_proofs.trust_files import trust_file_as_json
from tests.gateway_stack import ChainUnderTest, Stack, read_status, run_stack
from tests.network.running import GATEWAY_NODE, RECOVERY_S, RunningNetwork
from tests.support.lying_node import LyingNode, build_sealed_trust, pass_on, run_lying_node
from tests.support.waiting import wait_until

OTHER_NODE = 1


@pytest.fixture(scope="module")
def node(whole_network: RunningNetwork) -> Iterator[LyingNode]:
    """The gateway's node, which alters what a test says."""
    with run_lying_node(whole_network.node(GATEWAY_NODE).rpc_url) as running:
        yield running


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    whole_network: RunningNetwork,
    chain: ChainUnderTest,
    node: LyingNode,
) -> Iterator[Stack]:
    """A gateway that has the trust file of the network, and another member's node to compare with."""
    home = tmp_path_factory.mktemp("held")
    trust = home / "trust.json"
    trust.write_text(
        json.dumps(trust_file_as_json(build_sealed_trust(chain.deployment, node.url))), encoding="utf-8"
    )
    other = whole_network.node(OTHER_NODE).rpc_url
    with run_stack(home / "home", chain, rpc_url=node.url, trust=trust, other_rpc_urls=(other,)) as running:
        yield running


def nodes_part(stack: Stack) -> dict[str, str]:
    answer: dict[str, Any] = stack.gateway.anonymous().get("/readyz").json()
    return dict(answer["parts"]["nodes"])


def status_of(stack: Stack, prescription: str) -> str:
    return read_status(stack.doctor("anna").http, prescription)


def test_by_an_honest_node_everything_becomes_final_with_its_proof(
    network: RunningNetwork, stack: Stack
) -> None:
    anna = stack.doctor("anna")
    prescription = str(anna.issue()["id"])
    anna.wait_until_final(prescription, RECOVERY_S)
    anchor = anna.get_bundle(prescription).anchor
    assert anchor.header is not None
    assert anchor.storage_proofs
    believed = {"state": "ok", "note": "proven by the validators' seals, compared with 1 of 1 others"}
    wait_until(lambda: nodes_part(stack) == believed, RECOVERY_S, "the nodes to be compared")


def failed(receipt: Any) -> Any:
    return {**receipt, "status": "0x0"}


def nowhere(_receipt: Any) -> None:
    """The node hides it."""


@pytest.mark.parametrize(
    ("lie", "shown"),
    [
        (failed, "node-not-proven (own): root of the block's receipts: "),
        (nowhere, "node-not-proven (own): receipt of a transaction: "),
    ],
)
def test_a_receipt_that_is_forged_or_hidden_is_noticed_and_nothing_is_final_by_it(
    network: RunningNetwork, stack: Stack, node: LyingNode, lie: Callable[[Any], Any], shown: str
) -> None:
    def alter(method: str, _parameters: list[Any], result: Any) -> Any:
        return lie(result) if method == "eth_getTransactionReceipt" and result else result

    node.alter = alter
    anna = stack.doctor("anna")
    prescription = str(anna.issue()["id"])
    wait_until(lambda: nodes_part(stack)["note"].startswith(shown), RECOVERY_S, "the lie to be noticed")
    assert nodes_part(stack)["state"] == "degraded"
    assert status_of(stack, prescription) not in (EntryStatus.ANCHORED, EntryStatus.FINAL)
    node.alter = pass_on
    anna.wait_until_final(prescription, RECOVERY_S)
