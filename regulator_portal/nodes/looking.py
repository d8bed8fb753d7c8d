"""The look at the chain with which each round and job begins: by trust, pins, seals and other nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository
from regulator_portal.mirror.chain_checks import CheckedChain, check_chain, keep_chain_check
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.comparing import NodesCompared, compare_nodes, name_of
from regulator_portal.nodes.lies import build_lie_finding
from regulator_portal.nodes.models import NodeStanding
from regulator_portal.nodes.retiring import retire_forged_blocks
from regulator_portal.nodes.standings import (
    AGREES,
    BEHIND,
    CONTRADICTS,
    OWN_NODE,
    SILENT,
    build_standing,
    keep_standings,
)

OWN_LIES = (
    FindingCode.NODE_PROOF_FAILS,
    FindingCode.NODE_RECEIPTS_FORGED,
    FindingCode.NODE_EVENTS_MISSING,
)
"""What only the own node is ever found to do."""


def look_at_chain(tools: Tools, pin_count: int, check: str) -> CheckedChain:
    """Look at the chain and keep what came of it. Raises ChainError where the node can't be asked."""
    try:
        look = _look(tools, pin_count, check)
    except ChainError as fault:
        _keep_standings(tools, [build_standing(OWN_NODE, SILENT, fault.code)])
        raise
    keep_chain_check(tools.database, tools.clock, look.chain, check)
    _close(tools, look.over, check)
    _keep_standings(tools, [_build_own(tools, look.chain, is_behind=look.is_own_behind), *look.standings])
    return look.chain


@dataclass(frozen=True)
class _Look:
    """What came of a look: the chain, which findings are over, how other nodes stand."""

    chain: CheckedChain
    over: tuple[FindingCode, ...] = ()
    standings: tuple[NodeStanding, ...] = ()
    is_own_behind: bool = False


def _look(tools: Tools, pin_count: int, check: str) -> _Look:
    chain = _check(tools, pin_count)
    try:
        chain = _prove(tools, chain, pin_count, check)
    except NodeLies as lie:
        return _Look(replace(chain, found=(build_lie_finding(lie), *chain.found)))
    over: tuple[FindingCode, ...] = (FindingCode.NODE_PROOF_FAILS,)
    if not chain.is_trusted:
        return _Look(chain, over)
    compared = compare_nodes(tools, chain.header)
    if compared.is_whole:
        over += (FindingCode.NODE_DISAGREES, FindingCode.NODE_STALE)
    return _Look(_note(chain, compared), over, compared.standings, compared.is_own_behind)


def _build_own(tools: Tools, chain: CheckedChain, *, is_behind: bool) -> NodeStanding:
    block = (chain.block_number, tools.node.reader.block_time(chain.block_number))
    outcome, problem = AGREES, None
    if chain.found:
        outcome, problem = CONTRADICTS, chain.found[0].code
    elif (lie := _find_lie(tools)) is not None:
        outcome, problem = CONTRADICTS, lie
    elif is_behind:
        outcome, problem = BEHIND, FindingCode.NODE_STALE
    return build_standing(OWN_NODE, outcome, problem, block=block, header=chain.header)


def _find_lie(tools: Tools) -> FindingCode | None:
    """What the own node said of a log or of events and didn't prove, while that is open."""
    with tools.database.reading() as session:
        found = FindingRepository(session, tools.clock).find_open(OWN_LIES)
    return None if found is None else FindingCode(found.code)


def _keep_standings(tools: Tools, standings: list[NodeStanding]) -> None:
    asked = [OWN_NODE, *(name_of(other) for other in tools.others)]
    keep_standings(tools.database, tools.clock, standings, asked)


def _check(tools: Tools, pin_count: int) -> CheckedChain:
    with tools.database.reading() as session:
        pins = list(MirrorRepository(session).list_latest_blocks(pin_count))
    return check_chain(tools.node, pins)


def _prove(tools: Tools, chain: CheckedChain, pin_count: int, check: str) -> CheckedChain:
    """The chain with its latest block's header by the validators' seals; forged pins are retired by it."""
    proven = tools.find_proven()
    if proven is None:
        return chain
    is_any_retired = retire_forged_blocks(tools, proven, proven.header_at(chain.block_number), check)
    if is_any_retired:
        chain = _check(tools, pin_count)
    return replace(chain, header=proven.header_at(chain.block_number))


def _note(chain: CheckedChain, compared: NodesCompared) -> CheckedChain:
    found = compared.list_found(chain.block_number)
    is_disputed = bool(compared.disagreements) and not compared.is_settled
    distrusted = [each for each in found if is_disputed and each.code == FindingCode.NODE_DISAGREES]
    noted = tuple(each for each in found if each not in distrusted)
    return replace(chain, found=(*chain.found, *distrusted), noted=noted)


def _close(tools: Tools, over: Sequence[FindingCode], check: str) -> None:
    with tools.database.writing() as session:
        findings = FindingRepository(session, tools.clock)
        findings.close_unplaced(over, check)
        findings.close_acknowledged((FindingCode.NODE_PIN_RETIRED,))
