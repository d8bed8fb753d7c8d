"""Proofs in Ethereum's Merkle Patricia tries (Yellow Paper, appendix D): a value, or that there is none.

A proof is the list of the RLP nodes from the root to where the key's path ends, as EIP-1186 gives them: each
is named by its keccak in the one before; nodes shorter than a hash stand within their parent and are not
listed. Nothing else may be listed, so that a proof has one form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput, ProofInvalid
from ledger_proofs.types import Hash

EMPTY_TRIE: Final = keccak(b"\x80")
"""The root of a trie that holds nothing: the keccak of RLP's empty string."""

_BRANCH_ITEMS: Final = 17
_HASH_BYTES: Final = 32
_LEAF_FLAG: Final = 2
_ODD_FLAG: Final = 1


class TrieProofInvalid(ProofInvalid):
    """Nodes that don't lead from the root along the key."""

    default_code = "trie.invalid"


def find_value(root: Hash, key: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return what the trie of that root holds at `key`, or None where the proof shows that it holds nothing.

    Raises `TrieProofInvalid` for a proof that shows neither.
    """
    if root == EMPTY_TRIE:
        if any(node != b"\x80" for node in proof) or len(proof) > 1:
            raise TrieProofInvalid("the trie is empty, the proof isn't", code="trie.unused_node")
        return None
    walk = _Walk(proof)
    node = walk.next_node(root)
    path = _nibbles(key)
    while True:
        if len(node) == _BRANCH_ITEMS:
            if not path:
                return walk.end_at(node[16])
            child, path = node[path[0]], path[1:]
            if child == b"":
                return walk.end_at(b"")
        else:
            is_leaf, part = _parse_path(node[0])
            if path[: len(part)] != part or (is_leaf and len(path) != len(part)):
                return walk.end_at(b"")
            if is_leaf:
                return walk.end_at(node[1])
            child, path = node[1], path[len(part) :]
        node = walk.child_node(child)


class _Walk:
    """Takes a proof's nodes one by one, each against the hash that names it."""

    def __init__(self, proof: Sequence[bytes]) -> None:
        self._proof = proof
        self._used = 0

    def next_node(self, expected: bytes) -> list[rlp.Item]:
        if self._used == len(self._proof):
            raise TrieProofInvalid("the proof ends too early", code="trie.node_missing")
        encoded = self._proof[self._used]
        if keccak(encoded) != expected:
            raise TrieProofInvalid(
                "not the node that the one before names", code="trie.node_hash", where=f"node {self._used}"
            )
        self._used += 1
        try:
            return _parse_node(rlp.decode(encoded))
        except MalformedInput:
            raise TrieProofInvalid(
                "not a trie's node", code="trie.node_form", where=f"node {self._used - 1}"
            ) from None

    def child_node(self, child: rlp.Item) -> list[rlp.Item]:
        if type(child) is list:
            if len(rlp.encode(child)) >= _HASH_BYTES:
                raise TrieProofInvalid("a long node stands within its parent", code="trie.node_form")
            return _parse_node(child)
        if type(child) is not bytes or len(child) != _HASH_BYTES:
            raise TrieProofInvalid("a node names no other", code="trie.node_form")
        return self.next_node(child)

    def end_at(self, value: rlp.Item) -> bytes | None:
        if self._used != len(self._proof):
            raise TrieProofInvalid(
                "nodes follow that aren't on the path", code="trie.unused_node", where=f"node {self._used}"
            )
        if type(value) is not bytes:
            raise TrieProofInvalid("a value must be bytes", code="trie.node_form")
        return value or None


def _parse_node(item: rlp.Item) -> list[rlp.Item]:
    if type(item) is not list or len(item) not in (2, _BRANCH_ITEMS):
        raise TrieProofInvalid("a node has 2 or 17 items", code="trie.node_form")
    return item


def _parse_path(item: rlp.Item) -> tuple[bool, bytes]:
    """A leaf's or extension's part of the path, one nibble a byte, from its hex-prefix encoding."""
    if type(item) is not bytes or not item:
        raise TrieProofInvalid("a path must be bytes", code="trie.node_form")
    nibbles = _nibbles(item)
    flags = nibbles[0]
    is_leaf, is_odd = bool(flags & _LEAF_FLAG), bool(flags & _ODD_FLAG)
    part = nibbles[1:] if is_odd else nibbles[2:]
    if flags > (_LEAF_FLAG | _ODD_FLAG) or (not is_odd and nibbles[1]) or not (part or is_leaf):
        raise TrieProofInvalid("a path is written wrongly", code="trie.node_form")
    return is_leaf, part


def _nibbles(key: bytes) -> bytes:
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))
