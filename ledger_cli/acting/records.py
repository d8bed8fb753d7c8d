"""One way for every signed record: prepare, recompute, compare with what was asked for, sign, submit."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord, check_record, differs
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.records import Record
from ledger_proofs.types import JsonValue

BodyCheck = Callable[[CheckedRecord], None]
"""Compares a record that is shown with what was asked for; raises `Refused`."""


@dataclass(frozen=True)
class Reference:
    """Another record, as records name it. `commitment` is 0x and hex."""

    institution: int
    id: str
    commitment: str

    def as_json(self) -> dict[str, JsonValue]:
        """The same as it stands in a body."""
        return {"institution": self.institution, "id": self.id, "commitment": self.commitment}


@dataclass(frozen=True)
class Accepted:
    """A signed record that a gateway has acknowledged: it can't be lost any more."""

    noun: str
    reference: Reference
    record: Record
    replayed: bool = False

    @property
    def id(self) -> str:
        """The record's id."""
        return self.reference.id

    @property
    def body(self) -> Mapping[str, Any]:
        """What was signed."""
        return self.record.body

    @property
    def path(self) -> str:
        """Where its progress is asked for."""
        return f"/v1/{self.noun}/{self.reference.id}"


@dataclass(frozen=True)
class ToSign:
    """A prepared record that was recomputed here, and the gateway's whole answer."""

    noun: str
    checked: CheckedRecord
    answer: Any


def prepare_record(
    person: PersonAtWork, noun: str, schema: str, request: Mapping[str, JsonValue], check: BodyCheck
) -> ToSign:
    """Ask the gateway what to sign, recompute it, and compare it with what was asked for."""
    reply = person.client.post(
        f"/v1/{noun}/prepare", dict(request), idempotency_key=f"prepare-{uuid.uuid4()}"
    )
    checked = check_record(reply.document, person.profile, schema, now=int(time.time()))
    check(checked)
    return ToSign(noun, checked, reply.document)


def submit_record(
    person: PersonAtWork, to_sign: ToSign, more: Mapping[str, JsonValue] | None = None
) -> Accepted:
    """Sign and hand in; the same again gives the same answer. `more`: the noun's own members."""
    checked = to_sign.checked
    reply = person.client.post(
        f"/v1/{to_sign.noun}",
        {**checked.submission(person.private_key), **(more or {})},
        idempotency_key=checked.idempotency_key,
    )
    stated = member(reply.document, "commitment", str)
    if stated != "0x" + checked.commitment.hex() or member(reply.document, "id", str) != checked.record.id:
        raise differs("the gateway accepted another record than was signed", "网关受理的并非所签署的记录")
    reference = Reference(checked.record.issuer, checked.record.id, stated)
    return Accepted(to_sign.noun, reference, checked.record, reply.replayed)


def sign_record(
    person: PersonAtWork, noun: str, schema: str, request: Mapping[str, JsonValue], check: BodyCheck
) -> Accepted:
    """Prepare, check, sign and submit a record whose submission needs nothing besides."""
    return submit_record(person, prepare_record(person, noun, schema, request, check))


def expecting(**members: JsonValue) -> BodyCheck:
    """A check that the body has just these values under these names; None: that it hasn't got the member."""

    def check(checked: CheckedRecord) -> None:
        for name, value in members.items():
            shown = checked.record.body.get(name)
            if canonical_bytes(shown) != canonical_bytes(value):
                raise differs(f"/body/{name} isn't what you asked for", f"/body/{name} 与您的要求不一致")

    return check


def verify_reference(shown: Any, institution: int, record_id: str, where: str) -> Reference:
    """Check that a reference in a body names this record, and return it."""
    found = shown if isinstance(shown, dict) else {}
    if found.get("institution") != institution or found.get("id") != record_id:
        raise differs(f"{where} names another record", f"{where} 指向其他记录")
    return Reference(institution, record_id, member(found, "commitment", str))
