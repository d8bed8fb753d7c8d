"""Merkle trees against published vectors, the recursive definition, and every mutation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs import merkle
from ledger_proofs.errors import (
    HashInvalid,
    IndexOutOfRange,
    ProofInvalid,
    ProofLengthInvalid,
    RootMismatch,
    SizeInvalid,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "merkle.json").read_text())
CT_LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
SOME_HASH = hashlib.sha256(b"some").digest()


def leaves_of(count: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def recursive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of RFC 9162 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + recursive_root(leaves[:split]) + recursive_root(leaves[split:])).digest()


def test_roots_are_those_of_the_certificate_transparency_tree() -> None:
    assert merkle.root([]).hex() == VECTORS["empty_root"]
    for size, expected in enumerate(VECTORS["roots"], 1):
        assert merkle.root(CT_LEAVES[:size]).hex() == expected


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: f"{case['index']}-of-{case['size']}")
def test_inclusion_proofs_are_those_of_the_certificate_transparency_tree(case: dict[str, Any]) -> None:
    leaves, index = CT_LEAVES[: case["size"]], case["index"]
    proof = merkle.inclusion_proof(leaves, index)
    assert [node.hex() for node in proof] == case["proof"]
    merkle.verify_inclusion(leaves[index], index, len(leaves), proof, merkle.root(leaves))


@pytest.mark.parametrize(
    "case", VECTORS["consistency"], ids=lambda case: f"{case['old_size']}-to-{case['new_size']}"
)
def test_consistency_proofs_are_those_of_the_certificate_transparency_tree(case: dict[str, Any]) -> None:
    old, new = CT_LEAVES[: case["old_size"]], CT_LEAVES[: case["new_size"]]
    proof = merkle.consistency_proof(new, len(old))
    assert [node.hex() for node in proof] == case["proof"]
    merkle.verify_consistency(len(old), len(new), merkle.root(old), merkle.root(new), proof)


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 127, 200])
def test_the_root_is_that_of_the_recursive_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert merkle.root(leaves) == recursive_root(leaves)


def test_every_proof_of_every_small_tree_verifies() -> None:
    leaves = leaves_of(34)
    for size in range(1, 35):
        root = merkle.root(leaves[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(leaves[:size], index)
            merkle.verify_inclusion(leaves[index], index, size, proof, root)
        for old_size in range(1, size + 1):
            proof = merkle.consistency_proof(leaves[:size], old_size)
            merkle.verify_consistency(old_size, size, merkle.root(leaves[:old_size]), root, proof)


@given(data=st.data(), size=st.integers(1, 300))
def test_one_flipped_bit_anywhere_refuses_an_inclusion_proof(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(leaves, index)
    parts: list[bytes] = [leaves[index], merkle.root(leaves), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(RootMismatch):
        merkle.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(data=st.data(), size=st.integers(2, 300))
def test_one_flipped_bit_anywhere_refuses_a_consistency_proof(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    old_size = data.draw(st.integers(1, size - 1))
    proof = merkle.consistency_proof(leaves, old_size)
    parts: list[bytes] = [merkle.root(leaves[:old_size]), merkle.root(leaves), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(RootMismatch):
        merkle.verify_consistency(old_size, size, parts[0], parts[1], parts[2:])


@given(data=st.data(), size=st.integers(1, 130))
def test_a_proof_for_one_position_proves_no_other(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    claimed_size = data.draw(st.integers(1, 2 * size))
    claimed_index = data.draw(st.integers(0, claimed_size - 1))
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    path_bits = directions(claimed_index, claimed_size)
    if path_bits == directions(index, size):
        # RFC 9162 binds the path, not the size: sizes with the same path are told apart by the checkpoint.
        merkle.verify_inclusion(leaves[index], claimed_index, claimed_size, proof, root)
    else:
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(leaves[index], claimed_index, claimed_size, proof, root)


@given(data=st.data(), size=st.integers(2, 130))
def test_a_history_that_was_rewritten_is_not_consistent(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    old_size = data.draw(st.integers(1, size - 1))
    forged = list(leaves)
    forged[data.draw(st.integers(0, old_size - 1))] = SOME_HASH
    proof = merkle.consistency_proof(forged, old_size)
    with pytest.raises(RootMismatch):
        merkle.verify_consistency(old_size, size, merkle.root(leaves[:old_size]), merkle.root(forged), proof)


@pytest.mark.parametrize("size", range(1, 20))
def test_nodes_too_many_or_too_few_are_refused(size: int) -> None:
    leaves = leaves_of(size)
    root = merkle.root(leaves)
    for index in range(size):
        proof = merkle.inclusion_proof(leaves, index)
        wrong_lengths: list[list[bytes]] = [[*proof, SOME_HASH], [*proof, root], [SOME_HASH, *proof]]
        if proof:
            wrong_lengths += [list(proof[:-1]), list(proof[1:])]
        for wrong in wrong_lengths:
            with pytest.raises(ProofLengthInvalid):
                merkle.verify_inclusion(leaves[index], index, size, wrong, root)
    for old_size in range(1, size):
        proof = merkle.consistency_proof(leaves, old_size)
        for wrong in ([*proof, SOME_HASH], list[bytes](proof[:-1]), list[bytes]()):
            with pytest.raises(ProofLengthInvalid):
                merkle.verify_consistency(old_size, size, merkle.root(leaves[:old_size]), root, wrong)


@pytest.mark.parametrize(
    ("index", "size", "error"),
    [
        (0, 0, SizeInvalid),
        (0, -1, SizeInvalid),
        (0, 2**64, SizeInvalid),
        (0, True, SizeInvalid),
        (0, "1", SizeInvalid),
        (1, 1, IndexOutOfRange),
        (-1, 1, IndexOutOfRange),
        (False, 1, IndexOutOfRange),
        (None, 1, IndexOutOfRange),
    ],
)
def test_positions_that_cannot_be_are_refused(index: Any, size: Any, error: type[ProofInvalid]) -> None:
    with pytest.raises(error):
        merkle.verify_inclusion(SOME_HASH, index, size, [], SOME_HASH)


@pytest.mark.parametrize(
    ("old_size", "new_size"), [(0, 0), (0, 1), (2, 1), (-1, 1), (1, 2**64), (True, 1), (1, 1.0), (None, 1)]
)
def test_sizes_that_cannot_be_are_refused(old_size: Any, new_size: Any) -> None:
    with pytest.raises(SizeInvalid):
        merkle.verify_consistency(old_size, new_size, SOME_HASH, SOME_HASH, [])


def test_equal_sizes_need_equal_roots_and_no_proof() -> None:
    merkle.verify_consistency(5, 5, SOME_HASH, SOME_HASH, [])
    with pytest.raises(RootMismatch):
        merkle.verify_consistency(5, 5, SOME_HASH, CT_LEAVES[0], [])
    with pytest.raises(ProofLengthInvalid):
        merkle.verify_consistency(5, 5, SOME_HASH, SOME_HASH, [SOME_HASH])


@pytest.mark.parametrize(
    "wrong", [b"", SOME_HASH[:31], SOME_HASH + b"0", SOME_HASH.hex(), bytearray(32), None]
)
def test_what_is_no_hash_of_32_bytes_is_refused(wrong: Any) -> None:
    root = merkle.root(CT_LEAVES[:2])
    with pytest.raises(HashInvalid):
        merkle.verify_inclusion(wrong, 0, 2, [CT_LEAVES[1]], root)
    with pytest.raises(HashInvalid):
        merkle.verify_inclusion(CT_LEAVES[0], 0, 2, [wrong], root)
    with pytest.raises(HashInvalid):
        merkle.verify_inclusion(CT_LEAVES[0], 0, 2, [CT_LEAVES[1]], wrong)
    with pytest.raises(HashInvalid):
        merkle.verify_consistency(1, 2, wrong, root, [CT_LEAVES[1]])
    with pytest.raises(HashInvalid):
        merkle.verify_consistency(1, 2, CT_LEAVES[0], wrong, [CT_LEAVES[1]])
    with pytest.raises(HashInvalid):
        merkle.verify_consistency(1, 2, CT_LEAVES[0], root, [wrong])
    with pytest.raises(HashInvalid):
        merkle.root([wrong])
    with pytest.raises(HashInvalid):
        merkle.node_hash(wrong, SOME_HASH)


def test_a_proof_that_is_no_list_or_endless_is_refused() -> None:
    with pytest.raises(ProofLengthInvalid):
        merkle.verify_inclusion(SOME_HASH, 0, 2, SOME_HASH, SOME_HASH)  # type: ignore[arg-type]
    with pytest.raises(ProofLengthInvalid):
        merkle.verify_inclusion(SOME_HASH, 0, 2**63, [SOME_HASH] * 65, SOME_HASH)


def test_a_leaf_is_never_an_inner_node() -> None:
    left, right = CT_LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def directions(index: int, size: int) -> list[bool]:
    """On which side the sibling stands, from the leaf up."""
    return [end <= index for _, end in merkle.inclusion_ranges(index, size)]
