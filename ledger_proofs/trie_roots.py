"""The root of a trie built whole from a list, as headers commit to receipts (Yellow Paper 4.4.2).

Keys are the RLP of each value's number, so that whoever holds all values can tell that none is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger_proofs import rlp
from ledger_proofs.digests import keccak
from ledger_proofs.tries import EMPTY_TRIE
from ledger_proofs.types import Hash

_HASH_BYTES = 32


def build_ordered_root(values: Sequence[bytes]) -> Hash:
    """Return the root of the trie that holds these values under the RLP of their numbers."""
    if not values:
        return EMPTY_TRIE
    return keccak(rlp.encode(_build_node({rlp.encode(n).hex(): value for n, value in enumerate(values)})))


def _build_node(content: Mapping[str, bytes]) -> list[object]:
    """A node over paths of nibbles, one hexadecimal digit each."""
    if len(content) == 1:
        path, value = next(iter(content.items()))
        return [_encode_path(path, is_leaf=True), value]
    shared = _find_shared(min(content), max(content))
    if shared:
        below = {path[len(shared) :]: value for path, value in content.items()}
        return [_encode_path(shared, is_leaf=False), _name(_build_node(below))]
    children: list[object] = []
    for digit in "0123456789abcdef":
        under = {path[1:]: value for path, value in content.items() if path.startswith(digit)}
        children.append(_name(_build_node(under)) if under else b"")
    return [*children, content.get("", b"")]


def _find_shared(first: str, last: str) -> str:
    """What the first and the last of sorted paths begin with, and so all between."""
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _name(node: list[object]) -> object:
    """A node as its parent holds it: itself where that is shorter than a hash."""
    encoded = rlp.encode(node)
    return node if len(encoded) < _HASH_BYTES else keccak(encoded)


def _encode_path(path: str, *, is_leaf: bool) -> bytes:
    flags = 2 * is_leaf + len(path) % 2
    return bytes.fromhex(f"{flags:x}{'' if len(path) % 2 else '0'}{path}")
