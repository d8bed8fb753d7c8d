"""`rxledger trust` where the file can't be written, and where a node states what can't be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger_cli.app import app
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from tests.factories import SIGNED_AT
from tests.support.sealed_chain import SealedBlock, build_sealed_scene
from tests.support.sealed_node import SealedNode, serving

BLOCKS = 4


def build_node(last_time: int = SIGNED_AT) -> SealedNode:
    """A node of a chain of a few blocks, the last but one at a time of its own."""
    scene = build_sealed_scene()
    root = scene.states.root(scene.trust)
    blocks = [SealedBlock(0, SIGNED_AT, root, sealers=())]
    for number in range(1, BLOCKS):
        time = last_time if number == BLOCKS - 2 else SIGNED_AT
        blocks.append(SealedBlock(number, time, root, parent=blocks[-1].block_hash()))
    return SealedNode(replace(scene.trust, genesis_hash=blocks[0].block_hash()), scene.states, blocks)


def extend(node: SealedNode, folder: Path, out: Path, *options: str) -> Result:
    pinned = TrustFile(replace(node.trust, validators=None, code_hashes=None), "")
    start = folder / "start.json"
    start.write_text(json.dumps(trust_file_as_json(pinned)))
    with serving(node) as url:
        arguments = ["trust", "--rpc", url, "--trust", str(start), "--out", str(out), *options]
        return CliRunner().invoke(app, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("a file")
    yield tmp_path


@pytest.mark.parametrize("out", ["folder", "file/trust.json"])
def test_a_place_that_cannot_be_written_is_named_in_both_languages(folder: Path, out: str) -> None:
    result = extend(build_node(), folder, folder / out, "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "trust.unwritable"
    assert out in error["message"]
    assert "无法写入" in error["message_zh"]
    assert sorted(each.name for each in folder.iterdir()) == ["file", "folder", "start.json"]


def test_a_block_of_a_time_beyond_the_calendar_is_refused_and_nothing_written(folder: Path) -> None:
    result = extend(build_node(2**63), folder, folder / "trust.json", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "record.time"
    assert not (folder / "trust.json").exists()


def test_a_chain_s_validators_are_written(folder: Path) -> None:
    result = extend(build_node(), folder, folder / "trust.json", "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "trust.json").read_text())["validators"]["as_of_block"] == BLOCKS - 2
    assert "4 个验证节点" in result.stdout
