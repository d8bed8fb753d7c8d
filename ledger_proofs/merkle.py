"""Merkle trees over SHA-256 as RFC 9162, section 2.1, has them (the trees of RFC 6962, unchanged).

Proofs are lists of node hashes, 32 bytes each, from the leaves upwards. A proof is always checked against
sizes as well as roots: `verify_` functions raise a `ProofInvalid` for whatever isn't exactly right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from ledger_proofs.errors import (
    HashInvalid,
    IndexOutOfRange,
    ProofLengthInvalid,
    RootMismatch,
    SizeInvalid,
)
from ledger_proofs.types import MAX_UINT64, Hash

MAX_PROOF_NODES: Final = 64

Range = tuple[int, int]
"""The leaves `first <= index < end` of a subtree."""


def leaf_hash(data: bytes) -> Hash:
    """Return the hash of a leaf's data: `sha256(0x00 || data)`."""
    return Hash(hashlib.sha256(b"\x00" + data).digest())


def node_hash(left: bytes, right: bytes) -> Hash:
    """Return the hash of an inner node: `sha256(0x01 || left || right)`, each 32 bytes."""
    _verify_hash(left, "left child")
    _verify_hash(right, "right child")
    return Hash(hashlib.sha256(b"\x01" + left + right).digest())


def root(leaf_hashes: Sequence[bytes]) -> Hash:
    """Return the Merkle tree hash of leaf hashes (2.1.1); of no leaves, the hash of the empty string."""
    if not leaf_hashes:
        return Hash(hashlib.sha256(b"").digest())
    if set(map(type, leaf_hashes)) != {bytes} or set(map(len, leaf_hashes)) != {32}:
        raise HashInvalid("every leaf must be a hash of 32 bytes", where="leaf")
    sha256 = hashlib.sha256
    level = list(leaf_hashes)
    # A last node without a sibling rises unchanged: the same tree as the recursive definition's.
    while len(level) > 1:
        pairs = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            pairs.append(level[-1])
        level = pairs
    return Hash(level[0])


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the subtrees whose roots are the inclusion proof of `index` in a tree of `size` (2.1.3.1)."""
    _verify_position(index, size)
    first, end = 0, size
    ranges: list[Range] = []
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """Return the subtrees whose roots are the consistency proof between two sizes (2.1.4.1)."""
    _verify_sizes(old_size, new_size)
    first, end = 0, new_size
    ranges: list[Range] = []
    while end != old_size:
        middle = first + _split(end - first)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    # The old tree's own root is known to the verifier; any other last subtree isn't.
    if first > 0:
        ranges.append((first, end))
    return ranges[::-1]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[Hash]:
    """Return the proof that leaf `index` is in the tree of these leaves."""
    return [root(leaf_hashes[first:end]) for first, end in inclusion_ranges(index, len(leaf_hashes))]


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[Hash]:
    """Return the proof that the tree of these leaves continues its own first `old_size` leaves."""
    return [root(leaf_hashes[first:end]) for first, end in consistency_ranges(old_size, len(leaf_hashes))]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` of the tree with `size` and `root` (2.1.3.2).

    Raises `SizeInvalid`, `IndexOutOfRange`, `HashInvalid`, `ProofLengthInvalid` or `RootMismatch`.
    """
    _verify_position(index, size)
    _verify_hash(leaf_hash, "leaf")
    _verify_hash(root, "root")
    _verify_proof(proof)
    sha256 = hashlib.sha256
    position, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofLengthInvalid(f"{len(proof)} nodes are too many for leaf {index} of {size}")
        if position & 1 or position == last:
            node = sha256(b"\x01" + sibling + node).digest()
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = sha256(b"\x01" + node + sibling).digest()
        position >>= 1
        last >>= 1
    if last != 0:
        raise ProofLengthInvalid(f"{len(proof)} nodes are too few for leaf {index} of {size}")
    if node != root:
        raise RootMismatch(f"leaf {index} of {size} and its path lead to another root than the stated one")


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` and `new_root` continues that of `old_size` and `old_root` (2.1.4.2).

    Equal sizes need equal roots and an empty proof; an old size of 0 is refused: it would prove nothing.
    Raises `SizeInvalid`, `HashInvalid`, `ProofLengthInvalid` or `RootMismatch`.
    """
    _verify_sizes(old_size, new_size)
    _verify_hash(old_root, "old root")
    _verify_hash(new_root, "new root")
    _verify_proof(proof)
    if old_size == new_size:
        if proof:
            raise ProofLengthInvalid("between equal sizes the proof must be empty")
        if old_root != new_root:
            raise RootMismatch(f"two roots are stated for the one size {old_size}")
        return
    nodes = list(proof)
    if old_size & (old_size - 1) == 0:
        nodes.insert(0, Hash(old_root))
    if not nodes:
        raise ProofLengthInvalid(f"no nodes are too few for sizes {old_size} and {new_size}")
    old_node, new_node = _roots_of_consistency(old_size, new_size, nodes)
    if old_node != old_root:
        raise RootMismatch(f"the proof leads to another root than the stated one of size {old_size}")
    if new_node != new_root:
        raise RootMismatch(f"the proof leads to another root than the stated one of size {new_size}")


def _roots_of_consistency(old_size: int, new_size: int, nodes: Sequence[bytes]) -> tuple[bytes, bytes]:
    sha256 = hashlib.sha256
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_node = new_node = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            raise ProofLengthInvalid(f"too many nodes for sizes {old_size} and {new_size}")
        if position & 1 or position == last:
            old_node = sha256(b"\x01" + sibling + old_node).digest()
            new_node = sha256(b"\x01" + sibling + new_node).digest()
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_node = sha256(b"\x01" + new_node + sibling).digest()
        position >>= 1
        last >>= 1
    if last != 0:
        raise ProofLengthInvalid(f"too few nodes for sizes {old_size} and {new_size}")
    return old_node, new_node


def _split(size: int) -> int:
    """Return the largest power of two below `size` (at least 2)."""
    return 1 << (size - 1).bit_length() - 1


def _verify_hash(value: object, name: str) -> None:
    if type(value) is not bytes or len(value) != 32:
        raise HashInvalid(f"the {name} must be a hash of 32 bytes", where=name)


def _verify_proof(proof: Sequence[bytes]) -> None:
    if not isinstance(proof, list | tuple):
        raise ProofLengthInvalid("a proof must be a list of hashes")
    if len(proof) > MAX_PROOF_NODES:
        raise ProofLengthInvalid(f"a proof has at most {MAX_PROOF_NODES} nodes")
    for node in proof:
        if type(node) is not bytes or len(node) != 32:
            raise HashInvalid("every node of a proof must be a hash of 32 bytes", where="proof")


def _verify_position(index: object, size: object) -> None:
    if type(size) is not int or not 0 < size <= MAX_UINT64:
        raise SizeInvalid("a tree size must be an integer from 1 to 2^64-1")
    if type(index) is not int or not 0 <= index < size:
        raise IndexOutOfRange(f"a leaf of a tree of {size} has an index from 0 to {size - 1}")


def _verify_sizes(old_size: object, new_size: object) -> None:
    for size in (old_size, new_size):
        if type(size) is not int or not 0 < size <= MAX_UINT64:
            raise SizeInvalid("a tree size must be an integer from 1 to 2^64-1")
    if old_size > new_size:  # type: ignore[operator]
        raise SizeInvalid(f"a tree of size {new_size} can't continue one of size {old_size}")
