"""What of a prescription stands in a list of the doctor's own: for whom, and which drugs.

Contents are stored encrypted, so a list opens those of its page, and of no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ledger_api.drafts.models import Draft
from ledger_api.drafts.service import DraftReader
from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import open_record
from ledger_web.errors import ServiceError

MOST_DRUGS_NAMED = 3


@dataclass(frozen=True)
class Glance:
    """The patient's name, the kind of prescription, the first drugs and how many there are in all."""

    patient: str
    kind: str
    drugs: Sequence[str]
    drug_count: int


def glance_at(body: Mapping[str, Any]) -> Glance:
    """Take from a body, or a draft of one, what a list shows."""
    lines = cast("Sequence[Mapping[str, Any]]", body["lines"])
    return Glance(
        patient=str(body["patient"]["name"]),
        kind=str(body["type"]),
        drugs=[str(line["name"]) for line in lines[:MOST_DRUGS_NAMED]],
        drug_count=len(lines),
    )


def glance_at_drafts(reader: DraftReader, rows: Iterable[Draft]) -> dict[str, Glance]:
    """Open drafts for a list, by id. One that doesn't open is left out: its row says so."""
    seen: dict[str, Glance] = {}
    for row in rows:
        try:
            content = reader.open_content(row)
        except ServiceError:
            continue
        if content is not None:
            seen[row.id] = glance_at(content.as_json())
    return seen


def glance_at_records(key_wrapper: KeyWrapper, rows: Iterable[StoredRecord]) -> dict[str, Glance]:
    """Open records for a list, by id. One that was erased or doesn't open is left out."""
    seen: dict[str, Glance] = {}
    for row in rows:
        try:
            seen[row.id] = glance_at(open_record(key_wrapper, row).record.body)
        except ServiceError:
            continue
    return seen
