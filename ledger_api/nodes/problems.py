"""What is wrong with the nodes at present: noted from requests, from the engines and from comparing."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from ledger_api.nodes.errors import HeadTooOld, find_code
from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies
from ledger_web.clock import Clock

LINGER_SECONDS = 300
"""So long a lie is shown after it was last met: a node that lies now and then isn't well in between."""
DISAGREES = "node-disagrees"
OTHER_NOT_PROVEN = "other-node-not-proven"
OTHER_STALE = "other-node-stale"
OWN = "own"
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class NodeProblem:
    """One thing that is wrong. `node`: `own`, or another's host and port."""

    code: str
    node: str
    what: str
    block: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What makes two of them the same problem."""
        return self.code, self.node


def build_problem(fault: ChainError) -> NodeProblem:
    """Say what is wrong with the own node by a fault of its word."""
    if isinstance(fault, NodeLies):
        what = f"{fault.what}: proven {fault.proven}, told {fault.told}"
        return NodeProblem(find_code(fault), OWN, what[:MOST_CHARACTERS], fault.block)
    block = fault.block if isinstance(fault, HeadTooOld) else 0
    return NodeProblem(find_code(fault), OWN, str(fault)[:MOST_CHARACTERS], block)


class NodeProblems:
    """What is open. Several threads note; one, the watch, settles."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._met: dict[tuple[str, str], tuple[NodeProblem, int]] = {}
        self._compared: dict[tuple[str, str], NodeProblem] = {}

    def note(self, fault: ChainError) -> None:
        """Note a fault of the own node's word that a request or an engine met."""
        problem = build_problem(fault)
        with self._lock:
            self._met[problem.key] = (problem, self._clock())

    def keep_compared(self, found: Sequence[NodeProblem]) -> None:
        """Keep what the latest comparison found, in the place of the one before."""
        with self._lock:
            self._compared = {each.key: each for each in found}

    def list_open(self) -> list[NodeProblem]:
        """List what is wrong now."""
        with self._lock:
            oldest = self._clock() - LINGER_SECONDS
            self._met = {key: each for key, each in self._met.items() if each[1] >= oldest}
            met = {key: problem for key, (problem, _at) in self._met.items()}
            return list((self._compared | met).values())
