"""What a doctor looks at, and what a finding is.

A finding that is `certain` is a fault; any other says that something could not be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger_cli.language import Text
from ledger_cli.network.survey import Survey

DISK_FREE_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to do about it."""

    code: str
    where: str
    what: Text
    remedy: Text
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """Two surveys `seconds` apart, and the folders on this machine where chains lie.

    A disk is low when less than `free_share` of it is free.
    """

    before: Survey
    after: Survey
    seconds: float
    folders: Sequence[Path] = ()
    free_share: float = DISK_FREE_SHARE

    @property
    def goes_on(self) -> bool:
        """Whether a block came between the two."""
        return self.after.highest > self.before.highest
