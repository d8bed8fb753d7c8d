"""The mirror of one log: fetch entry tiles, keep the entries, and compare the root at every checkpoint.

Entries are kept with the compact range of all before them (RFC 9162 2.1), so that the root at a checkpoint
costs O(log n) hashes. One batch of tiles is one transaction: whenever the process ends, the rows say where to
go on. What a wrong root stands on isn't kept: the copy falls back to the last checkpoint that was right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from ledger_proofs.tiles import TILE_WIDTH
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.mirror.compact_range import CompactRange, hash_leaves
from regulator_portal.mirror.comparing import list_changed
from regulator_portal.mirror.models import CheckpointOutcome, MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tile_entries import FetchedTile, build_rows, fetch_tile
from regulator_portal.mirror.tools import Tools
from regulator_portal.mirror.withholding import build_hole_finding
from regulator_portal.sources.gateway import GatewayClient

TILES_AT_A_TIME = 16
MOST_MALFORMED_NAMED = 20
"""How many entries that aren't any one mirroring names: a log can be made of nothing else."""
ENTRY_CODES = (FindingCode.ENTRIES_WITHHELD, FindingCode.ENTRY_MALFORMED)


@dataclass(frozen=True)
class Batch:
    """Entries that were fetched, the first of them at `start`; and what stands in the way of more."""

    start: int
    entries: Sequence[bytes]
    found: tuple[Found, ...]
    is_last: bool


class Mirroring:
    """Goes on with one log's mirror, a batch at a time, up to its latest checkpoint that isn't barred."""

    def __init__(self, tools: Tools, log: int, check: str, block: int) -> None:
        self._tools = tools
        self._log = log
        self._check = check
        self._block = block
        row = self._read_row()
        self.first_position = row.size
        self.target = find_target(row)
        self.found = 0

    @property
    def total(self) -> int:
        """How many entries there are to fetch."""
        return max(0, self.target - self.first_position)

    @property
    def done(self) -> int:
        """How many of them are kept."""
        return max(0, self._read_row().size - self.first_position)

    def advance(self) -> bool:
        """Fetch and keep one batch; return whether there is nothing more to do. Raises GatewayUnusable."""
        row = self._read_row()
        if row.size >= self.target:
            self._close_findings(row.size)
            return True
        client = self._tools.client_of(row.institution)
        batch = self._fetch(client, row)
        is_right = self._keep(batch)
        if batch.is_last or not is_right:
            self._close_findings(self._read_row().size)
            return True
        return False

    def _read_row(self) -> MirroredLog:
        with self._tools.database.reading() as session:
            return MirrorRepository(session).get_log(self._log)

    def _fetch(self, client: GatewayClient, row: MirroredLog) -> Batch:
        entries: list[bytes] = []
        position = row.size
        found: list[Found] = []
        for _ in range(TILES_AT_A_TIME):
            if position >= self.target:
                break
            tile = position // TILE_WIDTH
            first = tile * TILE_WIDTH
            width = min(TILE_WIDTH, self.target - first)
            fetched = fetch_tile(client, self._log, tile, width)
            found += self._compare_overlap(fetched, first, row)
            entries += fetched.entries[position - first :]
            position = max(position, first + len(fetched.entries))
            if len(fetched.entries) < width:
                found.append(build_hole_finding(fetched, self._log, position, self.target, self._block))
                return Batch(row.size, entries, tuple(found), is_last=True)
        return Batch(row.size, entries, tuple(found), is_last=False)

    def _compare_overlap(self, fetched: FetchedTile, first: int, row: MirroredLog) -> list[Found]:
        """A tile that was partial before begins with entries that are kept already: they must be the same."""
        if first >= row.size or not fetched.entries:
            return []
        start = max(first, row.base_size)
        served = fetched.entries[start - first : row.size - first]
        with self._tools.database.reading() as session:
            kept = MirrorRepository(session).list_entry_bytes(self._log, start, start + len(served))
        return list_changed(self._log, start, kept, served, self._block)

    def _keep(self, batch: Batch) -> bool:
        """Keep a batch in one transaction; return whether every root in it was right."""
        tools = self._tools
        rows, malformed = build_rows(self._log, batch.start, batch.entries)
        leaves = hash_leaves(batch.entries)
        with tools.database.writing() as session:
            mirror = MirrorRepository(session)
            row = mirror.get_log(self._log)
            if row.size != batch.start:
                return True  # another process has been here meanwhile: go on from where it came to
            checkpoints = mirror.list_checkpoints_within(
                self._log, batch.start, batch.start + len(batch.entries)
            )
            mirror.add_entries(rows)
            wrong = self._grow(mirror, row, leaves, checkpoints)
            row.checked_at = tools.clock()
            findings = FindingRepository(session, tools.clock)
            shown = findings.count_shown(self._log, (FindingCode.ENTRY_MALFORMED,), self._check)
            named = malformed[: max(0, MOST_MALFORMED_NAMED - shown)]
            found = [
                *batch.found,
                *(self._malformed(place, rows[place - batch.start][2]) for place in named),
            ]
            if wrong is not None:
                mirror.drop_entries_from(self._log, row.verified_size)
                row.size, row.compact_range = row.verified_size, row.verified_range
                found.append(wrong)
            mirror.add(row)
            self._note(findings, found)
        return wrong is None

    def _grow(
        self,
        mirror: MirrorRepository,
        row: MirroredLog,
        leaves: Sequence[bytes],
        checkpoints: Sequence[PinnedCheckpoint],
    ) -> Found | None:
        """Append leaves, comparing the root at each checkpoint; returns the first that differs, if any."""
        grown = CompactRange(row.size, row.compact_range)
        start = row.size
        for checkpoint in checkpoints:
            grown.append(leaves[grown.size - start : checkpoint.size - start])
            root = grown.root()
            is_right = root == checkpoint.root
            outcome = CheckpointOutcome.PASSED if is_right else CheckpointOutcome.FAILED
            mirror.set_outcome(self._log, checkpoint.size, outcome, self._tools.clock())
            if not is_right:
                return build_root_finding(checkpoint, root, row.verified_size, self._block)
            row.verified_size, row.verified_range = grown.size, grown.to_bytes()
        grown.append(leaves[grown.size - start :])
        row.size, row.compact_range = grown.size, grown.to_bytes()
        return None

    def _malformed(self, place: int, entry: bytes) -> Found:
        compared = (Comparison("bytes of an entry", "224, padded with zeros", to_hex(entry[:256])),)
        return Found(FindingCode.ENTRY_MALFORMED, self._log, place, compared, self._block)

    def _note(self, findings: FindingRepository, found: Sequence[Found]) -> None:
        for each in found:
            findings.note(each, self._check)
        self.found += len(found)

    def _close_findings(self, size: int) -> None:
        """Close what was found before where this check has now looked and found nothing."""
        if size <= self.first_position:
            return
        with self._tools.database.writing() as session:
            findings = FindingRepository(session, self._tools.clock)
            # A root is found by its size, an entry by its position (the root at the start isn't compared).
            roots, entries = (self.first_position + 1, size), (self.first_position, size - 1)
            findings.close_unseen(self._log, (FindingCode.ROOT_DIFFERS,), self._check, roots)
            findings.close_unseen(self._log, ENTRY_CODES, self._check, entries)


def find_target(row: MirroredLog) -> int:
    """Return up to which size a log is mirrored: its latest pinned checkpoint that isn't barred."""
    return row.pinned_size if row.closed_size is None else min(row.pinned_size, row.closed_size)


def is_up_to_date(row: MirroredLog) -> bool:
    """Whether a log is pinned up to its head, and stands under a right root as far as it is mirrored."""
    return row.pinned_size == row.head_size and row.verified_size >= find_target(row)


def build_root_finding(checkpoint: PinnedCheckpoint, root: bytes, last_right_size: int, block: int) -> Found:
    """Say that the entries served give another root than the checkpoint's."""
    compared = (
        Comparison(f"root of {checkpoint.size} entries", to_hex(checkpoint.root), to_hex(root)),
        Comparison("last checkpoint with an equal root", str(checkpoint.previous_size), str(last_right_size)),
    )
    return Found(FindingCode.ROOT_DIFFERS, checkpoint.log, checkpoint.size, compared, block)
