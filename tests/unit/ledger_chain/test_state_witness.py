"""Taking headers, proofs and the validators' history from a node of a QBFT chain, honest or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger_api.anchoring.node import NodeChain
from ledger_chain.contracts import ContractName
from ledger_chain.reader import ChainReader, ReaderBadAnswer
from ledger_chain.state_witness import find_account_proof, find_state_proof
from ledger_chain.validator_history import NotSealed, read_code_hashes, read_history
from ledger_cli.app import app
from ledger_proofs.bundles import Bundle
from ledger_proofs.reports import Outcome
from ledger_proofs.storage_layout import element_slot, outages_slot
from ledger_proofs.trust_files import TrustFile, parse_trust_file, trust_file_as_json
from ledger_proofs.verifier import verify_bundle
from tests.factories import ANCHORED_AT, BLOCK, SIGNED_AT, build_scene
from tests.support.sealed_chain import (
    STATE_BLOCK,
    ContractStates,
    SealedBlock,
    SealedScene,
    addresses_of,
    build_sealed_scene,
)
from tests.support.sealed_node import SealedNode, serving

FOUR, FIVE = (0, 1, 2, 3), (0, 1, 2, 3, 4)
CHANGED, CHANGED_BACK = 5, 9
Bend = Callable[[str, list[Any], Any], Any]


def build_blocks(states: ContractStates, scene: SealedScene, count: int) -> list[SealedBlock]:
    """Blocks from the genesis on, each on its parent; five validators for some of them."""
    root = states.root(scene.trust)
    blocks = [SealedBlock(0, ANCHORED_AT - 100, root, sealers=())]
    for number in range(1, count):
        listed = FIVE if CHANGED <= number < CHANGED_BACK else FOUR
        parent = blocks[-1].block_hash()
        blocks.append(
            SealedBlock(
                number, ANCHORED_AT + number - BLOCK, root, listed, sealers=(0, 1, 2, 3), parent=parent
            )
        )
    return blocks


@pytest.fixture
def scene() -> SealedScene:
    return build_sealed_scene()


@pytest.fixture
def node(scene: SealedScene) -> SealedNode:
    blocks = build_blocks(scene.states, scene, STATE_BLOCK + 2)
    return SealedNode(replace(scene.trust, genesis_hash=blocks[0].block_hash()), scene.states, blocks)


@pytest.fixture
def url(node: SealedNode) -> Iterator[str]:
    with serving(node) as address:
        yield address


@pytest.fixture
def reader(node: SealedNode, url: str) -> ChainReader:
    return node.reader(url)


def anchored(bundle: Bundle, url: str, reader: ChainReader, node: SealedNode) -> Bundle:
    """The bundle as a gateway on that node would give it out, its state not taken yet."""
    checkpoint = bundle.checkpoint
    taken = NodeChain(url, reader.deployment).take_proof(checkpoint.log, checkpoint.size, BLOCK)
    stated = taken.storage_proofs or []
    assert [each["value"] for each in stated] == ["0x" + word.hex() for word in checkpoint.words()]
    anchor = replace(
        bundle.anchor,
        genesis_hash=node.trust.genesis_hash,
        block_hash=reader.block_hash(BLOCK),
        header=taken.header,
    )
    return replace(bundle, anchor=anchor, state=None)


def test_what_a_gateway_takes_proves_its_bundle_without_a_node(
    scene: SealedScene, node: SealedNode, url: str, reader: ChainReader
) -> None:
    bundle = anchored(scene.bundle, url, reader, node)
    bundle = replace(bundle, state=find_state_proof(reader, bundle))
    history = read_history(reader)
    trust = replace(node.trust, validators=history, code_hashes=read_code_hashes(reader, history.as_of_block))
    report = verify_bundle(bundle, trust)
    assert [step.code for step in report.steps] == ["passed"] * 7
    assert report.as_of_block == STATE_BLOCK


def test_for_a_late_record_the_outages_are_taken_too(url: str, node: SealedNode) -> None:
    late_at = SIGNED_AT + 2 * 86_400
    scene = build_sealed_scene(build_scene(anchored_at=late_at))
    directory = scene.states.storage["directory"]
    directory[outages_slot()] = 1
    directory[element_slot(outages_slot(), 0, 2)] = SIGNED_AT | late_at << 64
    root = scene.states.root(scene.trust)
    node.trust, node.states = scene.trust, scene.states
    node.blocks = [replace(block, state_root=root, timestamp=late_at + 1) for block in node.blocks]
    reader = node.reader(url)
    bundle = replace(scene.bundle, state=find_state_proof(reader, scene.bundle))
    assert bundle.state is not None
    late = verify_bundle(bundle, scene.trust).steps[5]
    assert (late.outcome, late.code) == (Outcome.PASSED, "passed")


def test_a_block_that_nobody_seals_gives_no_state(
    scene: SealedScene, node: SealedNode, reader: ChainReader
) -> None:
    unsealed = build_scene().bundle.anchor.header
    assert unsealed is not None
    node.bend = lambda method, _parameters, result: (
        {**result, "mixHash": "0x" + "00" * 32} if method == "eth_getBlockByNumber" else result
    )
    assert find_state_proof(reader, scene.bundle) is None


def spoil_proof(method: str, _parameters: list[Any], result: Any) -> Any:
    if method == "eth_getProof":
        first = result["accountProof"][0]
        result["accountProof"][0] = first[:-1] + ("0" if first[-1] != "0" else "1")
    return result


def spoil_value(method: str, _parameters: list[Any], result: Any) -> Any:
    if method == "eth_getProof" and result["storageProof"]:
        result["storageProof"][0]["value"] = "0x1234"
    return result


def without_proofs(method: str, _parameters: list[Any], result: Any) -> Any:
    return None if method == "eth_getProof" else result


@pytest.mark.parametrize("bend", [spoil_proof, spoil_value, without_proofs])
def test_a_proof_that_does_not_hold_is_none(
    bend: Bend, scene: SealedScene, node: SealedNode, url: str, reader: ChainReader
) -> None:
    node.bend = bend
    assert find_state_proof(reader, scene.bundle) is None
    checkpoint = scene.bundle.checkpoint
    taken = NodeChain(url, reader.deployment).take_proof(checkpoint.log, checkpoint.size, BLOCK)
    assert taken.header is not None
    assert (taken.account_proof, taken.storage_proofs) == (None, None)
    header = reader.block_header_rlp(BLOCK)
    assert find_account_proof(reader, header, ContractName.DIRECTORY, [outages_slot()], BLOCK) is None


def test_the_history_names_each_change_with_its_header(reader: ChainReader, node: SealedNode) -> None:
    told: list[tuple[int, int]] = []
    history = read_history(reader, progress=lambda done, of: told.append((done, of)))
    assert [(each.from_block, each.validators) for each in history.sets] == [
        (1, addresses_of(FOUR)),
        (CHANGED, addresses_of(FIVE)),
        (CHANGED_BACK, addresses_of(FOUR)),
    ]
    assert all(each.header is not None for each in history.sets)
    assert history.as_of_block == STATE_BLOCK
    assert history.as_of == node.blocks[STATE_BLOCK].timestamp
    assert told[-1] == (STATE_BLOCK, STATE_BLOCK)


def test_a_history_is_followed_on_from_what_is_known(reader: ChainReader, node: SealedNode) -> None:
    every, node.blocks = node.blocks, node.blocks[: CHANGED + 2]
    known = read_history(reader)
    assert len(known.sets) == 2
    node.blocks = every
    assert read_history(reader, known) == read_history(reader)


def seal_otherwise(node: SealedNode, number: int, **changes: Any) -> None:
    for later in range(number, len(node.blocks)):
        parent = node.blocks[later - 1].block_hash()
        block = replace(node.blocks[later], parent=parent)
        node.blocks[later] = replace(block, **changes) if later == number else block


@pytest.mark.parametrize(
    "changes",
    [{"sealers": (0, 1, 2)}, {"sealers": (0, 1, 2, 9)}, {"listed": (5, 6, 7), "sealers": (5, 6, 7)}],
)
def test_a_change_that_is_not_sealed_as_it_must_be_is_not_written_down(
    changes: dict[str, Any], reader: ChainReader, node: SealedNode
) -> None:
    seal_otherwise(node, CHANGED, **changes)
    with pytest.raises(ReaderBadAnswer):
        read_history(reader)


def test_blocks_that_do_not_follow_on_each_other_are_not_believed(
    reader: ChainReader, node: SealedNode
) -> None:
    node.blocks[3] = replace(node.blocks[3], timestamp=1)
    with pytest.raises(ReaderBadAnswer, match="block 4 doesn't follow"):
        read_history(reader)


def test_a_chain_that_nobody_seals_has_no_validators(reader: ChainReader, node: SealedNode) -> None:
    header = build_scene().bundle.anchor.header
    assert header is not None
    node.bend = lambda method, _parameters, result: (
        {**result, "extraData": "0x"} if method == "eth_getBlockByNumber" else result
    )
    with pytest.raises(NotSealed):
        read_history(reader)


def test_the_command_writes_a_trust_file_and_brings_it_up_to_date(
    node: SealedNode, url: str, tmp_path: Path
) -> None:
    plain = TrustFile(replace(node.trust, validators=None, code_hashes=None), "four hospitals")
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(json.dumps(trust_file_as_json(plain)))
    arguments = ["trust", "--rpc", url, "--trust", str(first), "--out", str(second), "--json"]
    written = CliRunner().invoke(app, arguments)
    assert written.exit_code == 0, written.output
    assert json.loads(written.stdout)["changes"] == 2
    found = parse_trust_file(second.read_bytes())
    assert found.note == "four hospitals"
    assert found.trust.code_hashes == node.trust.code_hashes
    again = CliRunner().invoke(app, ["trust", "--rpc", url, "--trust", str(second), "--lang", "zh"])
    assert "验证节点" in again.stdout
    assert parse_trust_file(second.read_bytes()) == found
    node.trust = replace(node.trust, chain_id=7)
    other = CliRunner().invoke(app, ["trust", "--rpc", url, "--trust", str(second), "--json"])
    assert other.exit_code == 1
