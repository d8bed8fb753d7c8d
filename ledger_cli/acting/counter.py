"""The counter's acts: fetch a prescription by its code, dispense its claims with packs, refuse, restore.

The code's keys stay in this process. What they sign is made here, from the record that was recomputed here:
for this spender, this use, into this record, until soon.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger_cli.acting.dispensing_check import DispensingRequest, Taking, check_dispensing, sign_use
from ledger_cli.acting.holder import sign_readings
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import (
    Accepted,
    ToSign,
    expecting,
    prepare_record,
    sign_record,
    submit_record,
    verify_reference,
)
from ledger_cli.errors import GatewayRefused
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord
from ledger_proofs.handover import HandoverCode
from ledger_proofs.types import JsonValue

DISPENSING_SCHEMA = "rx.dispensing/1"
RESTORE_SCHEMA = "rx.restore/1"
REFUSAL_SCHEMA = "rx.refusal/1"
UNCONFIRMED = "pack-unconfirmed"
SCANS = 6
PAUSE_BETWEEN_SCANS_SECONDS = 2.0


@dataclass(frozen=True)
class ReadClaim:
    """One claim as it stood when the prescription was read."""

    ordinal: int
    claim: str
    status: str
    restore_count: int


@dataclass(frozen=True)
class Received:
    """A prescription as the counter got to see it, verified by its own gateway."""

    institution: int
    id: str
    window: int
    commitment: str
    record: Mapping[str, Any] = field(repr=False)
    claims: Sequence[ReadClaim]
    answer: Mapping[str, Any] = field(repr=False)

    @property
    def unused(self) -> tuple[int, ...]:
        """The ordinals of the claims that can still be taken."""
        return tuple(each.ordinal for each in self.claims if each.status == "unused")


def receive(pharmacist: PersonAtWork, code: HandoverCode) -> Received:
    """Fetch a prescription from its hospital by its hand-over code."""
    readings = sign_readings(code, pharmacist.institution, pharmacist.profile.domain())
    request: dict[str, JsonValue] = {
        "institution": code.institution,
        "id": code.record_id,
        "window": code.window,
        "presentations": readings,
    }
    answer = pharmacist.client.post(
        "/v1/received-prescriptions", request, idempotency_key=_reading_key(readings)
    ).document
    return Received(
        institution=member(answer, "institution", int),
        id=member(answer, "id", str),
        window=member(answer, "window", int),
        commitment=member(answer, "commitment", str),
        record=member(answer, "record", dict),
        claims=[
            ReadClaim(
                member(each, "ordinal", int),
                member(each, "claim", str),
                member(each, "status", str),
                member(each, "restore_count", int),
            )
            for each in member(answer, "claims", list)
        ],
        answer=answer,
    )


def check_packs(pharmacist: PersonAtWork, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Ask what is known of packs: their lot, expiry and use, and what speaks against them."""
    request: dict[str, JsonValue] = {"codes": [{"code": code} for code in codes]}
    answer = pharmacist.client.post(
        "/v1/packs/check", request, idempotency_key=f"packs-{uuid.uuid4()}"
    ).document
    found = answer if isinstance(answer, list) else member(answer, "packs", list)
    return [dict(each) for each in found]


def prepare_dispensing(pharmacist: PersonAtWork, request: DispensingRequest) -> ToSign:
    """Have a dispensing prepared, and check that it is just what was asked for.

    While only a maker's silence speaks against a pack it is scanned again, some times.
    """
    for scan in range(1, SCANS + 1):
        try:
            return prepare_record(
                pharmacist,
                "dispensings",
                DISPENSING_SCHEMA,
                request.as_json(),
                lambda checked: check_dispensing(checked, request),
            )
        except GatewayRefused as refusal:
            if refusal.slug != UNCONFIRMED or scan == SCANS:
                raise
            time.sleep(PAUSE_BETWEEN_SCANS_SECONDS)
    raise AssertionError("the last scan returns or raises")


def submit_dispensing(pharmacist: PersonAtWork, request: DispensingRequest, to_sign: ToSign) -> Accepted:
    """Sign the record with her key and the use with the code's keys, and hand both in."""
    presentations: list[JsonValue] = list(sign_use(to_sign.checked, to_sign.answer, request))
    return submit_record(pharmacist, to_sign, {"presentations": presentations} if presentations else None)


def dispense(pharmacist: PersonAtWork, request: DispensingRequest) -> Accepted:
    """Dispense claims with packs. Nothing is handed over until the outcome is `done`."""
    return submit_dispensing(pharmacist, request, prepare_dispensing(pharmacist, request))


def refuse(
    pharmacist: PersonAtWork,
    taking: Taking,
    *,
    reason: str,
    dispensing_id: str | None = None,
    note: str | None = None,
) -> Accepted:
    """Sign that nothing was handed over, and why; with the dispensing that the chain refused, if one was."""
    request: dict[str, JsonValue] = {
        "prescription": {"institution": taking.institution, "id": taking.id, "window": taking.window},
        "reason": reason,
    }
    if dispensing_id is not None:
        request["dispensing_id"] = dispensing_id
    if note is not None:
        request["note"] = note
    same_words = expecting(reason=reason, note=note)

    def check(checked: CheckedRecord) -> None:
        same_words(checked)
        shown = checked.record.body.get("prescription")
        verify_reference(shown, taking.institution, taking.id, "/prescription")

    return sign_record(pharmacist, "refusals", REFUSAL_SCHEMA, request, check)


def restore(
    pharmacist: PersonAtWork, dispensing_id: str, *, reason: str = "returned", note: str | None = None
) -> Accepted:
    """Sign that a dispensing is undone: all its claims become unused again."""
    request: dict[str, JsonValue] = {"dispensing_id": dispensing_id, "reason": reason}
    if note is not None:
        request["note"] = note
    same_words = expecting(reason=reason, note=note)

    def check(checked: CheckedRecord) -> None:
        same_words(checked)
        shown = checked.record.body.get("dispensing")
        verify_reference(shown, pharmacist.institution, dispensing_id, "/dispensing")

    return sign_record(pharmacist, "restores", RESTORE_SCHEMA, request, check)


def request_settlement(pharmacist: PersonAtWork, dispensing_id: str) -> str:
    """Bill a dispensing to the payer that its use names; the request's id."""
    answer = pharmacist.client.post(
        "/v1/settlement-requests",
        {"dispensing_id": dispensing_id},
        idempotency_key=f"bill-{dispensing_id}",
    ).document
    return str(member(answer, "id", str))


def _reading_key(readings: Sequence[JsonValue]) -> str:
    """The same for a repetition of just this reading; another reading is another request."""
    first = readings[0]
    signature = first["signature"] if isinstance(first, dict) else ""
    return f"read-{str(signature)[2:66]}"
