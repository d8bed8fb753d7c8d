"""One window of a stored record as an evidence bundle, with all or some of its fields."""

from collections.abc import Sequence

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.evidence.proven_state import with_state
from ledger_api.evidence.service import EvidenceService, disclose, list_claim_keys
from ledger_api.log.repository import LogRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_proofs.bundles import Bundle


def disclose_record(
    parts: Parts, record: StoredRecord, window: int = 0, pointers: Sequence[str] | None = None
) -> Bundle:
    """Build the bundle of a record's window; `pointers` None discloses every field.

    It reads in a session of its own, which is closed before the chain is asked. Whoever gives the bundle out
    notes that. Raises NetworkMissing, WindowNotFound, NotAnchoredYet, ContentErased, FieldUnknown or
    ChainSilent.
    """
    if parts.deployment is None or parts.network is None:
        raise NetworkMissing
    with parts.database.reading() as session:
        service = EvidenceService(LogRepository(session), AnchoringRepository(session), parts.deployment)
        provable = service.get_provable(record.id, window)
    disclosure = disclose(open_record(parts.key_wrapper, record), record.leaf_hashes, window, pointers)
    claims = ask_claim_words(parts.network.reader, list_claim_keys(record, provable.entry))
    return with_state(parts.network.reader, service.build_bundle(record, provable, disclosure, claims))
