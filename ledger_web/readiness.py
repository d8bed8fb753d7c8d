"""Readiness: what the gateway needs in order to do its work, asked part by part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "degraded", "failed"]


@dataclass(frozen=True)
class PartState:
    """How one part is. `degraded`: requests are accepted and caught up later; `failed`: they aren't."""

    state: State
    note: str = ""


class Readiness:
    """The parts that are asked, by name. Parts register themselves while the application is put together."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], PartState]] = {}

    def add(self, name: str, check: Callable[[], PartState]) -> None:
        """Register a part. `check` answers within a second or two and may raise, which counts as failed."""
        self._checks[name] = check

    def ask_all(self) -> dict[str, PartState]:
        """Ask every part."""
        return {name: _ask(check) for name, check in self._checks.items()}


def overall(states: dict[str, PartState]) -> State:
    """Return the worst state of all parts."""
    found = {part.state for part in states.values()}
    if "failed" in found:
        return "failed"
    return "degraded" if "degraded" in found else "ok"


def _ask(check: Callable[[], PartState]) -> PartState:
    try:
        return check()
    except Exception as fault:  # noqa: BLE001 - a part that can't even answer is what this reports
        return PartState("failed", type(fault).__name__)
