"""The own node beside others': do they tell of the same chain, and is each as far as the other?

Of two nodes that disagree one lies or is on another chain. Where validators seal the chain their seals tell
which, and a sealed block of another node proves how far the chain is. A node that doesn't answer says
nothing.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ledger_api.nodes.errors import HeadTooOld, NodeStale
from ledger_api.nodes.held import HeldNode
from ledger_api.nodes.problems import (
    DISAGREES,
    OTHER_NOT_PROVEN,
    OTHER_STALE,
    OWN,
    NodeProblem,
    build_problem,
)
from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies, TrustOutdated
from ledger_chain.reader import ChainReader
from ledger_proofs.json_members import to_hex

LAG_BLOCKS: Final = 20
"""A node that is more blocks behind another is stale."""


@dataclass(frozen=True)
class NodesCompared:
    """What is wrong, and how many of the other nodes could be asked."""

    problems: list[NodeProblem]
    answered: int


@dataclass(frozen=True)
class Height:
    """A node's latest block."""

    number: int
    time: int


def name_of(reader: ChainReader) -> str:
    """Name a node by its host and port, without what else its address may hold."""
    parts = urlsplit(reader.urls[0])
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def compare_nodes(held: HeldNode, own: ChainReader, others: tuple[ChainReader, ...]) -> NodesCompared:
    """Look at the own node, and at each other beside it. Raises ChainError where the own doesn't answer."""
    found: list[NodeProblem] = []
    try:
        height = _read_own(held, own)
    except (NodeLies, HeadTooOld, TrustOutdated) as fault:
        found.append(build_problem(fault))
        number = own.block_number()
        height = Height(number, own.block_time(number))
    answered = 0
    for other in others:
        try:
            found += _compare(held, own, height, other)
        except NodeLies as lie:
            found.append(NodeProblem(OTHER_NOT_PROVEN, name_of(other), lie.what, lie.block))
        except ChainError:
            continue
        answered += 1
    return NodesCompared(list({each.key: each for each in found}.values()), answered)


def _read_own(held: HeldNode, own: ChainReader) -> Height:
    proven = held.find_proven(own)
    if proven is not None:
        head = held.get_head(proven)
        return Height(head.number, head.header.timestamp)
    number = own.block_number()
    return Height(number, own.block_time(number))


def _compare(held: HeldNode, own: ChainReader, height: Height, other: ChainReader) -> list[NodeProblem]:
    theirs = _read_other(held, other)
    name, common = name_of(other), min(height.number, theirs.number)
    pairs = (
        ("chain id", str(own.chain_id()), str(other.chain_id())),
        ("hash of block 0", to_hex(own.genesis_hash()), to_hex(other.genesis_hash())),
        (f"hash of block {common}", to_hex(own.block_hash(common)), to_hex(other.block_hash(common))),
    )
    found = [
        NodeProblem(DISAGREES, name, f"{what}: own {mine}, other {told}", common)
        for what, mine, told in pairs
        if mine != told
    ]
    behind, seconds = theirs.number - height.number, theirs.time - height.time
    if behind > LAG_BLOCKS or (behind > 0 and seconds > held.stale_seconds):
        what = f"own block {height.number}, {name} has {theirs.number}"
        found.append(NodeProblem(NodeStale.code, OWN, what, height.number))
    elif -behind > LAG_BLOCKS or (behind < 0 and -seconds > held.stale_seconds):
        what = f"its block {theirs.number}, the own node has {height.number}"
        found.append(NodeProblem(OTHER_STALE, name, what, theirs.number))
    return found


def _read_other(held: HeldNode, other: ChainReader) -> Height:
    """Another node's latest block; a sealed one shows how far the own node must be, but for some blocks."""
    proven = held.find_proven(other)
    if proven is None:
        number = other.block_number()
        return Height(number, other.block_time(number))
    head = proven.latest_header()
    held.note_sealed(head.number - LAG_BLOCKS)
    return Height(head.number, head.header.timestamp)
