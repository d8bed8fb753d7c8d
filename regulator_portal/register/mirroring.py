"""The mirror of the register: every event of the claim register, read by the portal's own node.

A span of blocks is one transaction, which also moves the mark of how far the mirror is: whenever the process
ends, the row says where to go on. Only blocks up to one that the round has checked and pinned are read; that
block's hash binds all before it, so that a chain rewritten below is noticed by the checks of the pins.
"""

import uuid
from collections.abc import Sequence
from typing import NoReturn

from ledger_chain.errors import BadAnswer
from ledger_chain.proven_reading import NodeLies
from ledger_chain.register_events import RegisterEvent
from ledger_proofs.types import MAX_JSON_INTEGER
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.tools import CouldNotCheck, Tools
from regulator_portal.nodes.lies import REGISTER_LIES, build_lie_finding, explain_lie
from regulator_portal.register.models import RegisterAct, RegisterRefusal, RegisterState
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.register.rows import build_rows
from regulator_portal.register.telling import find_differing_events, read_span

BLOCKS_AT_A_TIME = 500
OTHER_CHAIN = CouldNotCheck(
    "register.other_chain",
    "The node's chain isn't the one that the register's events were mirrored from.",
    "节点所在的链不是此前镜像登记合约事件的那条链。",
)


class RegisterMirroring:
    """Goes on with the register's mirror up to a checked block, a span at a time."""

    def __init__(self, tools: Tools, chain: CheckedChain) -> None:
        self._tools = tools
        self._chain = chain
        self._check = str(uuid.uuid4())

    def advance(self) -> bool:
        """Mirror the next span; return whether there is nothing more. Raises ChainError or CouldNotCheck."""
        with self._tools.database.reading() as session:
            row = RegisterRepository(session).find_mirror()
        first = 0 if row is None else row.next_block
        kept_hash = None if row is None else row.block_hash
        if first > self._chain.block_number:
            self._finish()
            return True
        reader = self._tools.node.reader
        if kept_hash is not None and reader.block_hash(first - 1) != kept_hash:
            raise OTHER_CHAIN
        last = min(first + BLOCKS_AT_A_TIME - 1, self._chain.block_number)
        events = self._read_events(first, last)
        times = find_block_times(self._tools, events)
        last_hash, last_time = reader.block_hash(last), reader.block_time(last)
        if last_time > MAX_JSON_INTEGER:
            raise BadAnswer("The node states a block time that no calendar has.")
        self._keep(first, last, events, times, last_hash, last_time)
        return False

    def _read_events(self, first: int, last: int) -> list[RegisterEvent]:
        """Read a span's events, held to the sealed blocks' receipts, else to other nodes' events."""
        try:
            events = read_span(self._tools, first, last)
        except NodeLies as lie:
            self._refuse(build_lie_finding(lie, place=lie.block))
        if self._tools.find_proven() is None:
            differing = find_differing_events(self._tools, first, last, events)
            if differing is not None:
                self._refuse(differing)
        return events

    def _refuse(self, found: Found) -> NoReturn:
        """Note that the node's events aren't to be believed: none of the span is kept."""
        with self._tools.database.writing() as session:
            FindingRepository(session, self._tools.clock).note(found, self._check)
        raise explain_lie(found.code)

    def _keep(
        self,
        first: int,
        last: int,
        events: Sequence[RegisterEvent],
        times: dict[int, int],
        last_hash: bytes,
        last_time: int,
    ) -> None:
        tools = self._tools
        with tools.database.writing() as session:
            register, links = RegisterRepository(session), LinkRepository(session, tools.clock)
            row = register.get_mirror()
            if row.next_block != first:
                return  # another process has been here meanwhile: go on from where it came to
            for event in events:
                for each in build_rows(event, times[event.place.block_number]):
                    register.add(each)
                    if isinstance(each, RegisterAct):
                        links.note_act(each)
                        row.act_count += 1
                    elif isinstance(each, RegisterRefusal):
                        links.note_refusal(each.subject)
                        row.refusal_count += 1
            row.next_block, row.block_hash, row.block_time = last + 1, last_hash, last_time
            row.checked_at = tools.clock()
            register.add(row)

    def _finish(self) -> None:
        with self._tools.database.writing() as session:
            register = RegisterRepository(session)
            row = register.get_mirror()
            if row.state != RegisterState.FAILED:
                row.state, row.problem, row.problem_en, row.problem_zh = RegisterState.PASSED, None, "", ""
            row.checked_at = self._tools.clock()
            register.add(row)
            findings = FindingRepository(session, self._tools.clock)
            findings.close_unseen(None, REGISTER_LIES, self._check, (0, MAX_JSON_INTEGER))


def find_block_times(tools: Tools, events: Sequence[RegisterEvent]) -> dict[int, int]:
    """Ask for the times of the blocks in which events stand. Raises BadAnswer if they are other blocks."""
    reader = tools.node.reader
    times: dict[int, int] = {}
    for event in events:
        number = event.place.block_number
        if number in times:
            continue
        if reader.block_hash(number) != event.place.block_hash:
            raise BadAnswer("The node gives events of another block than it has of that number.")
        times[number] = reader.block_time(number)
    return times


def note_problem(tools: Tools, problem: CouldNotCheck) -> None:
    """Keep that nothing can be said of the register now."""
    with tools.database.writing() as session:
        register = RegisterRepository(session)
        row = register.get_mirror()
        row.state = RegisterState.COULD_NOT_CHECK
        row.problem, row.problem_en, row.problem_zh = problem.code, problem.en, problem.zh
        row.checked_at = tools.clock()
        register.add(row)
