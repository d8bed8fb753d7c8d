"""How a network's nodes are doing, as they say themselves: asked over JSON-RPC, changed in nothing.

Methods are those of Besu's reference ("Public network API methods", "Private network API methods"). How full
the pool is, Besu says by `txpool_besuStatistics`; other engines by `txpool_status`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger_chain.block_headers import rebuild_header
from ledger_chain.connection import ask, connect
from ledger_chain.errors import BadAnswer, ChainError
from ledger_cli.foreign_errors import find_command_error
from ledger_cli.language import Text
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.qbft import SealedHeader, parse_header
from ledger_proofs.types import Address

ASK_WITHIN_S: Final = 5.0
TURNS: Final = 2
"""How many turns of all validators are looked back on."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pool:
    """How many transactions wait at a node, and how many may; None where it doesn't say."""

    waiting: int
    room: int | None


@dataclass(frozen=True, slots=True)
class NodeState:
    """What one node says at one moment, `asked_at` by this machine's clock."""

    url: str
    asked_at: float
    client: str
    chain_id: int
    genesis_hash: str
    height: int
    block_time: int
    peers: int
    validators: tuple[Address, ...]
    pool: Pool | None
    head: SealedHeader | None


@dataclass(frozen=True, slots=True)
class Survey:
    """All nodes at one moment: those that answered, why others didn't, and their latest common blocks."""

    nodes: tuple[NodeState, ...]
    unreached: tuple[tuple[str, Text], ...]
    common: tuple[tuple[str, str], ...]
    """The hash of one block that all should have, by node."""
    common_height: int
    recent: tuple[SealedHeader, ...]

    @property
    def highest(self) -> int:
        """The greatest height that a node states; -1 if none answered."""
        return max((node.height for node in self.nodes), default=-1)

    @property
    def validators(self) -> tuple[Address, ...]:
        """Who seals, as the highest node says."""
        return max(self.nodes, key=lambda node: node.height).validators if self.nodes else ()


def survey_nodes(urls: Sequence[str], clock: Clock = time.time) -> Survey:
    """Ask every node; one that doesn't answer, or nonsense, is listed with the reason."""
    nodes: list[NodeState] = []
    unreached: list[tuple[str, Text]] = []
    for url in urls:
        try:
            nodes.append(_ask_node(url, clock))
        except ChainError as fault:
            unreached.append((url, _reason(fault)))
    common_height = min((node.height for node in nodes), default=0)
    common = []
    for node in nodes:
        try:
            common.append((node.url, str(_get_block(node.url, common_height)["hash"])))
        except ChainError as fault:
            unreached.append((node.url, _reason(fault)))
    return Survey(tuple(nodes), tuple(unreached), tuple(common), common_height, _read_recent(nodes))


def _reason(fault: ChainError) -> Text:
    known = find_command_error(fault)
    return Text(str(fault), str(fault)) if known is None else known.text


def _ask_node(url: str, clock: Clock) -> NodeState:
    head = _get_block(url, "latest")
    asked_at = clock()
    validators = _question(url, "qbft_getValidatorsByBlockNumber", "latest")
    try:
        return NodeState(
            url=url,
            asked_at=asked_at,
            client=str(_question(url, "web3_clientVersion")),
            chain_id=int(_question(url, "eth_chainId"), 16),
            genesis_hash=str(_get_block(url, 0)["hash"]),
            height=int(head["number"], 16),
            block_time=int(head["timestamp"], 16),
            peers=int(_question(url, "net_peerCount"), 16),
            validators=tuple(Address(bytes.fromhex(str(each)[2:])) for each in validators),
            pool=_find_pool(url),
            head=_find_header(head),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise BadAnswer(
            f"The node at {url} gave an answer of a wrong form: {type(fault).__name__}."
        ) from fault


def _find_pool(url: str) -> Pool | None:
    try:
        stated = _question(url, "txpool_besuStatistics")
        return Pool(int(stated["localCount"]) + int(stated["remoteCount"]), int(stated["maxSize"]))
    except (ChainError, KeyError, TypeError, ValueError):
        pass
    try:
        stated = _question(url, "txpool_status")
        # What is queued waits for an earlier nonce, and isn't handed on to other nodes.
        return Pool(int(stated["pending"], 16), None)
    except (ChainError, KeyError, TypeError, ValueError):
        return None


def _read_recent(nodes: Sequence[NodeState]) -> tuple[SealedHeader, ...]:
    """The latest blocks of the highest node, as many as give each validator its turns; or none."""
    if not nodes:
        return ()
    highest = max(nodes, key=lambda node: node.height)
    first = max(1, highest.height - TURNS * len(highest.validators) + 1)
    headers = []
    for number in range(first, highest.height + 1):
        try:
            header = _find_header(_get_block(highest.url, number))
        except ChainError:
            return ()
        if header is None:
            return ()
        headers.append(header)
    return tuple(headers)


def _find_header(block: dict[str, Any]) -> SealedHeader | None:
    content = rebuild_header(block)
    try:
        return None if content is None else parse_header(content)
    except LedgerProofError:
        return None


def _get_block(url: str, number: int | str) -> dict[str, Any]:
    # Besu takes hexadecimal numbers alone (from release 26.6 on).
    named = number if isinstance(number, str) else hex(number)
    block = _question(url, "eth_getBlockByNumber", named, False)
    if not isinstance(block, dict) or not isinstance(block.get("hash"), str):
        raise BadAnswer(f"The node at {url} has no block {named}.")
    return block


def _question(url: str, method: str, *parameters: Any) -> Any:
    return ask(connect(url, ASK_WITHIN_S), url, method, list(parameters))
