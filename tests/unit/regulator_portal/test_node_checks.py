"""Each check of a node's answers is what stops its lie: with that check taken out the lie is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils.crypto import keccak

from ledger_chain import proven_reading
from ledger_chain.proven_reading import EventsMissing, ProofFails, ProvenReading, ReceiptsForged
from ledger_chain.reader import ChainReader
from ledger_chain.receipts import build_receipts_root
from ledger_proofs import qbft, validators
from ledger_proofs.types import LogId
from tests.support.sealed_chain import STATE_BLOCK, SealedBlock, SealedScene, build_sealed_scene
from tests.support.sealed_node import SealedNode, serving

Bend = Callable[[str, list[Any], Any], Any]
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def scene() -> SealedScene:
    return build_sealed_scene()


def chain_of(scene: SealedScene, **last: Any) -> list[SealedBlock]:
    """Blocks on each other up to the state's; `last` changes the latest."""
    blocks: list[SealedBlock] = []
    root = scene.states.root(scene.trust)
    for number in range(STATE_BLOCK + 1):
        parent = blocks[-1].block_hash() if blocks else bytes(32)
        changes = last if number == STATE_BLOCK else {}
        known: dict[str, Any] = {"state_root": root, "parent": parent, **changes}
        blocks.append(SealedBlock(number, 1_800_000_000 + number, **known))
    return blocks


@dataclass
class Asked:
    """A node that a test bends, and the reading of its answers by proofs."""

    node: SealedNode
    reader: ChainReader
    reading: ProvenReading
    log: LogId
    size: int


@pytest.fixture
def asked(scene: SealedScene) -> Iterator[Asked]:
    node = SealedNode(scene.trust, scene.states, chain_of(scene))
    with serving(node) as url:
        reader = node.reader(url)
        checkpoint = scene.bundle.checkpoint
        yield Asked(node, reader, ProvenReading(reader, scene.trust), checkpoint.log, checkpoint.size)


def test_an_honest_node_proves_all(asked: Asked, scene: SealedScene) -> None:
    head = asked.reading.header_at(STATE_BLOCK)
    assert asked.reading.checkpoint(asked.log, asked.size, head) is not None
    asked.reading.verify_register_events(STATE_BLOCK - 3, STATE_BLOCK, [])


@pytest.mark.parametrize("sealers", [(0, 1), (), (0, 1, 4)], ids=["too few", "none", "a stranger"])
def test_seals_are_what_stops_a_forged_header(
    asked: Asked, scene: SealedScene, sealers: tuple[int, ...], monkeypatch: Patch
) -> None:
    asked.node.blocks = chain_of(scene, sealers=sealers, state_root=keccak(b"another state"))
    with pytest.raises(ProofFails):
        asked.reading.header_at(STATE_BLOCK)
    monkeypatch.setattr(proven_reading, "verify_sealed", lambda *_given: None)
    assert asked.reading.header_at(STATE_BLOCK).header.state_root == keccak(b"another state")


def test_the_trusted_validators_are_what_stops_a_set_of_somebodys_own(
    asked: Asked, scene: SealedScene, monkeypatch: Patch
) -> None:
    own = (5, 6, 7, 8)
    asked.node.blocks = chain_of(scene, listed=own, sealers=own[:3])
    with pytest.raises(ProofFails):
        asked.reading.header_at(STATE_BLOCK)
    monkeypatch.setattr(validators, "_lists_others", lambda *_given: False)
    monkeypatch.setattr(validators, "_verify_listed", lambda *_given: None)
    monkeypatch.setattr(qbft, "verify_commit_seals", lambda *_given: None)
    assert asked.reading.header_at(STATE_BLOCK).validators


def bend_words(_method: str, _parameters: list[Any], result: Any) -> Any:
    if _method == "eth_getProof":
        for each in result["storageProof"]:
            each["value"] = "0x" + "05" * 32
    return result


def test_the_storage_proof_is_what_stops_false_words(asked: Asked, monkeypatch: Patch) -> None:
    asked.node.bend = bend_words
    head = asked.reading.header_at(STATE_BLOCK)
    with pytest.raises(ProofFails):
        asked.reading.head_size(asked.log, head)
    monkeypatch.setattr(
        proven_reading,
        "verify_words",
        lambda _at, _code, given: {each.slot: each.value for each in given.storage},
    )
    assert asked.reading.head_size(asked.log, head) == int.from_bytes(bytes([5] * 32), "big")


def test_the_receipts_root_is_what_stops_forged_receipts(asked: Asked, monkeypatch: Patch) -> None:
    forged = {
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + bytes(256).hex(),
        "logs": [],
        "type": "0x0",
    }
    monkeypatch.setattr(proven_reading, "may_have_logged", lambda *_given: True)
    monkeypatch.setattr(asked.reader, "block_receipts", lambda _number: [forged])
    with pytest.raises(ReceiptsForged):
        asked.reading.verify_register_events(STATE_BLOCK, STATE_BLOCK, [])
    root = asked.reading.header_at(STATE_BLOCK).header.receipts_root
    assert build_receipts_root([forged]) != root
    monkeypatch.setattr(proven_reading, "build_receipts_root", lambda _receipts: root)
    asked.reading.verify_register_events(STATE_BLOCK, STATE_BLOCK, [])


def test_the_events_in_the_receipts_are_what_stops_dropped_ones(asked: Asked, monkeypatch: Patch) -> None:
    register = "0x" + asked.reader.deployment.claim_register.hex()
    root = asked.reading.header_at(STATE_BLOCK).header.receipts_root
    receipt = {"logs": [{"address": register, "topics": ["0x" + "01" * 32], "data": "0x"}]}
    monkeypatch.setattr(proven_reading, "build_receipts_root", lambda _receipts: root)
    monkeypatch.setattr(asked.reader, "block_receipts", lambda _number: [receipt])
    monkeypatch.setattr(proven_reading, "may_have_logged", lambda *_given: True)
    with pytest.raises(EventsMissing):
        asked.reading.verify_register_events(STATE_BLOCK, STATE_BLOCK, [])
    monkeypatch.setattr(proven_reading, "may_have_logged", lambda *_given: False)
    asked.reading.verify_register_events(STATE_BLOCK, STATE_BLOCK, [])


def test_the_chain_of_parents_is_what_stops_an_unsealed_block_below(asked: Asked, scene: SealedScene) -> None:
    asked.reading.verify_register_events(STATE_BLOCK - 1, STATE_BLOCK, [])
    below = asked.node.blocks[STATE_BLOCK - 1]
    asked.node.blocks[STATE_BLOCK - 1] = SealedBlock(below.number, below.timestamp + 1, below.state_root)
    with pytest.raises(ProofFails):
        asked.reading.verify_register_events(STATE_BLOCK - 1, STATE_BLOCK, [])
    latest = asked.node.blocks[STATE_BLOCK]
    asked.node.blocks[STATE_BLOCK] = SealedBlock(
        latest.number,
        latest.timestamp,
        latest.state_root,
        parent=asked.node.blocks[STATE_BLOCK - 1].block_hash(),
    )
    fresh = ProvenReading(asked.reader, scene.trust)
    fresh.verify_register_events(STATE_BLOCK - 1, STATE_BLOCK, [])
