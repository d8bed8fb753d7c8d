"""Logs as tiles (C2SP tlog-tiles): pure tile arithmetic over whatever reads tiles.

A full tile holds 256 hashes; tile `index` of `level` holds the hashes of the subtrees of 256^level leaves
from number 256 * index on. Proofs are made from O(log n) tiles, each read once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger_proofs import merkle
from ledger_proofs.errors import MalformedInput, SizeInvalid
from ledger_proofs.types import MAX_UINT16, MAX_UINT64, Hash, require_uint

TILE_WIDTH: Final = 256
HASH_BYTES: Final = 32
MAX_LEVEL: Final = 63

_HEIGHT: Final = 8
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)

TileReader: TypeAlias = Callable[[int, int, int], bytes]
"""Returns the `width` hashes of a tile, joined: `read_tile(level, index, width)`. Reading may raise."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: the first `width` of its 256 hashes, joined."""

    level: int
    index: int
    width: int
    hashes: bytes

    @property
    def path(self) -> str:
        """The tile's path below its log."""
        return tile_path(self.level, self.index, self.width)


@dataclass(frozen=True, slots=True)
class TilePath:
    """What a path names; `level` None stands for a bundle of entries."""

    level: int | None
    index: int
    width: int


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes, `tile/<L>/<N>[.p/<W>]`."""
    require_uint(level, MAX_LEVEL, "level")
    return f"tile/{level}/{_index_and_width(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of entries, `tile/entries/<N>[.p/<W>]`."""
    return f"tile/entries/{_index_and_width(index, width)}"


def parse_tile_path(path: str) -> TilePath:
    """Parse a tile's path, in the one spelling that it has. Raises `MalformedInput`."""
    match = _PATH.fullmatch(path) if type(path) is str and len(path) <= 64 else None
    if match is None:
        raise MalformedInput("not a tile's path; they look like tile/0/x001/234.p/5", code="tile.path")
    level = None if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("/", "").replace("x", ""))
    width = int(match["width"]) if match["width"] else TILE_WIDTH
    is_canonical = width <= TILE_WIDTH and index <= MAX_UINT64 and (level is None or level <= MAX_LEVEL)
    if is_canonical:
        spelled = entries_path(index, width) if level is None else tile_path(level, index, width)
        is_canonical = spelled == path
    if not is_canonical:
        raise MalformedInput("not a tile's path in its one spelling", code="tile.path")
    return TilePath(level, index, width)


def root_from_tiles(read_tile: TileReader, size: int) -> Hash:
    """Return the root of the first `size` leaves (at least 1)."""
    if type(size) is not int or not 0 < size <= MAX_UINT64:
        raise SizeInvalid("a tree size must be an integer from 1 to 2^64-1")
    return _SubtreeReader(read_tile, size).root(0, size)


def inclusion_proof_from_tiles(read_tile: TileReader, size: int, index: int) -> list[Hash]:
    """Return the inclusion proof of leaf `index` in the tree of `size`, as `merkle.inclusion_proof` would."""
    subtrees = _SubtreeReader(read_tile, size)
    return [subtrees.root(first, end) for first, end in merkle.inclusion_ranges(index, size)]


def consistency_proof_from_tiles(read_tile: TileReader, old_size: int, new_size: int) -> list[Hash]:
    """Return the consistency proof between two sizes, as `merkle.consistency_proof` would."""
    subtrees = _SubtreeReader(read_tile, new_size)
    return [subtrees.root(first, end) for first, end in merkle.consistency_ranges(old_size, new_size)]


def new_tiles(read_tile: TileReader, old_size: int, leaf_hashes: Sequence[bytes]) -> list[Tile]:
    """Return the tiles to write when leaves are appended to a log of `old_size`: full ones, partial last.

    Reads at most one partial tile per level. Lower levels come first, so that a reader of an upper tile finds
    the lower ones written.
    """
    require_uint(old_size, MAX_UINT64, "old_size")
    tiles: list[Tile] = []
    added = b"".join(leaf_hashes)
    if len(added) != HASH_BYTES * len(leaf_hashes):
        raise MalformedInput("every leaf hash must be 32 bytes", "leaf_hashes")
    level, known = 0, old_size
    while added:
        partial_width = known % TILE_WIDTH
        index = known // TILE_WIDTH
        row = (_read(read_tile, level, index, partial_width) if partial_width else b"") + added
        tile_bytes = TILE_WIDTH * HASH_BYTES
        complete: list[bytes] = []
        for start in range(0, len(row), tile_bytes):
            hashes = row[start : start + tile_bytes]
            tiles.append(Tile(level, index + start // tile_bytes, len(hashes) // HASH_BYTES, hashes))
            if len(hashes) == tile_bytes:
                complete.append(merkle.root(_split(hashes)))
        added = b"".join(complete)
        level, known = level + 1, index
    return tiles


def build_entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Return up to 256 entries as a bundle: each prefixed with its length as a `u16`."""
    if not 0 < len(entries) <= TILE_WIDTH or any(len(entry) > MAX_UINT16 for entry in entries):
        raise MalformedInput("a bundle has 1 to 256 entries of at most 65,535 bytes", code="tile.bundle")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_entry_bundle(data: bytes, width: int) -> list[bytes]:
    """Parse a bundle of exactly `width` entries. Raises `MalformedInput` for one cut short or running on."""
    if require_uint(width, TILE_WIDTH, "width") == 0:
        raise MalformedInput("a bundle has 1 to 256 entries", code="tile.bundle")
    entries: list[bytes] = []
    offset = 0
    for _ in range(width):
        start = offset + 2
        end = start + int.from_bytes(data[offset:start], "big")
        if start > len(data) or end > len(data):
            raise MalformedInput("the bundle is cut short", f"byte {offset}", code="tile.bundle")
        entries.append(data[start:end])
        offset = end
    if offset != len(data):
        raise MalformedInput("the bundle runs on after its last entry", f"byte {offset}", code="tile.bundle")
    return entries


class _SubtreeReader:
    """Roots of subtrees of one tree, from its tiles; keeps the tiles read, so that none is read twice."""

    def __init__(self, read_tile: TileReader, size: int) -> None:
        self._read_tile = read_tile
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self, first: int, end: int) -> Hash:
        """Return the root of the leaves `first <= i < end`, a subtree of the tree (RFC 9162 2.1.1)."""
        perfect: list[Hash] = []
        while first < end:
            height = (end - first).bit_length() - 1
            perfect.append(self._perfect(first >> height, height))
            first += 1 << height
        node = perfect.pop()
        while perfect:
            node = merkle.node_hash(perfect.pop(), node)
        return node

    def _perfect(self, number: int, height: int) -> Hash:
        level, within = divmod(height, _HEIGHT)
        first = number << within
        index, offset = divmod(first, TILE_WIDTH)
        tile = self._tile(level, index)
        count = 1 << within
        return merkle.root(_split(tile[offset * HASH_BYTES : (offset + count) * HASH_BYTES]))

    def _tile(self, level: int, index: int) -> bytes:
        tile = self._tiles.get((level, index))
        if tile is None:
            width = min(TILE_WIDTH, (self._size >> _HEIGHT * level) - index * TILE_WIDTH)
            tile = self._tiles[level, index] = _read(self._read_tile, level, index, width)
        return tile


def _read(read_tile: TileReader, level: int, index: int, width: int) -> bytes:
    tile = read_tile(level, index, width)
    if type(tile) is not bytes or len(tile) != width * HASH_BYTES:
        raise MalformedInput(
            f"the tile must be {width} hashes of 32 bytes", tile_path(level, index, width), code="tile.length"
        )
    return tile


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def _index_and_width(index: int, width: int) -> str:
    require_uint(index, MAX_UINT64, "index")
    if require_uint(width, TILE_WIDTH, "width") == 0:
        raise MalformedInput("a tile's width is 1 to 256", code="tile.path")
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    suffix = "" if width == TILE_WIDTH else f".p/{width}"
    return "/".join(reversed(groups)) + suffix
