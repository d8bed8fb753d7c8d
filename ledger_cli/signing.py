"""A doctor's client: prepare, check, sign, submit, and wait until the chain has it.

The private key lives in this process only; what is sent are signatures.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger_cli.errors import CouldNotCheck
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.pinned_files import Profile
from ledger_cli.prepared import CheckedRecord, check_prepared

STATUS_ORDER = ("pending", "logged", "anchored", "final")
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Submitted:
    """A prescription that the gateway has acknowledged: it can't be lost any more."""

    id: str
    commitment: str
    status: str
    replayed: bool


def prepare(
    client: GatewayClient, profile: Profile, request: Mapping[str, Any], *, now: int | None = None
) -> CheckedRecord:
    """Ask the gateway what to sign for `{draft_id}` or `{body}`, and recompute it here.

    With `holders`, the addresses of the claims' one-time keys, the record must name these and no others.
    """
    reply = client.post("/v1/prescriptions/prepare", dict(request), idempotency_key=f"prepare-{uuid.uuid4()}")
    asked = request.get("body")
    return check_prepared(
        reply.document,
        profile,
        now=int(time.time()) if now is None else now,
        asked_body=asked if isinstance(asked, Mapping) else None,
        holders=tuple(request.get("holders", ())),
    )


def submit(client: GatewayClient, checked: CheckedRecord, private_key: bytes) -> Submitted:
    """Sign every window and hand the signatures in; the same again gives the same answer."""
    reply = client.post(
        "/v1/prescriptions", checked.submission(private_key), idempotency_key=checked.idempotency_key
    )
    document = reply.document
    return Submitted(
        id=member(document, "id", str),
        commitment=member(document, "commitment", str),
        status=member(document, "status", str),
        replayed=reply.replayed,
    )


def find_status(client: GatewayClient, prescription_id: str) -> str:
    """How far a prescription has come: that of its slowest window."""
    document = client.get(f"/v1/prescriptions/{prescription_id}").document
    statuses = [member(entry, "status", str) for entry in member(document, "entries", list)]
    known = [status for status in statuses if status in STATUS_ORDER]
    return min(known, key=STATUS_ORDER.index) if len(known) == len(statuses) and known else "unknown"


def wait_until_final(
    client: GatewayClient,
    prescription_ids: Sequence[str],
    *,
    deadline_seconds: float,
    on_change: Callable[[str, str], None] = lambda _id, _status: None,
) -> None:
    """Wait until each is final, or raise `CouldNotCheck`; no acknowledged record is lost by that."""
    ends_at = time.monotonic() + deadline_seconds
    waiting = dict.fromkeys(prescription_ids, "")
    while waiting:
        for prescription_id, seen in list(waiting.items()):
            status = find_status(client, prescription_id)
            if status != seen:
                waiting[prescription_id] = status
                on_change(prescription_id, status)
            if status == "final":
                del waiting[prescription_id]
        if waiting:
            _pause(ends_at, len(waiting), deadline_seconds)


def _pause(ends_at: float, count: int, deadline_seconds: float) -> None:
    if time.monotonic() >= ends_at:
        raise CouldNotCheck(
            "sign.not_final_yet",
            f"{count} acknowledged but not final after {deadline_seconds:.0f} s; nothing is lost: the "
            "gateway goes on "
            "by itself once it reaches the chain; ask again later",
            f"{count} 张已受理，但 {deadline_seconds:.0f} 秒后仍未最终确认；不会丢失："
            "网关能连到链时会自行继续；请稍后再查",
        )
    time.sleep(POLL_SECONDS)
