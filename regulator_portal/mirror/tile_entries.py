"""Entry tiles as a gateway serves them, taken apart; and where a gateway stops handing them out."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.entries import ENTRY_BYTES
from ledger_proofs.errors import MalformedInput
from ledger_proofs.tiles import TILE_WIDTH, parse_entry_bundle
from regulator_portal.mirror.models import EntryVerdict
from regulator_portal.mirror.repository import EntryRow
from regulator_portal.sources.errors import Withheld
from regulator_portal.sources.gateway import GatewayClient

_PREFIX = ENTRY_BYTES.to_bytes(2, "big")
_FRAME = len(_PREFIX) + ENTRY_BYTES
_NO_RECORD = bytes(32)
_ZEROS_BEFORE = bytes(30)
_ZEROS_WITHIN = bytes(28 + 24 + 24)


@dataclass(frozen=True)
class FetchedTile:
    """What came of asking for the entries of a tile.

    `entries` from the tile's first position on, fewer than asked for where something stood in the way:
    `withheld` says why the rest wasn't handed out, `is_malformed` that what came can't be entries.
    """

    entries: Sequence[bytes]
    withheld: Withheld | None = None
    is_malformed: bool = False


def fetch_tile(client: GatewayClient, log: int, tile: int, width: int) -> FetchedTile:
    """Fetch the first `width` entries of a tile. Raises GatewayUnusable.

    Where a tile isn't handed out whole, narrower ones are asked for, to find the first entry that is missing.
    """
    try:
        content = client.fetch_entries(log, tile, width)
    except Withheld as fault:
        entries = _fetch_before_hole(client, log, tile, width)
        return FetchedTile(entries, withheld=fault)
    try:
        return FetchedTile(split_entries(content, width))
    except MalformedInput:
        return FetchedTile([], is_malformed=True)


def split_entries(content: bytes, width: int) -> Sequence[bytes]:
    """Take a bundle of entries apart. Raises MalformedInput."""
    if len(content) == width * _FRAME:
        starts = range(0, len(content), _FRAME)
        if all(content.startswith(_PREFIX, start) for start in starts):
            return [content[start + 2 : start + _FRAME] for start in starts]
    return parse_entry_bundle(content, width)


def build_rows(log: int, position: int, entries: Sequence[bytes]) -> tuple[list[EntryRow], list[int]]:
    """Build the rows of entries from a position on, and the positions of those that aren't entries."""
    rows: list[EntryRow] = []
    malformed: list[int] = []
    pending = str(EntryVerdict.PENDING)
    for place, entry in enumerate(entries, start=position):
        if (
            len(entry) == ENTRY_BYTES
            and entry.startswith(_ZEROS_BEFORE)
            and entry[96:124] + entry[128:152] + entry[160:184] == _ZEROS_WITHIN
        ):
            rows.append((log, place, entry, entry[30] << 8 | entry[31], entry[32:64], pending))
        else:
            rows.append((log, place, entry, 0, _NO_RECORD, pending))
            malformed.append(place)
    return rows, malformed


def _fetch_before_hole(client: GatewayClient, log: int, tile: int, width: int) -> Sequence[bytes]:
    """Fetch as many of a tile's entries as are handed out: a tile of width w holds the first w."""
    known: Sequence[bytes] = []
    refused = min(width, TILE_WIDTH)
    while refused - len(known) > 1:
        middle = (len(known) + refused) // 2
        try:
            known = split_entries(client.fetch_entries(log, tile, middle), middle)
        except (Withheld, MalformedInput):
            refused = middle
    return known
