"""Other nodes beside the portal's own: do they tell of the same chain?

Compared in every round: the chain's identity and the hash of a block that both have, how far each is, and
the latest checkpoint of every log. Of two nodes that disagree one lies or is on another chain. Where
validators seal the chain their seals tell which; elsewhere nobody can, and nothing is concluded until they
agree.
A node that doesn't answer says nothing, and takes nothing back.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies, ProvenReading
from ledger_chain.reader import ChainReader
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.json_members import to_hex
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.reports import Comparison
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.models import NodeStanding
from regulator_portal.nodes.standings import AGREES, BEHIND, CONTRADICTS, SILENT, build_standing

LAG_BLOCKS: Final = 20
"""A node that is more blocks behind another is stale."""
MOST_NAMED: Final = 20
OWN: Final = "this portal's node"
NONE: Final = "none"


@dataclass(frozen=True)
class NodesCompared:
    """What came of it. `is_whole`: every other node answered, so that what isn't shown is over."""

    disagreements: tuple[Comparison, ...]
    lags: tuple[Comparison, ...]
    is_whole: bool
    is_settled: bool
    """Whether the validators' seals tell that it is the other node which is wrong."""
    standings: tuple[NodeStanding, ...] = ()
    is_own_behind: bool = False

    def list_found(self, block: int) -> list[Found]:
        """List it as findings about nodes."""
        shown = ((FindingCode.NODE_DISAGREES, self.disagreements), (FindingCode.NODE_STALE, self.lags))
        return [Found(code, None, None, each[:MOST_NAMED], block) for code, each in shown if each]


@dataclass(frozen=True)
class _Look:
    """What one other node showed. `forked`: another block, under seals of its own where blocks are sealed."""

    standing: NodeStanding
    forked: tuple[Comparison, ...] = ()
    said: tuple[Comparison, ...] = ()
    lags: tuple[Comparison, ...] = ()
    is_ahead: bool = False


@dataclass(frozen=True)
class _Height:
    number: int
    time: int


def name_of(reader: ChainReader) -> str:
    """Name a node by its host and port, without what else its address may hold."""
    return name_of_url(reader.urls[0])


def name_of_url(url: str) -> str:
    """Name the node at an address."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def compare_nodes(tools: Tools, head: SealedHeader | None) -> NodesCompared:
    """Compare the own node with every other. `head`: the own node's latest header, where seals prove it.

    Raises ChainError where the own node doesn't answer.
    """
    looks = [_look_at(tools, other, head) for other in tools.others]
    # Another block under seals of its own: not even seals tell who is right. What is said of a log they do
    # tell, as the own node's word of it is proven before it counts.
    is_settled = head is not None and not any(look.forked for look in looks)
    silence = _list_silence(tools, head)
    return NodesCompared(
        tuple(each for look in looks for each in (*look.forked, *look.said)),
        (*silence, *(each for look in looks for each in look.lags)),
        all(look.standing.outcome != SILENT for look in looks),
        is_settled,
        tuple(look.standing for look in looks),
        bool(silence) or any(look.is_ahead for look in looks),
    )


def _look_at(tools: Tools, other: ChainReader, head: SealedHeader | None) -> _Look:
    name = name_of(other)
    try:
        own, theirs = _read_height(tools.node.reader), _read_height(other)
        sealed = None
        if head is not None:
            try:
                sealed = ProvenReading(other, tools.trust.trust).header_at(theirs.number)
            except NodeLies as lie:
                what = f"{lie.what} of {name}, as of block {lie.block}"
                code = FindingCode.NODE_PROOF_FAILS
                standing = build_standing(name, CONTRADICTS, code, block=(theirs.number, theirs.time))
                return _Look(standing, said=(Comparison(what, lie.proven, lie.told),))
        forked, said = _compare_chain(tools, other), _compare_heads(tools, other)
        lags = _compare_heights(tools, other, own, theirs)
    except ChainError as fault:
        return _Look(build_standing(name, SILENT, fault.code))
    outcome, problem = AGREES, ""
    if forked or said:
        outcome, problem = CONTRADICTS, FindingCode.NODE_DISAGREES
    elif lags and theirs.number < own.number:
        outcome, problem = BEHIND, FindingCode.NODE_STALE
    standing = build_standing(
        name, outcome, problem or None, block=(theirs.number, theirs.time), header=sealed
    )
    return _Look(standing, tuple(forked), tuple(said), tuple(lags), bool(lags) and theirs.number > own.number)


def _list_silence(tools: Tools, head: SealedHeader | None) -> list[Comparison]:
    """A sealed chain goes on all the time: a latest block that is old is an old state, or a halt."""
    now, allowed = tools.clock(), tools.rules.stale_seconds
    if head is None or now - head.header.timestamp <= allowed:
        return []
    return [
        Comparison(
            f"time of the latest block of {OWN} (Unix seconds)",
            f"at least {now - allowed}",
            str(head.header.timestamp),
        )
    ]


def _compare_chain(tools: Tools, other: ChainReader) -> list[Comparison]:
    own = tools.node.reader
    common = min(own.block_number(), other.block_number())
    pairs = (
        ("chain id", str(own.chain_id()), str(other.chain_id())),
        ("hash of block 0", to_hex(own.genesis_hash()), to_hex(other.genesis_hash())),
        (f"hash of block {common}", to_hex(own.block_hash(common)), to_hex(other.block_hash(common))),
    )
    return [_said(what, mine, theirs, other) for what, mine, theirs in pairs if mine != theirs]


def _compare_heads(tools: Tools, other: ChainReader) -> list[Comparison]:
    """The latest checkpoints. As the chain goes on meanwhile, one that is missing counts by its height."""
    with tools.database.reading() as session:
        logs = [row.log for row in MirrorRepository(session).list_logs()]
    own = tools.node.reader
    before, own_before = {log: own.head(log) for log in logs}, own.block_number()
    other_before = other.block_number()
    theirs, other_after = {log: other.head(log) for log in logs}, other.block_number()
    own_after, after = own.block_number(), {log: own.head(log) for log in logs}
    found = []
    for log in logs:
        is_theirs_missing = other_before >= own_before and _size(theirs[log]) < _size(before[log])
        is_ours_missing = own_after >= other_after and _size(after[log]) < _size(theirs[log])
        is_other = _size(after[log]) == _size(theirs[log]) and after[log] != theirs[log]
        if is_theirs_missing or is_ours_missing or is_other:
            found.append(_said(f"latest checkpoint of log {log}", _say(after[log]), _say(theirs[log]), other))
    return found


def _compare_heights(tools: Tools, other: ChainReader, own: _Height, theirs: _Height) -> list[Comparison]:
    apart, seconds = abs(own.number - theirs.number), abs(own.time - theirs.time)
    if apart <= LAG_BLOCKS and (apart == 0 or seconds <= tools.rules.stale_seconds):
        return []
    return [_said("latest block", str(own.number), str(theirs.number), other)]


def _read_height(reader: ChainReader) -> _Height:
    number = reader.block_number()
    return _Height(number, reader.block_time(number))


def _said(what: str, mine: str, theirs: str, other: ChainReader) -> Comparison:
    return Comparison(f"{what}: {OWN}, and {name_of(other)}", mine, theirs)


def _size(checkpoint: Checkpoint | None) -> int:
    return 0 if checkpoint is None else checkpoint.size


def _say(checkpoint: Checkpoint | None) -> str:
    return NONE if checkpoint is None else f"{checkpoint.size}, {to_hex(checkpoint.root)}"
