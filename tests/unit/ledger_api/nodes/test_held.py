"""Holding a node to the trust file: which file is taken, and what becomes of each fault of its word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ledger_api.nodes.errors import (
    ChainSilent,
    HeadTooOld,
    NodeNotProven,
    NodeStale,
    TrustFileOutdated,
    build_refusal,
    find_code,
)
from ledger_api.nodes.held import HeldNode, load_trust
from ledger_chain.deployment import Deployment
from ledger_chain.errors import BadAnswer, ChainError
from ledger_chain.proven_reading import NodeLies, ProofFails, ProvenReading, TrustOutdated
from ledger_chain.proven_receipts import ReceiptHidden, verify_unmined
from ledger_chain.reader import ReaderUnreachable
from ledger_proofs.qbft import parse_header
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from ledger_proofs.types import Address, Hash
from ledger_web.errors import StartRefused
from tests.support.sealed_chain import SealedBlock, SealedScene, build_sealed_scene

NOW = 1_800_000_000
ACCOUNT = Address(b"\x0a" * 20)


@pytest.fixture(scope="module")
def scene() -> SealedScene:
    return build_sealed_scene()


@pytest.fixture
def deployment(scene: SealedScene) -> Deployment:
    found = scene.trust
    return Deployment(
        found.chain_id,
        found.genesis_hash,
        Address(bytes(20)),
        found.directory,
        found.checkpoint_log,
        found.claim_register,
        0,
    )


@pytest.fixture
def file(tmp_path: Path, scene: SealedScene) -> Path:
    path = tmp_path / "trust.json"
    path.write_text(json.dumps(trust_file_as_json(TrustFile(scene.trust, "a test's"))), encoding="utf-8")
    return path


def test_a_trust_file_of_the_deployments_chain_names_its_validators(
    scene: SealedScene, deployment: Deployment, file: Path
) -> None:
    assert load_trust(file, deployment) == scene.trust
    assert HeldNode(load_trust(file, deployment)).is_proving


def test_without_a_trust_file_nothing_can_be_proven(deployment: Deployment) -> None:
    assert load_trust(None, deployment) == deployment.trust()
    assert not HeldNode(load_trust(None, deployment)).is_proving


@pytest.mark.parametrize(
    "change", [{"chain_id": 9}, {"genesis_hash": Hash(b"\x01" * 32)}, {"claim_register": ACCOUNT}]
)
def test_a_trust_file_of_another_network_keeps_the_gateway_from_starting(
    deployment: Deployment, file: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(StartRefused, match=next(iter(change))):
        load_trust(file, replace(deployment, **change))


@pytest.mark.parametrize("content", [None, "no trust"])
def test_a_trust_file_that_cant_be_read_keeps_the_gateway_from_starting(
    tmp_path: Path, deployment: Deployment, content: str | None
) -> None:
    path = tmp_path / "trust.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(StartRefused, match="RXLEDGER_TRUST"):
        load_trust(path, deployment)


@pytest.mark.parametrize(
    ("fault", "refusal", "code"),
    [
        (NodeLies("state", "1", "2", 7), NodeNotProven, "node-not-proven"),
        (ProofFails("state", "1", "2", 7), NodeNotProven, "node-not-proven"),
        (HeadTooOld(7, "it is of 1"), NodeStale, "node-stale"),
        (TrustOutdated("others validate"), TrustFileOutdated, "trust-outdated"),
        (ReaderUnreachable("no answer"), ChainSilent, "chain-unreachable"),
        (BadAnswer("nonsense"), ChainSilent, "chain-bad-answer"),
    ],
)
def test_each_fault_of_the_nodes_word_has_its_own_answer(
    fault: ChainError, refusal: type[Exception], code: str
) -> None:
    built = build_refusal(fault)
    assert type(built) is refusal
    assert built.retry_after_seconds
    assert find_code(fault) == code


class Node:
    """A node's latest header and an account's nonce, as they would be proven."""

    def __init__(self, number: int, *, time: int = NOW, nonce: int = 0) -> None:
        self.number, self.time, self.used = number, time, nonce

    def latest_header(self) -> Any:
        return parse_header(SealedBlock(self.number, self.time, bytes(32)).header())

    def nonce(self, _account: Address, _at: Any) -> int:
        return self.used


def held(scene: SealedScene) -> HeldNode:
    return HeldNode(scene.trust, stale_seconds=60, clock=lambda: NOW)


def proven(node: Node) -> ProvenReading:
    return cast("ProvenReading", node)


@pytest.mark.parametrize(("age", "is_taken"), [(0, True), (60, True), (61, False)])
def test_a_latest_block_may_be_as_old_as_the_operator_allows(
    scene: SealedScene, age: int, is_taken: bool
) -> None:
    node = proven(Node(9, time=NOW - age))
    if is_taken:
        assert held(scene).get_head(node).number == 9
    else:
        with pytest.raises(HeadTooOld):
            held(scene).get_head(node)


def test_a_latest_block_below_one_that_is_known_to_be_sealed_is_an_old_state(scene: SealedScene) -> None:
    holding = held(scene)
    holding.note_sealed(10)
    with pytest.raises(HeadTooOld):
        holding.get_head(proven(Node(9)))
    assert holding.get_head(proven(Node(10))).number == 10


@pytest.mark.parametrize(
    ("used", "receipt", "is_hidden"),
    [(4, None, False), (5, None, True), (5, "it was mined a moment ago", False)],
)
def test_a_transaction_whose_nonce_is_used_has_a_receipt(
    used: int, receipt: str | None, is_hidden: bool
) -> None:
    node = proven(Node(9, nonce=used))
    if is_hidden:
        with pytest.raises(ReceiptHidden):
            verify_unmined(node, ACCOUNT, 4, lambda: receipt)
    else:
        verify_unmined(node, ACCOUNT, 4, lambda: receipt)
