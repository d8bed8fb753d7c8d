"""Enqueueing what a signed record does on chain, within the unit of work that accepts the record."""

from sqlmodel import Session

from ledger_api.records.models import StoredRecord
from ledger_api.spends.models import Act, SpendIntent
from ledger_api.spends.repository import SpendRepository
from ledger_chain.batches import (
    Item,
    checkpoints_of,
    earliest_moment_of,
    encode_item,
    gas_of_item,
    statement_of,
    subject_of,
)
from ledger_web.clock import Clock


class SpendIntents:
    """The intents of one unit of work; the caller commits, and then wakes the outbox."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._repository = SpendRepository(session)
        self._clock = clock

    def enqueue(
        self, *, institution: int, act: Act, record: StoredRecord, subject: bytes, item: Item
    ) -> SpendIntent:
        """Write down that `item` shall be done, as `record` states. One intent per record.

        :param institution: whose account sends it
        :param subject: what a refusal names it by: the record used into, or a voided record
        :raises ValueError: item, subject and record don't belong together
        """
        if statement_of(item) != record.commitment or subject_of(item) != subject:
            raise ValueError("the item must name this record as what states it, and this subject")
        encoded = encode_item(act, item)
        intent = SpendIntent(
            institution=institution,
            act=act,
            record_id=record.id,
            commitment=record.commitment,
            subject=bytes(subject),
            item=encoded,
            gas=gas_of_item(item, encoded),
            earliest_at=earliest_moment_of(item),
            checkpoints=[[log, size] for log, size in sorted(checkpoints_of(item))],
            enqueued_at=self._clock(),
        )
        self._repository.add(intent)
        return intent

    def find_of_record(self, record_id: str) -> SpendIntent | None:
        """Return the intent of a record, if it has one."""
        return self._repository.find_of_record(record_id)

    def find_of_records(self, record_ids: list[str]) -> dict[str, SpendIntent]:
        """Return the intents of several records by the records' ids: one question for a page of a list."""
        return {intent.record_id: intent for intent in self._repository.list_of_records(record_ids)}
