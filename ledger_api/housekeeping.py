"""Housekeeping: what is kept only for a time is deleted after it, so that the tables stay bounded.

Given answers are kept long enough for any sane repetition of a request; sessions that are over, as long as
the audit trail may be asked which one it was; what was prepared and never signed, for a day. Nothing of the
ledger itself is ever deleted here.
"""

from ledger_api.idempotency.repository import GivenAnswerRepository
from ledger_api.identity.repository import IdentityRepository
from ledger_api.signing.repository import PreparationRepository
from ledger_web.clock import Clock
from ledger_web.database import Database

PERIOD_SECONDS = 3_600.0
KEEP_ANSWERS_SECONDS = 30 * 86_400
KEEP_SESSIONS_SECONDS = 30 * 86_400
KEEP_PREPARATIONS_SECONDS = 86_400
"""Counted from their expiry: so long a late repetition still finds what its preparation became."""


class Housekeeping:
    """The step of a worker that runs once an hour."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def step(self) -> float:
        """Delete what is past its time; returns the seconds until the next round."""
        now = self._clock()
        with self._database.writing() as session:
            GivenAnswerRepository(session).forget_before(now - KEEP_ANSWERS_SECONDS)
            IdentityRepository(session).forget_sessions_expired_before(now - KEEP_SESSIONS_SECONDS)
        while self._clear_preparations(now - KEEP_PREPARATIONS_SECONDS):
            pass
        return PERIOD_SECONDS

    def _clear_preparations(self, before: int) -> bool:
        with self._database.writing() as session:
            return PreparationRepository(session).clear_expired(before)
