"""Saying what a gateway doesn't hand out."""

from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.tile_entries import FetchedTile


def build_hole_finding(fetched: FetchedTile, log: int, position: int, size: int, block: int) -> Found:
    """Build the finding of a tile that came short at a position, of a log that has `size` entries."""
    if fetched.is_malformed:
        form = Comparison("entries in the tile", "u16 length and 224 bytes each", "something else")
        return Found(FindingCode.ENTRY_MALFORMED, log, position, (form,), block)
    reason = "-" if fetched.withheld is None else fetched.withheld.code
    compared = (
        Comparison("entries that the chain counts, and the gateway hands out", str(size), str(position)),
        Comparison("what the gateway answered for that tile", "the tile", reason),
    )
    return Found(FindingCode.ENTRIES_WITHHELD, log, position, compared, block, step_code=reason)
