"""How far an entry has come: pending > logged > anchored > final."""

from enum import StrEnum

from ledger_api.log.models import LogHead


class EntryStatus(StrEnum):
    """The words that the API says it in."""

    PENDING = "pending"
    LOGGED = "logged"
    ANCHORED = "anchored"
    FINAL = "final"


PROGRESS = tuple(EntryStatus)
"""The same in their order."""


def status_at(position: int | None, head: LogHead) -> EntryStatus:
    """Return how far the entry at a position of a log has come; no position: it is pending."""
    if position is None:
        return EntryStatus.PENDING
    if position < head.final_size:
        return EntryStatus.FINAL
    return EntryStatus.ANCHORED if position < head.anchored_size else EntryStatus.LOGGED


def slowest(statuses: list[EntryStatus]) -> EntryStatus:
    """Return the least advanced of at least one status."""
    return min(statuses, key=PROGRESS.index)
