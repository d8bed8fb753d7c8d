"""Judging reading presentations: whoever has a prescription's code may read it (protocol 13)."""

from collections.abc import Sequence

from ledger_api.received.errors import PrescriptionHasNoHolders, PresentationMalformed, PresentationRefused
from ledger_api.received.schemas import ReadingPresentation
from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import SignatureInvalid
from ledger_proofs.presentations import build_reading, reading_claim, verify_reading
from ledger_proofs.records import Record
from ledger_web.errors import FieldProblem


def verify_readings(
    prescription: Record,
    window: int,
    presentations: Sequence[ReadingPresentation],
    *,
    reader: int,
    domain: Domain,
    now: int,
) -> list[int]:
    """Return the ordinals of the claims whose holders let `reader` read a prescription, ascending.

    `reader` 0 is the holder himself. Every presentation has to hold. Raises PrescriptionHasNoHolders,
    PresentationMalformed or PresentationRefused.
    """
    holders = _holders_of(prescription)
    if not holders:
        raise PrescriptionHasNoHolders
    _verify_ordinals([each.ordinal for each in presentations], len(holders))
    for each in presentations:
        name = reading_claim(prescription.issuer, prescription.id, window, each.ordinal)
        stated = build_reading(name, each.restore_count, reader, each.deadline)
        signature = bytes.fromhex(each.signature[2:])
        try:
            verify_reading(stated, domain, signature, holders[each.ordinal], now)
        except SignatureInvalid as fault:
            raise PresentationRefused(each.ordinal, fault.code) from None
    return sorted(each.ordinal for each in presentations)


def _holders_of(prescription: Record) -> list[bytes]:
    listed = prescription.body["holders"]
    return [bytes.fromhex(str(each)[2:]) for each in listed] if isinstance(listed, list | tuple) else []


def _verify_ordinals(ordinals: Sequence[int], claim_count: int) -> None:
    faults = [
        FieldProblem(
            f"/presentations/{place}/ordinal",
            "names no claim of this prescription, or one that stands here twice",
            "不是该处方的份额，或重复出现",
            "claim_unknown",
        )
        for place, ordinal in enumerate(ordinals)
        if ordinal >= claim_count or ordinal in ordinals[:place]
    ]
    if faults:
        raise PresentationMalformed(faults)
