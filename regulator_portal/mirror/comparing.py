"""Comparing entries that a gateway serves now with the portal's own copy."""

import hashlib
from collections.abc import Sequence

from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found

MOST_CHANGED_NAMED = 20
"""How many changed entries one comparison names: where one was inserted, all after it differ."""


def list_changed(
    log: int, start: int, kept: Sequence[bytes], served: Sequence[bytes], block: int
) -> list[Found]:
    """List the entries, from position `start` on, that are served otherwise than they were kept."""
    if kept == served:
        return []
    found = []
    for place, (ours, theirs) in enumerate(zip(kept, served, strict=False), start=start):
        if ours != theirs:
            compared = (
                Comparison("SHA-256 of the entry", _digest(ours), _digest(theirs)),
                Comparison("entry", to_hex(ours[:256]), to_hex(theirs[:256])),
            )
            found.append(Found(FindingCode.ENTRY_CHANGED, log, place, compared, block))
        if len(found) == MOST_CHANGED_NAMED:
            break
    return found


def _digest(entry: bytes) -> str:
    return to_hex(hashlib.sha256(entry).digest())
