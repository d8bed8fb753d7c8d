"""Bounded time: the signed time against the anchoring time, and what excuses lateness (protocol 7.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger_proofs.errors import FromTheFuture, RecordLate
from ledger_proofs.kinds import SKEW_SECONDS
from ledger_proofs.types import MAX_UINT64, NO_INSTITUTION, require_uint


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as the authority recorded it; `institution` 0 is all. Unix seconds, both ends included."""

    institution: int
    starts_at: int
    ends_at: int

    def excuses(self, institution: int, signed_at: int, anchored_at: int, window_seconds: int) -> bool:
        """Say whether it excuses a record of that institution that was signed and anchored then."""
        return (
            self.institution in (NO_INSTITUTION, institution)
            and self.starts_at <= signed_at + window_seconds
            and anchored_at <= self.ends_at + window_seconds
        )


def verify_bounded_time(
    signed_at: int,
    anchored_at: int,
    window_seconds: int,
    *,
    institution: int = NO_INSTITUTION,
    outages: Iterable[Outage] = (),
) -> Outage | None:
    """Check that a signed time is bounded by its anchoring time; return the outage that excuses it, if any.

    Raises `FromTheFuture` or `RecordLate`. Times in Unix seconds.
    """
    require_uint(signed_at, MAX_UINT64, "signed_at")
    require_uint(anchored_at, MAX_UINT64, "anchored_at")
    if signed_at > anchored_at + SKEW_SECONDS:
        raise FromTheFuture(
            f"signed {signed_at - anchored_at} s after the anchoring time; {SKEW_SECONDS} s are allowed"
        )
    if anchored_at <= signed_at + window_seconds:
        return None
    for outage in outages:
        if outage.excuses(institution, signed_at, anchored_at, window_seconds):
            return outage
    raise RecordLate(
        f"anchored {anchored_at - signed_at} s after the signed time; {window_seconds} s are allowed and no "
        "recorded outage excuses it"
    )
