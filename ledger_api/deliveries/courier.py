"""The courier: a thread that brings final records to the gateways that they are meant for.

A peer that doesn't answer is asked again, later each time; a peer that refuses is not asked again, and what
it said stays with the delivery. What a peer is sent twice, it takes as once, so a crash between sending and
noting costs nothing.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger_api.audit.service import AuditTrail
from ledger_api.deliveries.models import Delivery, DeliveryState
from ledger_api.deliveries.repository import DeliveryRepository
from ledger_api.parts import Parts
from ledger_api.peers.errors import PeerRefused
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.kinds import get_kind
from ledger_proofs.types import JsonValue
from ledger_web.errors import ServiceError

IDLE_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 600
BATCH = 20
_ACTOR = "system:courier"


@dataclass(frozen=True)
class Message:
    """What a peer is sent, and where."""

    path: str
    body: Mapping[str, JsonValue]


Writer = Callable[[Parts, StoredRecord], Message]
"""Writes the message for a record of one kind."""


class Courier:
    """Delivers what is due. `writers` has one for each kind of record that is delivered."""

    def __init__(self, parts: Parts, writers: Mapping[int, Writer]) -> None:
        self._parts = parts
        self._writers = writers

    def step(self) -> float:
        """Deliver what is due now; returns the seconds to sleep."""
        with self._parts.database.reading() as session:
            due = DeliveryRepository(session).list_due(self._parts.clock(), BATCH)
        for delivery in due:
            self._deliver(delivery)
        return 0.0 if len(due) == BATCH else IDLE_SECONDS

    def _deliver(self, delivery: Delivery) -> None:
        with self._parts.database.reading() as session:
            record = RecordRepository(session).find(delivery.institution, delivery.record_id)
        if record is None:
            raise LookupError("a delivery has no record")
        try:
            message = self._writers[record.kind](self._parts, record)
            self._parts.peers.post(delivery.institution, delivery.recipient, message.path, message.body)
        except PeerRefused as refusal:
            self._end(record, DeliveryState.REFUSED, refusal.peer_code)
        except (ServiceError, LedgerProofError) as fault:
            self._postpone(record, fault.code)
        else:
            self._end(record, DeliveryState.DELIVERED, None)

    def _end(self, record: StoredRecord, state: DeliveryState, code: str | None) -> None:
        now = self._parts.clock()
        with self._parts.database.writing() as session:
            repository = DeliveryRepository(session)
            delivery = _get(repository, record.id)
            delivery.state, delivery.last_code, delivery.ended_at = state, code, now
            delivery.attempts += 1
            repository.add(delivery)
            name = get_kind(record.kind).name
            details: dict[str, str | int] = {"recipient": delivery.recipient}
            if code is not None:
                details["code"] = code
            AuditTrail(session, self._parts.clock, uuid.uuid4().hex).note(
                record.institution, _ACTOR, f"{name}.{state}", f"{name}:{record.id}", details
            )

    def _postpone(self, record: StoredRecord, code: str) -> None:
        with self._parts.database.writing() as session:
            repository = DeliveryRepository(session)
            delivery = _get(repository, record.id)
            delivery.attempts += 1
            delivery.last_code = code
            delivery.next_at = self._parts.clock() + build_wait(delivery.attempts)
            repository.add(delivery)


def build_wait(attempts: int) -> int:
    """Return the seconds to wait after so many tries: doubling from one, bounded."""
    return int(min(LONGEST_WAIT_SECONDS, 2 ** min(attempts - 1, 20)))


def _get(repository: DeliveryRepository, record_id: str) -> Delivery:
    delivery = repository.find_of_record(record_id)
    if delivery is None:
        raise LookupError("a delivery vanished")
    return delivery
