"""What a dispensing must say to be the one that was asked for, and what hands its claims over.

The use is what the claims' keys sign: it is rebuilt here from the record's own fields and compared with what
was asked for: these claims and no others, these packs with these units, this payer, this spender.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger_cli.acting.holder import PRESCRIPTION_KIND
from ledger_cli.acting.records import verify_reference
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord, differs
from ledger_proofs.claims import claim_key
from ledger_proofs.eip712 import Presentation, Use
from ledger_proofs.handover import HandoverCode
from ledger_proofs.packs import parse_pack_code
from ledger_proofs.presentations import sign_presentation
from ledger_proofs.records import parse_utc_time
from ledger_proofs.types import ClaimKey, JsonValue
from ledger_proofs.uses import parse_use

PRESENTATION_SECONDS = 900
"""How long what the code's keys sign can be used: the gateway sends it at once."""


@dataclass(frozen=True)
class Taking:
    """Claims of one window of one prescription that are taken. Without a code: the hospital's own."""

    institution: int
    id: str
    window: int
    ordinals: tuple[int, ...]
    code: HandoverCode | None = field(default=None, repr=False)

    @classmethod
    def of_code(cls, code: HandoverCode, ordinals: Sequence[int]) -> Taking:
        """These claims, by the code that hands them over."""
        return cls(code.institution, code.record_id, code.window, tuple(sorted(ordinals)), code)


@dataclass(frozen=True)
class ScannedPack:
    """A pack for one line of one prescription of the request. Without units: all that are left in it."""

    code: str
    line: int
    prescription: int = 0
    units_used: int | None = None


@dataclass(frozen=True)
class Price:
    """What one unit of a line costs, in minor units."""

    line: int
    unit_price_minor: int
    prescription: int = 0


@dataclass(frozen=True)
class DispensingRequest:
    """What a pharmacist wants to dispense. `payer` 0: the patient pays it all."""

    takings: Sequence[Taking]
    packs: Sequence[ScannedPack]
    prices: Sequence[Price]
    payer: int = 0
    override_flags: Sequence[str] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """The request to prepare it."""
        request: dict[str, JsonValue] = {
            "prescriptions": [
                {
                    "institution": each.institution,
                    "id": each.id,
                    "window": each.window,
                    "ordinals": list(each.ordinals),
                }
                for each in self.takings
            ],
            "packs": [_pack_json(pack) for pack in self.packs],
            "payer": self.payer,
            "prices": [
                {
                    "prescription": price.prescription,
                    "line": price.line,
                    "unit_price_minor": price.unit_price_minor,
                }
                for price in self.prices
            ],
        }
        if self.override_flags:
            request["override_flags"] = list(self.override_flags)
        return request


def check_dispensing(checked: CheckedRecord, request: DispensingRequest) -> None:
    """Raise `Refused` where the record is another dispensing than was asked for."""
    body = checked.record.body
    claims = {claim for taking in _claims_by_taking(checked, request) for claim in taking.values()}
    use = parse_use(body.get("use"))
    if use.kind != PRESCRIPTION_KIND or use.spender != checked.record.issuer:
        raise differs("/body/use is another institution's or kind's", "/body/use 的机构或类型不符")
    if use.payer != request.payer:
        raise differs(f"/body/use names payer {use.payer}", f"/body/use 的付款方为 {use.payer}")
    if {each.claim for each in use.claims} != claims:
        raise differs("/body/use takes other claims than you chose", "/body/use 取用的份额与所选不符")
    _check_packs(body, use, request)
    _check_prices(body, request)


def sign_use(
    checked: CheckedRecord, answer: Any, request: DispensingRequest, *, now: int | None = None
) -> list[dict[str, JsonValue]]:
    """Sign, with the codes' keys, that each claim is handed over for just this use, into just this record."""
    use = parse_use(checked.record.body.get("use"))
    restore_counts = {each.claim: each.restore_count for each in use.claims}
    wanted = (int(time.time()) if now is None else now) + PRESENTATION_SECONDS
    latest = _latest_deadlines(answer)
    signed: list[dict[str, JsonValue]] = []
    for taking, claims in zip(request.takings, _claims_by_taking(checked, request), strict=True):
        if taking.code is None:
            continue
        for ordinal, claim in claims.items():
            deadline = min(wanted, latest.get("0x" + claim.hex(), wanted))
            presentation = Presentation(
                claim,
                restore_counts[claim],
                use.spender,
                use.struct_hash(),
                checked.commitment,
                deadline,
            )
            signature = sign_presentation(presentation, checked.domain, taking.code.key_for(ordinal))
            signed.append(
                {"claim": "0x" + claim.hex(), "deadline": deadline, "signature": "0x" + signature.hex()}
            )
    return signed


def _claims_by_taking(checked: CheckedRecord, request: DispensingRequest) -> list[dict[int, ClaimKey]]:
    shown = member(checked.record.body, "prescriptions", list)
    if len(shown) != len(request.takings):
        raise differs("/body/prescriptions isn't what you chose", "/body/prescriptions 与所选不符")
    return [
        _claims_of(each, taking, f"/body/prescriptions/{number}")
        for number, (each, taking) in enumerate(zip(shown, request.takings, strict=True))
    ]


def _claims_of(shown: Any, taking: Taking, where: str) -> dict[int, ClaimKey]:
    """The keys of the claims that are taken, computed from the reference that the record states."""
    reference = verify_reference(shown, taking.institution, taking.id, where)
    ordinals = [member(each, "ordinal", int) for each in member(shown, "claims", list)]
    if sorted(ordinals) != sorted(taking.ordinals) or member(shown, "window", int) != taking.window:
        raise differs(f"{where} takes other claims than you chose", f"{where} 取用的份额与所选不符")
    not_before = parse_utc_time(member(shown, "not_before", str), f"{where}/not_before")
    commitment = bytes.fromhex(reference.commitment.removeprefix("0x"))
    return {
        ordinal: claim_key(taking.institution, PRESCRIPTION_KIND, commitment, not_before, ordinal)
        for ordinal in ordinals
    }


def _check_packs(body: Mapping[str, Any], use: Use, request: DispensingRequest) -> None:
    shown = member(body, "packs", list)
    asked = {parse_pack_code(pack.code).canonical: pack for pack in request.packs}
    if len(shown) != len(request.packs) or {member(each, "code", str) for each in shown} != set(asked):
        raise differs("/body/packs aren't the packs that you scanned", "/body/packs 与所扫描的包装不符")
    stated = {
        (member(each, "token", str), member(each, "total_units", int), member(each, "units_used", int))
        for each in shown
    }
    used = {("0x" + pack.token.hex(), pack.total_units, pack.units_used) for pack in use.packs}
    if stated != used:
        raise differs("/body/use counts other packs than /body/packs", "/body/use 与 /body/packs 的包装不符")
    for each in shown:
        units = asked[member(each, "code", str)].units_used
        if units is not None and member(each, "units_used", int) != units:
            raise differs("/body/packs uses other units than you said", "/body/packs 的用量与所填不符")


def _check_prices(body: Mapping[str, Any], request: DispensingRequest) -> None:
    charges = member(body, "charges", dict)
    asked = {(price.prescription, price.line): price.unit_price_minor for price in request.prices}
    for each in member(charges, "lines", list):
        place = (member(each, "prescription", int), member(each, "line", int))
        if place in asked and member(each, "unit_price_minor", int) != asked[place]:
            raise differs("/body/charges has another price than you said", "/body/charges 的单价与所填不符")
    total = sum(member(each, "amount_minor", int) for each in charges["lines"])
    if member(charges, "total_minor", int) != total:
        raise differs("/body/charges isn't the sum of its lines", "/body/charges 合计与各行不符")


def _pack_json(pack: ScannedPack) -> dict[str, JsonValue]:
    stated: dict[str, JsonValue] = {
        "code": pack.code,
        "line": {"prescription": pack.prescription, "line": pack.line},
    }
    return stated if pack.units_used is None else stated | {"units_used": pack.units_used}


def _latest_deadlines(answer: Any) -> dict[str, int]:
    listed = answer.get("presentations_to_sign", []) if isinstance(answer, dict) else []
    return {member(each, "claim", str): member(each, "max_deadline", int) for each in listed}
