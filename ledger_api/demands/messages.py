"""What the courier sends about demands: the demand itself, and the answer with what is handed over."""

from collections.abc import Mapping
from typing import Final

from ledger_api.deliveries.courier import Message, Writer
from ledger_api.demands.repository import DemandRepository
from ledger_api.evidence.disclosing import disclose_record
from ledger_api.parts import Parts
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import ContentErased
from ledger_api.records.repository import RecordRepository
from ledger_proofs.bundles import bundle_as_json
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import JsonValue


def write_demand(parts: Parts, record: StoredRecord) -> Message:
    """Write the delivery of a demand. Raises what `disclose_record` does."""
    return Message("/v1/peer/demands", {"bundle": bundle_as_json(disclose_record(parts, record))})


def write_access(parts: Parts, record: StoredRecord) -> Message:
    """Write the delivery of an answer. Raises what `disclose_record` does, and ContentErased."""
    body: dict[str, JsonValue] = {"bundle": bundle_as_json(disclose_record(parts, record))}
    with parts.database.reading() as session:
        demand = DemandRepository(session).find_of_access(record.institution, record.id)
        if demand is None:
            raise LookupError("an access answers no demand")
        subject = RecordRepository(session).find(record.institution, demand.subject_id)
    if demand.handed_key is not None:
        if subject is None or subject.content is None:
            raise ContentErased
        body |= {"wrapped_key": to_hex(demand.handed_key), "content": to_hex(subject.content)}
    return Message("/v1/peer/accesses", body)


WRITERS: Final[Mapping[int, Writer]] = {11: write_demand, 12: write_access}
"""By the number of the record's kind."""
