"""What becomes of a record after it was accepted: how far its entry is, and what the chain made of its act.

An act's outcome has three values. *Done* and *refused* stand for good; *unknown* always becomes one of them,
and until it does nothing is handed over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted
from ledger_cli.errors import CouldNotCheck
from ledger_cli.gateway_client import GatewayClient, member

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
Found = TypeVar("Found")


class Outcome(StrEnum):
    """What the chain made of an act."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ActOutcome:
    """An act's outcome; for a refusal the contract's error, such as `ClaimRegisterNotUnused`."""

    outcome: Outcome
    error: str | None = None
    block_number: int | None = None
    time: int | None = None
    transaction_hash: str | None = None

    def __str__(self) -> str:
        """`done`, or `refused: ClaimRegisterNotUnused`."""
        return f"{self.outcome.value}: {self.error}" if self.error else self.outcome.value


def find_outcome(client: GatewayClient, accepted: Accepted) -> ActOutcome:
    """What became of a record's act so far."""
    act = client.get(accepted.path).document.get("act")
    return _read_outcome(act) if isinstance(act, dict) else ActOutcome(Outcome.UNKNOWN)


def await_outcome(
    person: PersonAtWork, accepted: Accepted, patience_seconds: float = PATIENCE_SECONDS
) -> ActOutcome:
    """Wait until an act is done or refused. Raises `CouldNotCheck` where neither is known by then."""

    def ask() -> ActOutcome | None:
        found = find_outcome(person.client, accepted)
        return None if found.outcome is Outcome.UNKNOWN else found

    return poll(ask, patience_seconds, "whether the chain did it", "链上是否已执行")


def await_final(person: PersonAtWork, accepted: Accepted, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a record's entries are final. Raises `CouldNotCheck` where they aren't by then."""

    def ask() -> bool | None:
        return member(person.client.get(accepted.path).document, "status", str) == "final" or None

    poll(ask, patience_seconds, "that the record is final", "记录是否最终确认")


def poll(ask: Callable[[], Found | None], patience_seconds: float, what: str, what_zh: str) -> Found:
    """Ask, at growing intervals, until there is an answer. Raises `CouldNotCheck`."""
    ends_at = time.monotonic() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while (found := ask()) is None:
        if time.monotonic() >= ends_at:
            raise CouldNotCheck(
                "act.not_yet_known",
                f"not known after {patience_seconds:.0f} s: {what}; nothing is lost, ask again later, and "
                "hand nothing over until it is done",
                f"{patience_seconds:.0f} 秒后仍未知：{what_zh}；不会丢失，请稍后再查；确认完成前请勿交付",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    return found


def _read_outcome(act: dict[str, Any]) -> ActOutcome:
    stated = member(act, "outcome", str)
    reason = act.get("reason")
    return ActOutcome(
        Outcome(stated) if stated in set(Outcome) else Outcome.UNKNOWN,
        member(reason, "error", str) if isinstance(reason, dict) else None,
        act.get("block_number"),
        act.get("time"),
        act.get("transaction_hash"),
    )
