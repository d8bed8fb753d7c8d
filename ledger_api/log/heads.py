"""Which log an institution's records go into, and how a log begins."""

import hashlib

from ledger_api.identity.models import Institution
from ledger_api.log.models import LogHead
from ledger_proofs.types import LogId, log_id


def log_of(institution: Institution) -> LogId:
    """Return the number of the log that an institution appends to."""
    return log_id(institution.number, institution.log_generation)


def build_empty_head(institution: Institution) -> LogHead:
    """Build the head of a log without entries; its root is the hash of nothing (RFC 9162 2.1.1)."""
    return LogHead(
        log=log_of(institution),
        institution=institution.number,
        size=0,
        root=hashlib.sha256().digest(),
        anchored_size=0,
        final_size=0,
        is_open=True,
    )
