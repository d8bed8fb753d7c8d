"""Which recorded outage excuses lateness, as the chain wants it named (protocol 7.1, 8)."""

from ledger_api.network import ChainSilent, Network
from ledger_chain.errors import ChainError
from ledger_proofs.errors import CannotCheck, RecordLate


def find_excuse(
    network: Network, institution: int, begun_at: int, anchored_at: int, window_seconds: int
) -> int:
    """Return 0 for what was anchored within the window of its beginning, or before it; else the number + 1 of
    an outage that excuses it. Unix seconds.

    Raises RecordLate where nothing does, or ChainSilent.
    """
    if anchored_at <= begun_at + window_seconds:
        return 0
    try:
        outages = network.reader.numbered_outages()
    except (ChainError, CannotCheck):
        raise ChainSilent from None
    for number, outage in outages:
        if outage.excuses(institution, begun_at, anchored_at, window_seconds):
            return number + 1
    raise RecordLate("no recorded outage excuses it")
