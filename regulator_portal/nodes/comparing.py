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

    def list_found(self, block: int) -> list[Found]:
        """List it as findings about nodes."""
        shown = ((FindingCode.NODE_DISAGREES, self.disagreements), (FindingCode.NODE_STALE, self.lags))
        return [Found(code, None, None, each[:MOST_NAMED], block) for code, each in shown if each]


@dataclass(frozen=True)
class _Height:
    number: int
    time: int


def name_of(reader: ChainReader) -> str:
    """Name a node by its host and port, without what else its address may hold."""
    parts = urlsplit(reader.urls[0])
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def compare_nodes(tools: Tools, head: SealedHeader | None) -> NodesCompared:
    """Compare the own node with every other. `head`: the own node's latest header, where seals prove it.

    Raises ChainError where the own node doesn't answer.
    """
    disagreements: list[Comparison] = []
    lags = _list_silence(tools, head)
    is_whole = is_settled = True
    for other in tools.others:
        try:
            if head is not None:
                lie = _find_lie(tools, other)
                if lie is not None:
                    what = f"{lie.what} of {name_of(other)}, as of block {lie.block}"
                    disagreements.append(Comparison(what, lie.proven, lie.told))
                    continue
            found = [*_compare_chain(tools, other), *_compare_heads(tools, other)]
            lags += _compare_heights(tools, other)
        except ChainError:
            is_whole = False
            continue
        # An other node with seals of its own that says something else: not even seals tell who is right.
        is_settled = is_settled and not found
        disagreements += found
    return NodesCompared(tuple(disagreements), tuple(lags), is_whole, is_settled and head is not None)


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


def _find_lie(tools: Tools, other: ChainReader) -> NodeLies | None:
    """Whether the other node's own latest header isn't sealed: then its word counts for nothing."""
    try:
        ProvenReading(other, tools.trust.trust).header_at(other.block_number())
    except NodeLies as lie:
        return lie
    return None


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


def _compare_heights(tools: Tools, other: ChainReader) -> list[Comparison]:
    own, theirs = _read_height(tools.node.reader), _read_height(other)
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
