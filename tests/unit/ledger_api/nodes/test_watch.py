"""Nodes side by side: what differs is shown, measured, logged and audited, until it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import structlog
from sqlmodel import select
from structlog.testing import capture_logs

from ledger_api.audit.models import AuditEntry
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.nodes.comparing import LAG_BLOCKS, compare_nodes
from ledger_api.nodes.held import HeldNode
from ledger_api.nodes.problems import LINGER_SECONDS, NodeProblems
from ledger_api.nodes.watch import NodeWatch
from ledger_api.observability.metrics import Metrics
from ledger_chain.errors import ChainUnreachable
from ledger_chain.proven_reading import NodeLies
from ledger_chain.reader import ChainReader
from ledger_proofs.types import Hash
from ledger_web.readiness import PartState
from tests.factories import build_scene
from tests.gateway_support import FIRST, SECOND, GatewayUnderTest

NOW = 1_800_000_000


class Node:
    """A node as it answers plainly."""

    def __init__(self, name: str, number: int = 100, *, time: int = NOW, chain: bytes = b"\x01") -> None:
        self.urls = (f"http://somebody:secret@{name}:8545/path",)
        self.number, self.time, self.chain, self.is_silent = number, time, chain, False

    def block_number(self) -> int:
        if self.is_silent:
            raise ChainUnreachable("no answer")
        return self.number

    def block_time(self, _number: int) -> int:
        return self.time

    def chain_id(self) -> int:
        return 7

    def genesis_hash(self) -> Hash:
        return Hash(b"\x00" * 32)

    def block_hash(self, number: int) -> Hash:
        return Hash((self.chain + number.to_bytes(8, "big")).ljust(32, b"\x00"))


def reader(node: Node) -> ChainReader:
    return cast("ChainReader", node)


def compare(own: Node, *others: Node) -> list[tuple[str, str]]:
    held = HeldNode(build_scene().trust)
    return [each.key for each in compare_nodes(held, reader(own), tuple(map(reader, others))).problems]


def test_nodes_that_agree_are_nothing_to_tell() -> None:
    assert compare(Node("own"), Node("a"), Node("b", 100 + LAG_BLOCKS)) == []


def silent(node: Node) -> None:
    node.is_silent = True


def test_a_node_that_does_not_answer_says_nothing() -> None:
    other = Node("a", chain=b"\x02")
    silent(other)
    assert compare(Node("own"), other) == []


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (Node("a", chain=b"\x02"), [("node-disagrees", "a:8545")]),
        (Node("a", 101 + LAG_BLOCKS), [("node-stale", "own")]),
        (Node("a", 99 - LAG_BLOCKS), [("other-node-stale", "a:8545")]),
        (Node("a", 101, time=NOW + 901), [("node-stale", "own")]),
        (Node("a", 99, time=NOW - 901), [("other-node-stale", "a:8545")]),
    ],
)
def test_what_differs_is_told_of_the_node_that_differs(other: Node, found: list[tuple[str, str]]) -> None:
    assert compare(Node("own"), other) == found


@pytest.fixture
def logging_all() -> Iterator[None]:
    """Log what tests leave out elsewhere."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield
    structlog.configure(**before)


@pytest.fixture
def watched(gateway: GatewayUnderTest) -> Callable[[Node, Node], NodeWatch]:
    parts = gateway.parts
    problems = NodeProblems(gateway.clock)

    def build(own: Node, other: Node) -> NodeWatch:
        held = HeldNode(build_scene().trust, clock=gateway.clock, note=problems.note)
        keystore = cast("FileKeystore", parts.key_wrapper)
        return NodeWatch(
            held,
            problems,
            reader(own),
            (reader(other),),
            parts.database,
            gateway.clock,
            keystore,
            Metrics(),
        )

    return build


def audited(gateway: GatewayUnderTest) -> list[tuple[int, str, str, Any]]:
    with gateway.parts.database.reading() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.actor == "system:nodes"))
        return [(row.institution, row.action, row.subject, row.details) for row in rows]


def measured(watch: NodeWatch, code: str, node: str) -> float | None:
    return watch.metrics.registry.get_sample_value("rxledger_node_problems", {"code": code, "node": node})


@pytest.mark.usefixtures("logging_all")
def test_a_disagreement_is_shown_everywhere_until_it_is_over(
    gateway: GatewayUnderTest, watched: Callable[[Node, Node], NodeWatch]
) -> None:
    other = Node("a", chain=b"\x02")
    watch = watched(Node("own"), other)
    with capture_logs() as logged:
        watch.step()
        watch.step()
    assert [each["event"] for each in logged] == ["node_distrusted"]
    assert watch.ask().state == "degraded"
    assert "node-disagrees (a:8545): hash of block 100" in watch.ask().note
    assert "secret" not in watch.ask().note
    assert measured(watch, "node-disagrees", "a:8545") == 1
    details = {"code": "node-disagrees", "node": "a:8545", "block": 100}
    opened = [(number, "node.distrusted", "node:a:8545", details) for number in (FIRST, SECOND)]
    assert audited(gateway) == opened
    other.chain = b"\x01"
    watch.step()
    assert watch.ask().note == "not proven: no trust file names validators, compared with 1 of 1 others"
    assert watch.ask().state == "ok"
    assert measured(watch, "node-disagrees", "a:8545") == 0
    assert [each[1] for each in audited(gateway)] == ["node.distrusted"] * 2 + ["node.trusted"] * 2


def test_another_node_that_is_silent_is_not_counted_as_compared(
    watched: Callable[[Node, Node], NodeWatch],
) -> None:
    own, other = Node("own"), Node("a")
    watch = watched(own, other)
    assert watch.ask().note.endswith("compared with 0 of 1 others")
    watch.step()
    assert watch.ask().note.endswith("compared with 1 of 1 others")
    silent(other)
    watch.step()
    assert watch.ask().note.endswith("compared with 0 of 1 others")
    other.is_silent = False
    watch.step()
    silent(own)
    with pytest.raises(ChainUnreachable):
        watch.step()
    assert watch.ask().note.endswith("compared with 0 of 1 others")


def test_a_lie_that_a_request_met_is_shown_for_a_while(
    gateway: GatewayUnderTest, watched: Callable[[Node, Node], NodeWatch]
) -> None:
    watch = watched(Node("own"), Node("a"))
    lie = NodeLies("storage of ClaimRegister", "a proof that holds", "trie.node_hash", 12)
    with pytest.raises(NodeLies), watch.held.noting():
        raise lie
    shown = "node-not-proven (own): storage of ClaimRegister: proven a proof that holds, told trie.node_hash"
    assert watch.ask() == PartState("degraded", shown)
    watch.step()
    assert [each[1] for each in audited(gateway)] == ["node.distrusted"] * 2
    gateway.clock.advance(LINGER_SECONDS + 1)
    watch.step()
    assert watch.ask().state == "ok"


def test_while_the_own_node_is_silent_what_was_met_is_told_all_the_same(
    gateway: GatewayUnderTest, watched: Callable[[Node, Node], NodeWatch]
) -> None:
    own = Node("own")
    watch = watched(own, Node("a"))
    watch.problems.note(NodeLies("state", "1", "2", 3))
    silent(own)
    with pytest.raises(ChainUnreachable):
        watch.step()
    assert [each[1] for each in audited(gateway)] == ["node.distrusted"] * 2
