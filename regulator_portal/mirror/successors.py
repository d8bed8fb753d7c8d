"""Successor logs: where a log was closed, its successor goes on from that size and root (protocol 6).

A successor's first entries are the closed log's. They aren't mirrored twice: the compact range at the cut is
computed from the closed log's own copy, and the successor's opening checkpoint must have that root.
"""

from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.compact_range import CompactRange, hash_leaves
from regulator_portal.mirror.models import CheckpointOutcome, MirroredLog
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import PREDECESSOR_BEHIND, CouldNotCheck, Tools

ENTRIES_AT_A_TIME = 4_096


def open_successor(tools: Tools, log: int, block: int) -> Found | None:
    """Begin a successor's mirror at the cut; what shows that its opening root is another, or None.

    Raises CouldNotCheck while the log before it isn't mirrored that far.
    """
    with tools.database.reading() as session:
        row = MirrorRepository(session).get_log(log)
    if row.base_size == 0 or row.size >= row.base_size:
        return None
    opened = build_range_at(tools, log - 1, row.base_size)
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        row = mirror.get_log(log)
        opening = mirror.find_checkpoint(log, row.base_size)
        if opening is None:
            raise LookupError("a successor's opening checkpoint is pinned before it is opened")
        if opened.root() != opening.root:
            mirror.set_outcome(log, row.base_size, CheckpointOutcome.FAILED, tools.clock())
            compared = Comparison("root at the cut", to_hex(opened.root()), to_hex(opening.root))
            return Found(FindingCode.NOT_EXTENSION, log, row.base_size, (compared,), block)
        row.size, row.compact_range = opened.size, opened.to_bytes()
        row.verified_size, row.verified_range = row.size, row.compact_range
        mirror.set_outcome(log, row.base_size, CheckpointOutcome.PASSED, tools.clock())
        mirror.add(row)
    return None


def build_range_at(tools: Tools, log: int, size: int) -> CompactRange:
    """Build the compact range of a log's first `size` leaves from the own copy.

    Raises CouldNotCheck where the copy hasn't got there.
    """
    with tools.database.reading() as session:
        row = MirrorRepository(session).find_log(log)
    if row is None or row.verified_size < size:
        raise CouldNotCheck(*PREDECESSOR_BEHIND)
    return _grow_to(tools, row, size)


def build_base_range(tools: Tools, row: MirroredLog) -> CompactRange:
    """Build the compact range from which a log goes on: empty for an institution's first."""
    return CompactRange() if row.base_size == 0 else build_range_at(tools, row.log - 1, row.base_size)


def _grow_to(tools: Tools, row: MirroredLog, size: int) -> CompactRange:
    if size <= row.base_size:
        return build_range_at(tools, row.log - 1, size)
    grown = build_base_range(tools, row)
    while grown.size < size:
        stop = min(size, grown.size + ENTRIES_AT_A_TIME)
        with tools.database.reading() as session:
            entries = MirrorRepository(session).list_entry_bytes(row.log, grown.size, stop)
        if len(entries) != stop - grown.size:
            raise LookupError("the portal's own copy has lost entries")
        grown.append(hash_leaves(entries))
    return grown
