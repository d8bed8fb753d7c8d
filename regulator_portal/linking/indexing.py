"""The index of mirrored entries: which claims an entry carries, and which records there are to link.

Only entries under a checkpoint with an equal root are indexed, so that nothing is ever taken back. A batch is
one transaction, which also moves the mark of how far the log is indexed.
"""

from ledger_proofs.claims import claim_key
from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import find_kind
from regulator_portal.linking.models import ClaimOrigin, LinkedRecord
from regulator_portal.linking.repository import JUDGED_KINDS, LinkRepository
from regulator_portal.mirror.models import MirroredLog
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools

ENTRIES_AT_A_TIME = 512


class Indexing:
    """Indexes what was mirrored since it was last done, a batch at a time."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def advance(self) -> bool:
        """Index one batch of one log; return whether there was none."""
        with self._tools.database.reading() as session:
            links = LinkRepository(session, self._tools.clock)
            waiting = [
                (log, max(log.base_size, links.get_indexed(log.log).size))
                for log in MirrorRepository(session).list_logs()
            ]
        for log, start in waiting:
            if start < log.verified_size:
                self._index(log, start, min(log.verified_size, start + ENTRIES_AT_A_TIME))
                return False
        return True

    def _index(self, log: MirroredLog, start: int, stop: int) -> None:
        tools = self._tools
        with tools.database.reading() as session:
            entries = MirrorRepository(session).list_entry_bytes(log.log, start, stop)
        claims = [
            claim
            for position, entry in enumerate(entries, start=start)
            for claim in _list_claims(log, position, entry)
        ]
        with tools.database.writing() as session:
            links, mirror = LinkRepository(session, tools.clock), MirrorRepository(session)
            mark = links.get_indexed(log.log)
            if max(log.base_size, mark.size) != start:
                return  # another process has been here meanwhile
            links.add_unless_there(claims)
            for position, entry in enumerate(entries, start=start):
                _note_record(links, mirror, tools.clock(), log, position, entry)
            mark.size = stop
            links.add(mark)


def _list_claims(log: MirroredLog, position: int, content: bytes) -> list[ClaimOrigin]:
    try:
        entry = parse_entry(content)
    except MalformedInput:
        return []
    kind = find_kind(entry.kind)
    if kind is None or not 0 < entry.claim_count <= kind.max_claim_count:
        return []  # can never be used (protocol 3)
    return [
        ClaimOrigin(
            claim=claim_key(log.institution, entry.kind, entry.record, entry.not_before, ordinal),
            log=log.log,
            position=position,
            ordinal=ordinal,
        )
        for ordinal in range(entry.claim_count)
    ]


def _note_record(
    links: LinkRepository, mirror: MirrorRepository, now: int, log: MirroredLog, position: int, content: bytes
) -> None:
    """Note the record of an entry, but for those that only carry claims: they are found by their claims."""
    try:
        entry = parse_entry(content)
    except MalformedInput:
        return
    if entry.kind == 1:
        return
    row = links.find(entry.record, log.institution)
    if row is not None and row.log is not None:
        return  # logged twice, or anew in a successor log: the first stands
    holding = mirror.find_checkpoint_holding(log.log, position)
    if row is None:
        seen_at = now if holding is None else holding.anchored_at
        row = LinkedRecord(
            commitment=entry.record, institution=log.institution, kind=entry.kind, seen_at=seen_at, rulings=[]
        )
    row.kind, row.terms = entry.kind, entry.terms
    row.log, row.position = log.log, position
    row.anchored_at = None if holding is None else holding.anchored_at
    if entry.kind in JUDGED_KINDS:
        row.due_at = now
    links.add(row)
