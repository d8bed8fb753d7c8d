"""Named places of the outbox where a development gateway can be told to die.

A record travels from the database to the chain in small committed steps. Each place below stands right
after one of them, where a crash would be most awkward. With `crash_at` set to a name, the first thread
that comes by ends the whole process by SIGKILL, which no handler sees: as a power cut would. The tests
then start the gateway again and look for anything lost or doubled. `config.py` refuses the setting in
production.
"""

import os
import signal
import threading
from collections.abc import Mapping
from types import MappingProxyType

CRASH_POINTS: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "the record is committed, the client has no reply yet",
        "sequenced": "the entry has its position, tiles and head are committed",
        "intent_saved": "the checkpoint that shall be anchored is committed",
        "transaction_signed": "the signed transaction is committed, not yet sent",
        "transaction_sent": "the node took the transaction, which is not yet noted down",
        "receipt_seen": "the transaction is in a block, which is noted down",
        "spend_signed": "the signed transaction of a batch of spends is committed, not yet sent",
        "spend_sent": "the node took the batch, which is not yet noted down",
        "spend_decided": "the outcome of each spend of a batch is written down",
        "proof_kept": "header and storage proofs are written, not yet committed",
    }
)


class UnknownCrashPoint(ValueError):
    """No place of the outbox has that name."""


class CrashPoints:
    """Ends the process at one named place, or, without a name, never."""

    def __init__(self, crash_at: str | None = None) -> None:
        if crash_at is not None and crash_at not in CRASH_POINTS:
            raise UnknownCrashPoint(f"crash point {crash_at!r} is not one of {', '.join(CRASH_POINTS)}")
        self._crash_at = crash_at

    def reach(self, name: str) -> None:
        """Say that the calling thread is at the place `name`; it doesn't return if that is where to die."""
        if name not in CRASH_POINTS:
            raise UnknownCrashPoint(f"crash point {name!r} is not one of {', '.join(CRASH_POINTS)}")
        if name == self._crash_at:
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()  # the signal is on its way; nothing more may happen until it lands
