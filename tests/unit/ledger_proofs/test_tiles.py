"""Tiles give the same roots and proofs as the whole tree, with few reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs import merkle
from ledger_proofs.errors import MalformedInput, ProofInvalid, SizeInvalid
from ledger_proofs.tiles import (
    HASH_BYTES,
    TilePath,
    build_entry_bundle,
    consistency_proof_from_tiles,
    entries_path,
    inclusion_proof_from_tiles,
    new_tiles,
    parse_entry_bundle,
    parse_tile_path,
    root_from_tiles,
    tile_path,
)

C2SP = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["tlog_tiles"]
MAX_LEAVES = 1_100
LEAVES = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


class TileFolder:
    """Tiles in memory by their paths, as a log writes them."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.paths: list[str] = []
        self.reads = 0

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads += 1
        return self.tiles[level, index][: width * HASH_BYTES]

    def append(self, old_size: int, count: int) -> None:
        for tile in new_tiles(self.read, old_size, LEAVES[old_size : old_size + count]):
            assert len(tile.hashes) == tile.width * HASH_BYTES
            written = self.tiles.get((tile.level, tile.index), b"")
            assert tile.hashes.startswith(written)
            self.tiles[tile.level, tile.index] = tile.hashes
            self.paths.append(tile.path)


def folder_of(size: int) -> TileFolder:
    folder = TileFolder()
    folder.append(0, size)
    return folder


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000])
def test_proofs_from_tiles_are_those_of_the_whole_tree(size: int) -> None:
    folder, leaves = folder_of(size), LEAVES[:size]
    assert root_from_tiles(folder.read, size) == merkle.root(leaves)
    for index in {0, size // 3, size // 2, size - 1}:
        assert inclusion_proof_from_tiles(folder.read, size, index) == merkle.inclusion_proof(leaves, index)
    for old_size in {1, size // 2 or 1, max(1, size - 1), size}:
        proof = consistency_proof_from_tiles(folder.read, old_size, size)
        assert proof == merkle.consistency_proof(leaves, old_size)


@settings(max_examples=8)
@given(data=st.data())
def test_a_log_grown_in_steps_has_the_tiles_of_one_written_at_once(data: st.DataObject) -> None:
    folder, size = TileFolder(), 0
    while size < MAX_LEAVES:
        count = min(data.draw(st.sampled_from([1, 2, 100, 255, 256, 300, 513])), MAX_LEAVES - size)
        folder.append(size, count)
        old_size, size = size, size + count
        assert root_from_tiles(folder.read, size) == merkle.root(LEAVES[:size])
        if old_size:
            proof = consistency_proof_from_tiles(folder.read, old_size, size)
            roots = merkle.root(LEAVES[:old_size]), merkle.root(LEAVES[:size])
            merkle.verify_consistency(old_size, size, *roots, proof)
            # An older size is still proved from tiles that have grown since.
            assert root_from_tiles(folder.read, old_size) == merkle.root(LEAVES[:old_size])
    assert folder.tiles == folder_of(size).tiles


def test_a_tree_of_70000_leaves_has_c2sp_s_tiles() -> None:
    folder = folder_of(C2SP["size"])
    partial = [path for path in folder.paths if ".p/" in path]
    assert partial == C2SP["last_tiles"]
    assert len(folder.paths) == 273 + 1 + 1 + 1 + 1
    assert root_from_tiles(folder.read, C2SP["size"]) == merkle.root(LEAVES)


def test_reads_grow_with_the_logarithm() -> None:
    folder = folder_of(70_000)
    folder.reads = 0
    inclusion_proof_from_tiles(folder.read, 70_000, 12_345)
    assert folder.reads <= 6
    folder.reads = 0
    consistency_proof_from_tiles(folder.read, 54_321, 70_000)
    assert folder.reads <= 6
    folder.reads = 0
    folder.append(70_000 - 1, 1)
    assert folder.reads <= 3


def test_appending_nothing_writes_nothing() -> None:
    assert new_tiles(TileFolder().read, 0, []) == []


@given(st.none() | st.integers(0, 63), st.integers(0, 2**64 - 1), st.integers(1, 256))
def test_paths_are_parsed_back(level: int | None, index: int, width: int) -> None:
    path = entries_path(index, width) if level is None else tile_path(level, index, width)
    assert parse_tile_path(path) == TilePath(level, index, width)


def test_the_index_is_spelled_as_c2sp_has_it() -> None:
    spelled = C2SP["index_path"]
    assert tile_path(0, spelled["index"]) == f"tile/0/{spelled['path']}"
    assert entries_path(5, 7) == "tile/entries/005.p/7"


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile", "tile/0", "tile/0/5", "tile/0/0005", "tile/00/005", "tile/64/005", "tile/-1/005"),
        *("tile/0/x000/005", "tile/0/001/005", "tile/0/x001/x002", "tile/0/005.p/0", "tile/0/005.p/256"),
        *(
            "tile/0/005.p/01",
            "tile/0/005.p/300",
            "tile/0/005.p",
            "tile/0/005/",
            "/tile/0/005",
            "tile/0/005\n",
        ),
        *("tile/0/../005", "tile/data/005", "tile/0/٠٠٥", "tile/0/" + "x001/" * 12 + "001", 5, None),
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ],
)
def test_other_paths_are_refused(path: Any) -> None:
    with pytest.raises(MalformedInput):
        parse_tile_path(path)


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33), bytes(64), "x" * 32, None])
def test_a_tile_of_another_length_is_refused(wrong: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        root_from_tiles(lambda *_: wrong, 1)
    assert caught.value.path == "tile/0/000.p/1"
    with pytest.raises(MalformedInput):
        new_tiles(lambda *_: wrong, 1, LEAVES[:1])


def test_sizes_and_leaves_that_cannot_be_are_refused() -> None:
    folder = folder_of(5)
    for size in (0, -1, True, None):
        with pytest.raises(SizeInvalid):
            root_from_tiles(folder.read, size)  # type: ignore[arg-type]
    with pytest.raises(ProofInvalid):
        inclusion_proof_from_tiles(folder.read, 5, 5)
    with pytest.raises(ProofInvalid):
        consistency_proof_from_tiles(folder.read, 0, 5)
    with pytest.raises(MalformedInput):
        new_tiles(folder.read, 0, [bytes(31)])


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_entry_bundles_are_parsed_back(entries: list[bytes]) -> None:
    bundle = build_entry_bundle(entries)
    assert parse_entry_bundle(bundle, len(entries)) == entries
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(MalformedInput):
            parse_entry_bundle(bundle, width)
    with pytest.raises(MalformedInput):
        parse_entry_bundle(bundle + b"\x00", len(entries))
    with pytest.raises(MalformedInput):
        parse_entry_bundle(bundle[:-1], len(entries))


def test_bundles_have_1_to_256_entries() -> None:
    for entries in ([], [b""] * 257, [bytes(65_536)]):
        with pytest.raises(MalformedInput):
            build_entry_bundle(entries)
    for width in (0, 257):
        with pytest.raises(MalformedInput):
            parse_entry_bundle(bytes(600), width)
