"""The compact range of a growing Merkle tree (RFC 9162, 2.1): enough to go on and to say its root.

A tree of n leaves is the perfect subtrees of n's binary digits, largest first. Their roots are all that is
needed: a leaf is merged in like a carry, and the root of the whole costs O(log n) hashes. Leaves come by the
tile, so that most of the work is one tight loop over 256 hashes.
"""

import hashlib
from collections.abc import Sequence

from ledger_proofs.errors import HashInvalid
from ledger_proofs.tiles import HASH_BYTES, TILE_WIDTH
from ledger_proofs.types import Hash

_TILE_HEIGHT = 8


class CompactRange:
    """The first `size` leaves of a log, as the roots of their perfect subtrees, largest first."""

    def __init__(self, size: int = 0, roots: bytes = b"") -> None:
        if len(roots) != size.bit_count() * HASH_BYTES:
            raise HashInvalid(f"a compact range of {size} leaves has {size.bit_count()} hashes")
        self.size = size
        self._roots = [roots[start : start + HASH_BYTES] for start in range(0, len(roots), HASH_BYTES)]

    def to_bytes(self) -> bytes:
        """Return the subtrees' roots, joined, as the constructor takes them."""
        return b"".join(self._roots)

    def copy(self) -> "CompactRange":
        """Return one that grows on its own."""
        return CompactRange(self.size, self.to_bytes())

    def append(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves by their hashes, 32 bytes each."""
        start = 0
        while start < len(leaf_hashes):
            left = len(leaf_hashes) - start
            if self.size % TILE_WIDTH == 0 and left >= TILE_WIDTH:
                tile = leaf_hashes[start : start + TILE_WIDTH]
                self._merge(perfect_root(tile), _TILE_HEIGHT)
                start += TILE_WIDTH
            else:
                self._merge(leaf_hashes[start], 0)
                start += 1

    def root(self) -> Hash:
        """Return the tree's root (2.1.1); of no leaves, the hash of nothing."""
        if not self._roots:
            return Hash(hashlib.sha256(b"").digest())
        node = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return Hash(node)

    def _merge(self, node: bytes, height: int) -> None:
        """Add a perfect subtree of 2^height leaves; the size is a multiple of that."""
        carry = self.size >> height
        while carry & 1:
            node = hashlib.sha256(b"\x01" + self._roots.pop() + node).digest()
            carry >>= 1
        self._roots.append(node)
        self.size += 1 << height


def hash_leaves(entries: Sequence[bytes]) -> list[bytes]:
    """Return the leaf hashes of entries' bytes: `sha256(0x00 || entry)`."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def perfect_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of a power of two of leaves."""
    sha256 = hashlib.sha256
    level = leaf_hashes
    while len(level) > 1:
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]
