"""The trail of a record: what it rests on, node by node, each with its verdict and its block.

Settlement, dispensing, prescriptions, reviews, the credentials of who signed each, packs, lots, makers: all
read from what the portal has mirrored and proven itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ledger_proofs.json_members import to_hex
from ledger_proofs.types import JsonValue

MOST_NODES = 120
"""How many nodes a trail shows; what goes beyond is said to be left out."""
_WORST = ("failed", "late", "withheld", "could_not_check", "pending", "passed")


class NodeKind(StrEnum):
    """What a node stands for."""

    RECORD = "record"
    CREDENTIAL = "credential"
    PACK = "pack"
    LOT = "lot"
    MAKER = "maker"


@dataclass(frozen=True)
class Node:
    """One thing of the trail. `name` and `note`: English and Chinese; `block`: as of which its verdict holds.

    `depth` is how many steps it lies under the first.
    """

    key: str
    kind: NodeKind
    name: tuple[str, str]
    note: tuple[str, str]
    verdict: str
    block: int | None
    depth: int
    url: str | None = None
    at: int | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as a JSON object."""
        return {
            "key": self.key,
            "kind": self.kind.value,
            "name": self.name[0],
            "name_zh": self.name[1],
            "note": self.note[0],
            "note_zh": self.note[1],
            "verdict": self.verdict,
            "as_of_block": self.block,
            "depth": self.depth,
            "url": self.url,
            "at": self.at,
        }


@dataclass(frozen=True)
class Edge:
    """That one thing rests on another, and how."""

    source: str
    target: str
    name: tuple[str, str]

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as a JSON object."""
        return {"from": self.source, "to": self.target, "name": self.name[0], "name_zh": self.name[1]}


@dataclass
class Trail:
    """Nodes in the order in which they are met, and what joins them."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    left_out: int = 0

    def add(self, node: Node, above: Node | None = None, name: tuple[str, str] = ("", "")) -> bool:
        """Add a node under another; return whether it is new. Beyond the bound it is only counted."""
        is_new = all(each.key != node.key for each in self.nodes)
        if is_new and len(self.nodes) >= MOST_NODES:
            self.left_out += 1
            return False
        if is_new:
            self.nodes.append(node)
        if above is not None:
            edge = Edge(above.key, node.key, name)
            if edge not in self.edges:
                self.edges.append(edge)
        return is_new

    @property
    def verdict(self) -> str:
        """The worst verdict of all nodes."""
        return worst_of(node.verdict for node in self.nodes)

    def listed(self) -> list[tuple[Node, Node | None, tuple[str, str]]]:
        """List every node under the one that leads to it, with what joins them: the graph as text."""
        by_key = {node.key: node for node in self.nodes}
        below: dict[str, list[Edge]] = {}
        for edge in self.edges:
            below.setdefault(edge.source, []).append(edge)
        told: set[str] = set()
        rows: list[tuple[Node, Node | None, tuple[str, str]]] = []

        def tell(node: Node, above: Node | None, name: tuple[str, str]) -> None:
            rows.append((node, above, name))
            if node.key in told:
                return
            told.add(node.key)
            for edge in below.get(node.key, []):
                tell(by_key[edge.target], node, edge.name)

        if self.nodes:
            tell(self.nodes[0], None, ("", ""))
        return rows


def worst_of(verdicts: Iterable[str]) -> str:
    """Return the worst of some verdicts; pending where there is none."""
    return min(verdicts, key=_WORST.index, default="pending")


def record_key(commitment: bytes, institution: int) -> str:
    """Return the key of a record's node."""
    return f"record:{institution}:{to_hex(commitment)}"
