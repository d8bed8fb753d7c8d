"""An event of the register as rows, with a digest of everything that it says."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ledger_chain.register_events import (
    Act,
    Dispensed,
    Refused,
    RegisterEvent,
    Restored,
    Reversed,
    Settled,
    Voided,
)
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.eip712 import ClaimUse
from regulator_portal.register.models import ActedClaim, ActedPack, RegisterAct, RegisterRefusal

MAX_STORED = 2**63 - 1
EventRow = RegisterAct | ActedClaim | ActedPack | RegisterRefusal


def build_rows(event: RegisterEvent, time: int) -> list[EventRow]:
    """Build the rows of an event; `time` is its block's."""
    if isinstance(event, Refused):
        return [_build_refusal(event, time)]
    act = _build_act(event, time)
    return [act, *_list_claims(event, act), *_list_packs(event, act)]


def digest_of(event: RegisterEvent) -> bytes:
    """Return the SHA-256 of everything that an event says, its name and its block too."""
    said = _plain({"event": type(event).__name__, **asdict(event)})
    return hashlib.sha256(canonical_bytes(said)).digest()


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; numbers as text, for those of 64 bits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)


def _build_act(event: Dispensed | Settled | Voided | Restored | Reversed, time: int) -> RegisterAct:
    place = event.place
    row = RegisterAct(
        block_number=place.block_number,
        log_index=place.log_index,
        block_hash=place.block_hash,
        transaction_hash=place.transaction_hash,
        time=time,
        act=Act.VOID,
        subject=event.record if isinstance(event, Voided) else event.into,
        statement=event.statement,
        actor=0,
        digest=digest_of(event),
    )
    if not isinstance(event, Dispensed):
        row.reason = event.reason
    match event:
        case Dispensed():
            row.act, row.actor, row.spender, row.payer = (
                Act.DISPENSE,
                event.spender,
                event.spender,
                event.payer,
            )
            row.kind, row.use_hash, row.is_offline = event.kind, event.use_hash, event.is_offline
        case Settled():
            row.act, row.actor, row.spender, row.payer = Act.SETTLE, event.payer, event.spender, event.payer
        case Reversed():
            row.act, row.actor, row.spender, row.payer = Act.REVERSE, event.payer, event.spender, event.payer
        case Restored():
            row.act, row.actor, row.spender = Act.RESTORE, event.spender, event.spender
            row.is_undone = event.is_undone
        case Voided():
            row.actor, row.kind = event.institution, event.kind
            row.not_before = min(event.not_before, MAX_STORED)  # whoever voids can state any uint64
    return row


def _list_claims(
    event: Dispensed | Settled | Voided | Restored | Reversed, act: RegisterAct
) -> list[ActedClaim]:
    rows = []
    listed: Sequence[ClaimUse | bytes] = event.claims
    for place, claim in enumerate(listed):
        rows.append(
            ActedClaim(
                claim=claim.claim if isinstance(claim, ClaimUse) else claim,
                block_number=act.block_number,
                log_index=act.log_index,
                place=place,
                ordinal=event.ordinals[place] if isinstance(event, Voided) else None,
                restore_count=claim.restore_count if isinstance(claim, ClaimUse) else None,
            )
        )
    return rows


def _list_packs(
    event: Dispensed | Settled | Voided | Restored | Reversed, act: RegisterAct
) -> list[ActedPack]:
    if not isinstance(event, Dispensed | Restored):
        return []
    return [
        ActedPack(
            token=pack.token,
            block_number=act.block_number,
            log_index=act.log_index,
            total_units=pack.total_units,
            units_used=pack.units_used,
        )
        for pack in event.packs
    ]


def _build_refusal(event: Refused, time: int) -> RegisterRefusal:
    place = event.place
    return RegisterRefusal(
        block_number=place.block_number,
        log_index=place.log_index,
        block_hash=place.block_hash,
        transaction_hash=place.transaction_hash,
        time=time,
        act=event.act,
        institution=event.institution,
        subject=event.subject,
        item=event.index,
        reason=event.reason,
        digest=digest_of(event),
    )
