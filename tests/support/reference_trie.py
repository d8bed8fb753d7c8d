"""A Merkle Patricia trie built whole from its content (Yellow Paper, appendix D), to make proofs for tests.

Written apart from the verifier's code and on another RLP library, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from eth_utils.crypto import keccak

Path = tuple[int, ...]


@dataclass(frozen=True)
class ReferenceTrie:
    """A trie's content by key; keys are hashed already where the trie is a secure one."""

    content: Mapping[bytes, bytes]

    def root(self) -> bytes:
        """The root's hash."""
        return bytes(keccak(rlp.encode(_node(self._paths()))))

    def prove(self, key: bytes) -> tuple[bytes, ...]:
        """The nodes on a key's path that are named by a hash, from the root on (EIP-1186)."""
        if not self.content:
            return ()
        node = _node(self._paths())
        proof, path = [rlp.encode(node)], _nibbles(key)
        while True:
            child: Any = b""
            if len(node) == 17:
                if path:
                    child, path = node[path[0]], path[1:]
            else:
                is_leaf, part = _unprefixed(node[0])
                if not is_leaf and path[: len(part)] == part:
                    child, path = node[1], path[len(part) :]
            if child == b"":
                return tuple(proof)
            node = child if isinstance(child, list) else _NODES[child]
            if not isinstance(child, list):
                proof.append(rlp.encode(node))

    def _paths(self) -> dict[Path, bytes]:
        return {_nibbles(key): value for key, value in self.content.items() if value}


_NODES: dict[bytes, Any] = {}


def secure(content: Mapping[bytes, bytes]) -> ReferenceTrie:
    """A trie whose keys are hashed first, as those of the state and of storage are."""
    return ReferenceTrie({keccak(key): value for key, value in content.items()})


def _node(paths: Mapping[Path, bytes]) -> Any:
    if not paths:
        return b""
    if len(paths) == 1:
        path, value = next(iter(paths.items()))
        return [_prefixed(path, is_leaf=True), value]
    shared = 0
    first, last = min(paths), max(paths)
    while shared < len(first) and shared < len(last) and first[shared] == last[shared]:
        shared += 1
    if shared:
        below = {path[shared:]: value for path, value in paths.items()}
        return [_prefixed(first[:shared], is_leaf=False), _reference(_node(below))]
    children = [
        _reference(_node({path[1:]: value for path, value in paths.items() if path and path[0] == nibble}))
        for nibble in range(16)
    ]
    return [*children, paths.get((), b"")]


def _reference(node: Any) -> Any:
    encoded = rlp.encode(node)
    if node == b"" or len(encoded) < 32:
        return node
    _NODES[keccak(encoded)] = node
    return keccak(encoded)


def _prefixed(path: Path, *, is_leaf: bool) -> bytes:
    flags = 2 * is_leaf + len(path) % 2
    nibbles = (flags, *path) if len(path) % 2 else (flags, 0, *path)
    return bytes(16 * high + low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _unprefixed(encoded: bytes) -> tuple[bool, Path]:
    nibbles = _nibbles(encoded)
    return nibbles[0] >= 2, nibbles[1:] if nibbles[0] % 2 else nibbles[2:]


def _nibbles(key: bytes) -> Path:
    return tuple(nibble for byte in key for nibble in (byte // 16, byte % 16))
