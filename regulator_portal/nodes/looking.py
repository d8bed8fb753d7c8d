"""The look at the chain with which each round and job begins: by trust, pins, seals and other nodes."""

from dataclasses import replace

from ledger_chain.proven_reading import NodeLies
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository
from regulator_portal.mirror.chain_checks import CheckedChain, check_chain, keep_chain_check
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.comparing import compare_nodes
from regulator_portal.nodes.lies import build_lie_finding
from regulator_portal.nodes.retiring import retire_forged_blocks


def look_at_chain(tools: Tools, pin_count: int, check: str) -> CheckedChain:
    """Look at the chain and keep what came of it. Raises ChainError where the node can't be asked."""
    chain = _check(tools, pin_count)
    over: list[FindingCode] = []
    try:
        chain = _prove(tools, chain, pin_count, check)
    except NodeLies as lie:
        chain = replace(chain, found=(build_lie_finding(lie), *chain.found))
    else:
        over.append(FindingCode.NODE_PROOF_FAILS)
        if chain.is_trusted:
            chain, is_whole = _compare(tools, chain)
            over += (FindingCode.NODE_DISAGREES, FindingCode.NODE_STALE) if is_whole else ()
    keep_chain_check(tools.database, tools.clock, chain, check)
    _close(tools, over, check)
    return chain


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


def _compare(tools: Tools, chain: CheckedChain) -> tuple[CheckedChain, bool]:
    compared = compare_nodes(tools, chain.header)
    found = compared.list_found(chain.block_number)
    is_disputed = bool(compared.disagreements) and not compared.is_settled
    distrusted = [each for each in found if is_disputed and each.code == FindingCode.NODE_DISAGREES]
    noted = tuple(each for each in found if each not in distrusted)
    return replace(chain, found=(*chain.found, *distrusted), noted=noted), compared.is_whole


def _close(tools: Tools, over: list[FindingCode], check: str) -> None:
    with tools.database.writing() as session:
        findings = FindingRepository(session, tools.clock)
        findings.close_unplaced(over, check)
        findings.close_acknowledged((FindingCode.NODE_PIN_RETIRED,))
