"""What the holder of a hand-over code sees of its prescription, without an account.

Whoever has the code could take the drugs, so the drugs are no secret to them; whose prescription it is, its
diagnoses and notes stay out. A code for a part shows that part. That it was looked at is on record.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlmodel import Session

from ledger_api.audit.repository import AuditRepository
from ledger_api.demands.models import AnswerState
from ledger_api.demands.repository import DemandRepository
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.holder_view.errors import CodeNotGood
from ledger_api.holder_view.schemas import (
    ClaimSeen,
    DemandSeen,
    HolderView,
    HolderViewRequest,
    LineSeen,
    QuantitySeen,
    ReadingSeen,
)
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts
from ledger_api.prescriptions.body import Amount, PrescriptionBody, parse_body
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.received.errors import PrescriptionHasNoHolders, PresentationMalformed, PresentationRefused
from ledger_api.received.readings import verify_readings
from ledger_api.records.models import StoredRecord
from ledger_api.records.opening import ContentErased, open_record
from ledger_api.records.repository import RecordRepository
from ledger_proofs.claims import claim_key, parse_claim_word
from ledger_proofs.json_members import to_hex
from ledger_proofs.records import Record, parse_utc_time

HOLDER: Final = 0
"""The spender that a holder's own reading presentation names."""
MOST_ROWS: Final = 50
HANDED_OUT: Final = "prescription.handed_out"


def build_view(parts: Parts, request: HolderViewRequest) -> HolderView:
    """Build the view for a code. Raises CodeNotGood, NetworkMissing or ChainSilent."""
    if parts.deployment is None or parts.network is None:
        raise NetworkMissing
    with parts.database.reading() as session:
        stored = RecordRepository(session).find(request.institution, request.id)
    if stored is None or stored.kind != PRESCRIPTION.number:
        raise CodeNotGood
    record, ordinals = _open_for(parts, stored, request)
    body = parse_body(dict(record.body))
    if request.window >= len(body.windows):
        raise CodeNotGood
    window = body.windows[request.window]
    not_before = parse_utc_time(window.not_before)
    keys = [
        claim_key(record.issuer, PRESCRIPTION.number, stored.commitment, not_before, ordinal)
        for ordinal in ordinals
    ]
    stated = ask_claim_words(parts.network.look(), keys)
    words = [parse_claim_word(each.word) for each in stated.words]
    with parts.database.reading() as session:
        readings, demands = _list_readings(session, stored), _list_demands(session, stored)
    return HolderView(
        institution=record.issuer,
        id=record.id,
        window=request.window,
        commitment=to_hex(stored.commitment),
        issued_at=record.issued_at,
        not_before=not_before,
        not_after=parse_utc_time(window.not_after),
        lines=_list_lines(body, ordinals),
        claims=[
            ClaimSeen(
                ordinal=ordinal,
                line=body.claims[ordinal].line,
                quantity=_quantity(body.claims[ordinal].quantity),
                claim=to_hex(key),
                status=word.status.name.lower(),
                restore_count=word.restore_count,
            )
            for ordinal, key, word in zip(ordinals, keys, words, strict=True)
        ],
        claim_count=len(body.claims),
        as_of_block=stated.as_of_block,
        readings=readings,
        demands=demands,
    )


def _open_for(parts: Parts, stored: StoredRecord, request: HolderViewRequest) -> tuple[Record, list[int]]:
    """Open a prescription for who has its code; every refusal looks the same to a stranger."""
    if parts.deployment is None:
        raise NetworkMissing
    try:
        record = open_record(parts.key_wrapper, stored).record
        ordinals = verify_readings(
            record,
            request.window,
            request.presentations,
            reader=HOLDER,
            domain=parts.deployment.domain(),
            now=parts.clock(),
        )
    except (ContentErased, PrescriptionHasNoHolders, PresentationMalformed, PresentationRefused):
        raise CodeNotGood from None
    return record, ordinals


def _list_lines(body: PrescriptionBody, ordinals: Sequence[int]) -> list[LineSeen]:
    shown = {body.claims[ordinal].line for ordinal in ordinals}
    return [
        LineSeen(
            line=line.number,
            name=line.name,
            specification=line.specification,
            dose=_quantity(line.dose),
            frequency=line.frequency,
            route=line.route,
            days=line.days,
            quantity=_quantity(line.quantity),
        )
        for line in body.lines
        if line.number in shown
    ]


def _quantity(amount: Amount) -> QuantitySeen:
    return QuantitySeen(value=amount.value, unit=amount.unit)


def _list_readings(session: Session, stored: StoredRecord) -> list[ReadingSeen]:
    rows = AuditRepository(session).list_about(
        stored.institution, f"prescription:{stored.id}", HANDED_OUT, MOST_ROWS
    )
    return [
        ReadingSeen(institution=int(row.details["institution"]), window=int(row.details["window"]), at=row.at)
        for row in rows
    ]


def _list_demands(session: Session, stored: StoredRecord) -> list[DemandSeen]:
    return [
        DemandSeen(
            regulator=row.regulator,
            purpose=cast("Any", row.purpose),
            received_at=row.received_at,
            answer_by=row.answer_by,
            state=AnswerState(row.state),
        )
        for row in DemandRepository(session).list_about(stored.institution, stored.id, MOST_ROWS)
    ]
