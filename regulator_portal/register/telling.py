"""What nodes tell of the register's events: whether all, by sealed blocks' receipts or other nodes."""

from collections.abc import Sequence
from typing import Final

from ledger_chain.contracts import ContractName
from ledger_chain.errors import BadAnswer, ChainError
from ledger_chain.reader import ChainReader
from ledger_chain.register_events import RegisterEvent, parse_register_event, read_register_events
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.comparing import NONE, OWN, name_of
from regulator_portal.register.repository import Place
from regulator_portal.register.rows import digest_of

MOST_NAMED: Final = 20


def read_span(tools: Tools, first: int, last: int) -> list[RegisterEvent]:
    """Read the events of some blocks by the own node. Raises ChainError, `NodeLies` if they aren't all."""
    reader = tools.node.reader
    told = reader.raw_events(ContractName.CLAIM_REGISTER, first, last)
    if any(not first <= each.block_number <= last for each in told):
        raise BadAnswer("The node gives events of blocks that weren't asked for.")
    proven = tools.find_proven()
    if proven is not None:
        proven.verify_register_events(first, last, told)
    return [parse_register_event(each) for each in told]


def find_differing_events(
    tools: Tools, first: int, last: int, events: Sequence[RegisterEvent]
) -> Found | None:
    """Compare events with what every other node tells of the same blocks; one that is silent says nothing."""
    ours = _digests(events)
    for other in tools.others:
        try:
            theirs = _read_other(other, first, last)
        except ChainError:
            continue
        if theirs is None or theirs == ours:
            continue
        places = sorted(each for each in ours.keys() | theirs.keys() if ours.get(each) != theirs.get(each))
        compared = tuple(
            Comparison(
                f"SHA-256 of event {index} of block {block}: {OWN}, and {name_of(other)}",
                _say(ours.get((block, index))),
                _say(theirs.get((block, index))),
            )
            for block, index in places[:MOST_NAMED]
        )
        return Found(FindingCode.NODE_EVENTS_MISSING, None, places[0][0], compared, last)
    return None


def _read_other(other: ChainReader, first: int, last: int) -> dict[Place, bytes] | None:
    """None where that node hasn't come to the last block yet."""
    if other.block_number() < last:
        return None
    return _digests(list(read_register_events(other, first, last)))


def _digests(events: Sequence[RegisterEvent]) -> dict[Place, bytes]:
    return {(each.place.block_number, each.place.log_index): digest_of(each) for each in events}


def _say(digest: bytes | None) -> str:
    return NONE if digest is None else to_hex(digest)
