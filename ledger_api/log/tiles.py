"""A log's stored tiles, as the tile arithmetic of the verification core reads and writes them."""

from ledger_api.log.errors import TileNotFound
from ledger_api.log.repository import LogRepository
from ledger_proofs.tiles import HASH_BYTES, TILE_WIDTH, Tile, TilePath, build_entry_bundle, root_from_tiles
from ledger_proofs.types import Hash


class TileTooNarrow(Exception):
    """A tile holds fewer hashes than its log's size says: the database lost rows or was altered."""

    code = "log.tile_too_narrow"


class StoredTiles:
    """The tiles of one log within the caller's unit of work. Tiles saved are read back at once."""

    def __init__(self, repository: LogRepository, log: int) -> None:
        self._repository = repository
        self._log = log

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile, joined. Raises `TileTooNarrow` if there are fewer."""
        tile = self._repository.find_tile(self._log, level, index)
        hashes = tile.hashes[: width * HASH_BYTES] if tile is not None else b""
        if len(hashes) != width * HASH_BYTES:
            raise TileTooNarrow(f"log {self._log}: tile {level}/{index} has no {width} hashes")
        return hashes

    def save(self, tile: Tile) -> None:
        """Write a tile, or widen it."""
        self._repository.save_tile(self._log, tile.level, tile.index, tile.hashes)

    def root_at(self, size: int) -> Hash:
        """Return the root of the log's first `size` entries (at least 1)."""
        return root_from_tiles(self.read_tile, size)


def get_tile_bytes(repository: LogRepository, log: int, size: int, path: TilePath) -> bytes:
    """Return the bytes of a tile or entry bundle of a log that has `size` entries.

    Raises `TileNotFound` when the log isn't that large.
    """
    start = path.index * TILE_WIDTH
    leaves_under_each = 1 if path.level is None else TILE_WIDTH**path.level
    if size // leaves_under_each < start + path.width:
        raise TileNotFound
    if path.level is not None:
        return StoredTiles(repository, log).read_tile(path.level, path.index, path.width)
    entries = repository.list_entry_bytes(log, start, start + path.width)
    if len(entries) != path.width:
        raise TileTooNarrow(f"log {log}: {path.width - len(entries)} entries are missing from {start}")
    return build_entry_bundle(entries)
