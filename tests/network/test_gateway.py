"""A hospital's gateway on a real network: what it accepted becomes final, whatever becomes of validators."""

from __future__ import annotations

import os
from typing import Any

import pytest
from eth_account import Account

from ledger_api.log.progress import EntryStatus
from ledger_chain.connection import connect
from ledger_chain.deployment import send_call
from ledger_chain.errors import TransactionRefused
from ledger_chain.reader import ChainReader
from ledger_chain.transactions import anchor_call
from ledger_proofs.bundles import Bundle
from ledger_proofs.verifier import verify_bundle
from tests.gateway_stack import ChainUnderTest, Stack, outcomes, read_status
from tests.gateway_support import FIRST
from tests.network.running import GATEWAY_NODE, RECOVERY_S, RunningNetwork
from tests.support.waiting import wait_until

OTHER_NODE = 1


def verify_by(position: int, bundle: Bundle, network: RunningNetwork, chain: ChainUnderTest) -> list[str]:
    reader = ChainReader(network.node(position).rpc_url, chain.deployment)
    return list(outcomes(verify_bundle(bundle, chain.trust, reader)))


def prescribe(stack: Stack) -> str:
    return str(stack.doctor("anna").issue()["id"])


def status_of(stack: Stack, prescription: str) -> str:
    return read_status(stack.doctor("anna").http, prescription)


def test_a_prescription_becomes_final_and_verifies_by_another_members_node(
    network: RunningNetwork, chain: ChainUnderTest, stack: Stack
) -> None:
    doctor = stack.doctor("anna")
    prescription = prescribe(stack)
    doctor.wait_until_final(prescription, RECOVERY_S)
    network.wait_for_blocks(1)
    bundle = doctor.get_bundle(prescription)
    assert set(verify_by(OTHER_NODE, bundle, network, chain)) == {"passed"}


def test_with_one_validator_down_prescriptions_become_final(network: RunningNetwork, stack: Stack) -> None:
    network.node(3).kill()
    stack.doctor("anna").wait_until_final(prescribe(stack), RECOVERY_S)


def test_what_is_accepted_while_the_network_halts_becomes_final_when_it_goes_on(
    network: RunningNetwork, chain: ChainUnderTest, stack: Stack
) -> None:
    for position in (2, 3):
        network.node(position).kill()
    prescriptions = [prescribe(stack) for _ in range(3)]
    network.wait_until_halted([0, 1])
    assert all(status_of(stack, each) != EntryStatus.FINAL for each in prescriptions)
    for position in (2, 3):
        network.node(position).start()
    for each in prescriptions:
        stack.doctor("anna").wait_until_final(each, RECOVERY_S)
        assert set(outcomes(stack.verify(stack.doctor("anna").get_bundle(each)))) == {"passed"}


def test_while_its_own_node_is_down_a_gateway_accepts_and_the_others_go_on(
    network: RunningNetwork, stack: Stack
) -> None:
    stack.doctor("anna").wait_until_final(prescribe(stack), RECOVERY_S)
    network.node(GATEWAY_NODE).kill()
    prescription = prescribe(stack)
    network.wait_for_blocks(3, among=[1, 2, 3])
    assert status_of(stack, prescription) != EntryStatus.FINAL
    network.node(GATEWAY_NODE).start()
    stack.doctor("anna").wait_until_final(prescription, RECOVERY_S)


def test_a_gateway_cut_off_with_its_node_anchors_when_the_line_is_back(
    network: RunningNetwork, stack: Stack
) -> None:
    network.links.cut([GATEWAY_NODE], [1, 2, 3, 4])
    prescription = prescribe(stack)
    network.wait_for_blocks(3, among=[1, 2, 3])
    assert status_of(stack, prescription) != EntryStatus.FINAL
    network.links.join()
    stack.doctor("anna").wait_until_final(prescription, RECOVERY_S)


def test_a_transaction_lost_with_its_nodes_pool_is_sent_again(network: RunningNetwork, stack: Stack) -> None:
    for position in (2, 3):
        network.node(position).kill()
    network.wait_until_halted([0, 1])
    prescription = prescribe(stack)
    wait_until(lambda: pooled(network, GATEWAY_NODE), 30, "the checkpoint's transaction in the node's pool")
    for position in (0, 1, 4):
        network.node(position).kill()
    network.nodes.start()
    assert not pooled(network, OTHER_NODE)
    stack.doctor("anna").wait_until_final(prescription, RECOVERY_S)


def pooled(network: RunningNetwork, position: int) -> int:
    status: dict[str, Any] = network.nodes.ask(position, "txpool_status")
    return int(status["pending"], 16)


def test_a_strangers_checkpoint_is_refused_by_the_contract(
    network: RunningNetwork, chain: ChainUnderTest
) -> None:
    w3 = connect(network.node(OTHER_NODE).rpc_url)
    stranger = Account.from_key(os.urandom(32))
    call = anchor_call(int(FIRST), 1_000, b"\x01" * 32, [])
    with pytest.raises(TransactionRefused):
        send_call(w3, stranger, chain.deployment.checkpoint_log, call)
    before = network.height(OTHER_NODE)
    with pytest.raises(TransactionRefused, match="failed in its block"):
        send_call(w3, stranger, chain.deployment.checkpoint_log, call, gas=500_000)
    assert network.height(OTHER_NODE) > before
