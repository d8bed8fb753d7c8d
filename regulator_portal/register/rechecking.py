"""The recheck of the register: all its events read again, and compared with those that were kept.

An event that was kept and isn't told any more, one that is told and wasn't before, and one that says
something else are each a finding of their block: on an honest chain none can be.
"""

from ledger_chain.proven_reading import NodeLies
from ledger_chain.register_events import RegisterEvent
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.lies import build_lie_finding, explain_lie
from regulator_portal.register.mirroring import BLOCKS_AT_A_TIME
from regulator_portal.register.models import RegisterState
from regulator_portal.register.repository import Place, RegisterRepository
from regulator_portal.register.rows import digest_of
from regulator_portal.register.telling import read_span

MOST_NAMED = 20
"""How many changed events one recheck names."""
MISSING = "none"


class RegisterRechecking:
    """Rechecks all that is mirrored, a span at a time; where it is stands in the mirror's row."""

    def __init__(self, tools: Tools, check: str) -> None:
        self._tools = tools
        self._check = check
        self._named = 0

    def advance(self) -> bool:
        """Recheck one span; return whether that was all. Raises ChainError."""
        with self._tools.database.reading() as session:
            row = RegisterRepository(session).find_mirror()
        if row is None or row.as_of_block is None:
            return True
        first = row.rechecked_block or 0
        if first > row.as_of_block:
            self._finish()
            return True
        last = min(first + BLOCKS_AT_A_TIME - 1, row.as_of_block)
        told = {
            (event.place.block_number, event.place.log_index): digest_of(event)
            for event in self._read(first, last)
        }
        with self._tools.database.writing() as session:
            register = RegisterRepository(session)
            found = self._compare(register.list_digests(first, last), told, row.as_of_block)
            findings = FindingRepository(session, self._tools.clock)
            for each in found[: MOST_NAMED - self._named]:
                findings.note(each, self._check)
            self._named = min(MOST_NAMED, self._named + len(found))
            fresh = register.get_mirror()
            fresh.rechecked_block = last + 1
            if found:
                fresh.state, fresh.problem = RegisterState.FAILED, FindingCode.REGISTER_EVENT_CHANGED
            register.add(fresh)
        return False

    def _read(self, first: int, last: int) -> list[RegisterEvent]:
        """Read a span's events; what a node tells otherwise than is proven is its finding."""
        try:
            return read_span(self._tools, first, last)
        except NodeLies as lie:
            found = build_lie_finding(lie, place=lie.block)
            with self._tools.database.writing() as session:
                FindingRepository(session, self._tools.clock).note(found, self._check)
            raise explain_lie(found.code) from None

    def _compare(self, kept: dict[Place, bytes], told: dict[Place, bytes], as_of: int) -> list[Found]:
        found = []
        for place in sorted(kept.keys() | told.keys()):
            ours, theirs = kept.get(place), told.get(place)
            if ours != theirs:
                compared = (
                    Comparison(
                        f"SHA-256 of event {place[1]} of the block",
                        MISSING if ours is None else to_hex(ours),
                        MISSING if theirs is None else to_hex(theirs),
                    ),
                )
                found.append(Found(FindingCode.REGISTER_EVENT_CHANGED, None, place[0], compared, as_of))
        return found

    def _finish(self) -> None:
        with self._tools.database.writing() as session:
            findings = FindingRepository(session, self._tools.clock)
            findings.close_unseen(None, (FindingCode.REGISTER_EVENT_CHANGED,), self._check)
            register = RegisterRepository(session)
            row = register.get_mirror()
            row.rechecked_block, row.rechecked_at = None, self._tools.clock()
            if not self._named and row.state == RegisterState.FAILED:
                row.state, row.problem = RegisterState.PASSED, None
            register.add(row)
