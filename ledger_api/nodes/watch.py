"""The watch over the nodes: a thread that looks at them at a slow pace, and says what has changed.

What opens or closes is logged, measured, and written to the audit trail of each institution of the gateway.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from ledger_api.audit.service import AuditTrail
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.nodes.comparing import compare_nodes
from ledger_api.nodes.held import HeldNode
from ledger_api.nodes.problems import NodeProblem, NodeProblems
from ledger_api.observability.metrics import Metrics
from ledger_chain.errors import ChainError
from ledger_chain.reader import ChainReader
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.readiness import PartState

PERIOD_SECONDS = 30.0
ACTOR = "system:nodes"
MOST_SHOWN = 5


@dataclass
class NodeWatch:
    """The step of a worker, and what readiness says of the nodes."""

    held: HeldNode
    problems: NodeProblems
    own: ChainReader
    others: tuple[ChainReader, ...]
    database: Database
    clock: Clock
    keystore: FileKeystore
    metrics: Metrics
    _open: dict[tuple[str, str], NodeProblem] = field(default_factory=dict)
    _answered: int = 0

    def step(self) -> float:
        """Look at the nodes; returns the seconds until the next look. Raises ChainError."""
        try:
            compared = compare_nodes(self.held, self.own, self.others)
            self.problems.keep_compared(compared.problems)
            self._answered = compared.answered
        except ChainError:
            self._answered = 0
            raise
        finally:
            self._tell()
        return PERIOD_SECONDS

    def ask(self) -> PartState:
        """Say how far the nodes can be believed, for readiness."""
        found = self.problems.list_open()
        if found:
            shown = (f"{each.code} ({each.node}): {each.what}" for each in found[:MOST_SHOWN])
            return PartState("degraded", "; ".join(shown))
        beside = f", compared with {self._answered} of {len(self.others)} others" if self.others else ""
        if self.held.is_proving:
            return PartState("ok", f"proven by the validators' seals{beside}")
        return PartState("ok", f"not proven: no trust file names validators{beside}")

    def _tell(self) -> None:
        now = {each.key: each for each in self.problems.list_open()}
        opened = [each for key, each in now.items() if key not in self._open]
        closed = [each for key, each in self._open.items() if key not in now]
        logger = structlog.get_logger("rxledger.nodes")
        for each in opened:
            logger.warning("node_distrusted", **_members(each), what=each.what)
            self.metrics.node_problems.labels(each.code, each.node).set(1)
        for each in closed:
            logger.info("node_trusted", **_members(each))
            self.metrics.node_problems.labels(each.code, each.node).set(0)
        if opened or closed:
            self._note(opened, closed)
        self._open = now

    def _note(self, opened: Sequence[NodeProblem], closed: Sequence[NodeProblem]) -> None:
        with self.database.writing() as session:
            trail = AuditTrail(session, self.clock, uuid.uuid4().hex)
            for institution in sorted(self.keystore.institutions()):
                for action, problems in (("node.distrusted", opened), ("node.trusted", closed)):
                    for each in problems:
                        trail.note(institution, ACTOR, action, f"node:{each.node}", _members(each))


def _members(problem: NodeProblem) -> dict[str, str | int]:
    return {"code": problem.code, "node": problem.node, "block": problem.block}
