"""The recheck of one log: all over again from its first position, against the own copy and every pin.

1. Every pinned checkpoint is asked for anew: the chain must say the same.
2. Every entry is fetched anew: it must be the one that was kept.
3. The root is computed anew at every pinned checkpoint: from the own copy, and, where the gateway now serves
   something else, from what it serves.
4. Where a person asked for it, the evidence of every entry is fetched and verified anew.
Progress stands in the job's row (`done` checkpoints, entries, evidence), with the compact range so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs.tiles import TILE_WIDTH
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.identity.principal import SYSTEM
from regulator_portal.jobs.models import Job
from regulator_portal.jobs.service import JobRepository
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.compact_range import CompactRange, hash_leaves
from regulator_portal.mirror.comparing import MOST_CHANGED_NAMED, list_changed
from regulator_portal.mirror.mirroring import TILES_AT_A_TIME, build_root_finding
from regulator_portal.mirror.models import CheckpointOutcome, MirroredLog
from regulator_portal.mirror.pinning import compare_pin
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.successors import build_base_range
from regulator_portal.mirror.sweeping import ENTRIES_AT_A_TIME, Sweeping
from regulator_portal.mirror.tile_entries import fetch_tile
from regulator_portal.mirror.tools import Tools
from regulator_portal.mirror.withholding import build_hole_finding
from regulator_portal.sources.gateway import GatewayClient

PINS_AT_A_TIME = 128
MOST_HOLES_NAMED = 20
"""How many holes one recheck names: a gateway that hands nothing out has one in every tile."""
HOLE_CODES = (FindingCode.ENTRIES_WITHHELD, FindingCode.ENTRY_MALFORMED)


@dataclass(frozen=True)
class Served:
    """What a gateway serves of a stretch of the log now, with what is kept of it."""

    start: int
    kept: Sequence[bytes]
    served: Sequence[bytes]
    found: tuple[Found, ...]

    @property
    def is_same(self) -> bool:
        """Whether all of it is served as it was kept."""
        return list(self.kept) == list(self.served)


class Rechecking:
    """Rechecks one log for one job, a batch at a time."""

    def __init__(self, tools: Tools, job: Job, chain: CheckedChain) -> None:
        self._tools = tools
        self._job = job.id
        self._log = job.log
        self._chain = chain
        self._served_range: CompactRange | None = None
        self._changes_left, self._holes_left = self._count_left()
        self._first, self._count, self._pin_count, self._has_evidence = self._plan(job)

    @property
    def total(self) -> int:
        """How many checkpoints, entries and pieces of evidence are compared."""
        return self._pin_count + self._count * (2 if self._has_evidence else 1)

    def advance(self) -> bool:
        """Recheck one batch; return whether that was all.

        Raises GatewayUnusable, CouldNotCheck or ChainError.
        """
        with self._tools.database.reading() as session:
            job = JobRepository(session).get(self._job)
        entries_done = job.done - self._pin_count
        if entries_done < 0:
            self._recheck_pins(job.done)
        elif entries_done < self._count:
            self._recheck_entries(job, self._first + entries_done)
        elif job.done < self.total:
            self._recheck_evidence(job.done, self._first + entries_done - self._count)
        else:
            self._finish()
            return True
        return False

    def _plan(self, job: Job) -> tuple[int, int, int, bool]:
        """Say what is gone over, as the job's row has it: an interrupted recheck goes on with the same."""
        with self._tools.database.writing() as session:
            mirror, jobs = MirrorRepository(session), JobRepository(session)
            row, job = mirror.get_log(self._log), jobs.get(self._job)
            if job.total == 0:
                job.has_evidence = job.asked_by != SYSTEM
                job.pin_count = mirror.count_checkpoints(self._log)
                count = row.verified_size - row.base_size
                job.total = job.pin_count + count * (2 if job.has_evidence else 1)
                jobs.add(job)
            rest = job.total - job.pin_count
            return row.base_size, rest // (2 if job.has_evidence else 1), job.pin_count, job.has_evidence

    def _count_left(self) -> tuple[int, int]:
        """How many changes and holes may still be named: what an interrupted recheck named counts too."""
        with self._tools.database.reading() as session:
            findings = FindingRepository(session, self._tools.clock)
            changes = findings.count_shown(self._log, (FindingCode.ENTRY_CHANGED,), self._job)
            holes = findings.count_shown(self._log, HOLE_CODES, self._job)
        return max(0, MOST_CHANGED_NAMED - changes), max(0, MOST_HOLES_NAMED - holes)

    @property
    def _end(self) -> int:
        return self._first + self._count

    def _recheck_evidence(self, done: int, position: int) -> None:
        sweep = Sweeping(self._tools, self._log, self._job)
        stop = min(self._end, position + ENTRIES_AT_A_TIME)
        sweep.verify_batch(range(position, stop))
        self._keep(done + stop - position, None, [], sweep.found)

    def _read_row(self) -> MirroredLog:
        with self._tools.database.reading() as session:
            return MirrorRepository(session).get_log(self._log)

    def _recheck_pins(self, done: int) -> None:
        with self._tools.database.reading() as session:
            # No more than were planned: a log that grew while this one waited has further pins by now.
            count = min(PINS_AT_A_TIME, self._pin_count - done)
            pins = MirrorRepository(session).list_checkpoints_from(self._log, done, count)
        found = [compare_pin(self._tools, pin, self._chain) for pin in pins]
        self._keep(done + len(pins), None, [each for each in found if each is not None])

    def _recheck_entries(self, job: Job, position: int) -> None:
        row = self._read_row()
        own = build_base_range(self._tools, row) if position == self._first else None
        own = own or CompactRange(position, job.compact_range)
        stretch = self._fetch(self._tools.client_of(row.institution), position)
        if self._served_range is None and not stretch.is_same and stretch.served:
            self._served_range = own.copy()
        found = [*stretch.found, *self._compare_roots(own, stretch)]
        self._keep(self._pin_count + own.size - self._first, own, found)

    def _fetch(self, client: GatewayClient, position: int) -> Served:
        """Fetch a stretch of tiles; a hole is named, and the rest of its tile passed over."""
        served: list[bytes] = []
        found: list[Found] = []
        start = position
        has_hole = False
        stop = min(self._end, (position // TILE_WIDTH + TILES_AT_A_TIME) * TILE_WIDTH)
        with self._tools.database.reading() as session:
            kept = MirrorRepository(session).list_entry_bytes(self._log, start, stop)
        if len(kept) != stop - start:
            raise LookupError("the portal's own copy has lost entries")
        while position < stop:
            first = position // TILE_WIDTH * TILE_WIDTH
            width = min(TILE_WIDTH, self._end - first)
            fetched = fetch_tile(client, self._log, position // TILE_WIDTH, width)
            entries = fetched.entries[position - first :]
            found += self._name_changes(position, kept[position - start :], entries)
            if not has_hole:
                served += entries
            if len(fetched.entries) < width:
                has_hole = True
                hole = max(position, first + len(fetched.entries))
                block = self._chain.block_number
                found += self._name_hole(build_hole_finding(fetched, self._log, hole, self._end, block))
            position = first + width
        return Served(start, kept, served, tuple(found))

    def _name_hole(self, hole: Found) -> list[Found]:
        named = [hole][: self._holes_left]
        self._holes_left -= len(named)
        return named

    def _name_changes(self, position: int, kept: Sequence[bytes], served: Sequence[bytes]) -> list[Found]:
        changed = list_changed(self._log, position, kept[: len(served)], served, self._chain.block_number)
        changed = changed[: self._changes_left]
        self._changes_left -= len(changed)
        return changed

    def _compare_roots(self, own: CompactRange, stretch: Served) -> list[Found]:
        """Grow both ranges over the stretch; list the checkpoints whose root they don't have."""
        end = stretch.start + len(stretch.kept)
        with self._tools.database.reading() as session:
            pins = MirrorRepository(session).list_checkpoints_within(self._log, stretch.start, end)
        own_leaves, served_leaves = hash_leaves(stretch.kept), hash_leaves(stretch.served)
        found: list[Found] = []
        for pin in pins:
            if pin.outcome == CheckpointOutcome.BARRED:
                continue
            own.append(own_leaves[own.size - stretch.start : pin.size - stretch.start])
            if own.root() != pin.root:
                found.append(build_root_finding(pin, own.root(), pin.previous_size, self._chain.block_number))
            served = self._served_range
            if served is not None:
                served.append(served_leaves[served.size - stretch.start : pin.size - stretch.start])
                if served.size != pin.size:
                    self._served_range = None  # a hole
                elif served.root() != pin.root:  # the first is told: all later ones differ with it
                    if not found:
                        block = self._chain.block_number
                        found.append(build_root_finding(pin, served.root(), pin.previous_size, block))
                    self._served_range = None
        own.append(own_leaves[own.size - stretch.start :])
        if self._served_range is not None:
            self._served_range.append(served_leaves[self._served_range.size - stretch.start :])
            if self._served_range.size != own.size:
                self._served_range = None  # a hole: what is served has no root beyond it
        return found

    def _keep(self, done: int, own: CompactRange | None, found: Sequence[Found], noted: int = 0) -> None:
        """One transaction: how far it has come, and what was found."""
        with self._tools.database.writing() as session:
            jobs = JobRepository(session)
            job = jobs.get(self._job)
            job.done = done
            if own is not None:
                job.compact_range = own.to_bytes()
            job.findings += len(found) + noted
            jobs.add(job)
            findings = FindingRepository(session, self._tools.clock)
            for each in found:
                findings.note(each, self._job)

    def _finish(self) -> None:
        """Close what this recheck no longer shows, as far as it has really looked.

        What isn't handed out can't be compared: while there is a hole no change is taken back, else a
        gateway would clear itself by handing out nothing.
        """
        with self._tools.database.writing() as session:
            findings = FindingRepository(session, self._tools.clock)
            mirror = MirrorRepository(session)
            findings.close_unseen(self._log, (FindingCode.PIN_DIFFERS,), self._job)
            if findings.count_shown(self._log, HOLE_CODES, self._job) == 0:
                findings.close_unseen(self._log, (FindingCode.ROOT_DIFFERS,), self._job, (0, self._end))
                if self._changes_left:  # else more differ than were named
                    findings.close_unseen(self._log, (FindingCode.ENTRY_CHANGED,), self._job)
                last = self._end - 1
                findings.close_unseen(self._log, (FindingCode.ENTRIES_WITHHELD,), self._job, (0, last))
                self._close_malformed(findings, mirror)
            row = mirror.get_log(self._log)
            row.rechecked_at = self._tools.clock()
            mirror.add(row)

    def _close_malformed(self, findings: FindingRepository, mirror: MirrorRepository) -> None:
        """Close malformed tiles that are handed out well now; an entry kept malformed stays found."""
        for finding in findings.list_open_of(self._log, FindingCode.ENTRY_MALFORMED):
            place = finding.place
            if place is None or not self._first <= place < self._end:
                continue
            entry = mirror.find_entry(self._log, place)
            if entry is not None and entry.kind:
                findings.close_unseen(self._log, (FindingCode.ENTRY_MALFORMED,), self._job, (place, place))
