"""The regulator's demand for a record's content, and the institution's answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger_cli.acting.outcomes import PATIENCE_SECONDS, poll
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted, Reference, expecting, sign_record, verify_reference
from ledger_cli.errors import GatewayRefused, Refused
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord, differs
from ledger_proofs.commitments import build_commitment
from ledger_proofs.records import format_utc_time
from ledger_proofs.types import JsonValue

DEMAND_SCHEMA = "rx.demand/1"
ACCESS_SCHEMA = "rx.access/1"


def demand(
    officer: PersonAtWork, subject: Reference, *, purpose: str, grounds: str, answer_by: int
) -> Accepted:
    """Sign a demand for one record's content, to be answered by then (Unix seconds)."""
    request: dict[str, JsonValue] = {
        "subject": subject.as_json(),
        "purpose": purpose,
        "grounds": grounds,
        "answer_by": format_utc_time(answer_by),
    }
    return sign_record(
        officer,
        "demands",
        DEMAND_SCHEMA,
        request,
        expecting(
            subject=subject.as_json(), purpose=purpose, grounds=grounds, answer_by=request["answer_by"]
        ),
    )


def await_incoming(
    clerk: PersonAtWork, demand_id: str, patience_seconds: float = PATIENCE_SECONDS
) -> Mapping[str, Any]:
    """Wait until a demand has arrived at the institution that it is made to."""

    def ask() -> Mapping[str, Any] | None:
        listed = clerk.client.pages("/v1/incoming-demands")
        return next((each for each in listed if each.get("id") == demand_id), None)

    return poll(ask, patience_seconds, "whether the demand has arrived", "调阅要求是否已送达")


def answer_demand(
    clerk: PersonAtWork, institution: int, demand_id: str, *, decision: str, reason: str | None = None
) -> Accepted:
    """Sign that a demand is granted, whereupon the record's key is handed over, or why it isn't."""
    request: dict[str, JsonValue] = {
        "demand": {"institution": institution, "id": demand_id},
        "decision": decision,
    }
    if reason is not None:
        request["reason"] = reason
    same_answer = expecting(decision=decision, reason=reason)

    def check(checked: CheckedRecord) -> None:
        same_answer(checked)
        body = checked.record.body
        verify_reference(body.get("demand"), institution, demand_id, "/demand")
        if ("wrapped_key_sha256" in body) != (decision == "granted"):
            raise differs("a key goes with a granted demand only", "仅准予调阅时附带密钥")

    return sign_record(clerk, "accesses", ACCESS_SCHEMA, request, check)


def await_content(
    officer: PersonAtWork, demand_id: str, subject: Reference, patience_seconds: float = PATIENCE_SECONDS
) -> Mapping[str, Any]:
    """Wait until a demand was answered with the content of the record that it asked for.

    Raises `Refused` where what was handed over doesn't hash to the subject's commitment.
    """

    def ask() -> Mapping[str, Any] | None:
        try:
            document: Mapping[str, Any] = officer.client.get(f"/v1/demands/{demand_id}/content").document
        except GatewayRefused as refusal:
            if refusal.status in (404, 409):
                return None
            raise
        _verify_content(document, subject)
        return document

    return poll(ask, patience_seconds, "whether the demand was answered", "调阅要求是否已答复")


def _verify_content(answer: Mapping[str, Any], subject: Reference) -> None:
    key = bytes.fromhex(member(answer, "record_key", str).removeprefix("0x"))
    committed = build_commitment(member(answer, "record", dict), key)
    if "0x" + committed.commitment.hex() != subject.commitment:
        raise Refused(
            "demand.other_content",
            "what was handed over isn't the record that was asked for: its commitment is another",
            "所交付的内容不是被调阅的记录：承诺不符",
        )
