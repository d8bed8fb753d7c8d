"""A pharmacist's client signs the dispensing that she asked for, and a code's keys sign just that use."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ledger_cli.acting.dispensing_check import (
    DispensingRequest,
    Price,
    ScannedPack,
    Taking,
    check_dispensing,
    sign_use,
)
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.errors import Refused
from ledger_cli.prepared import CheckedRecord, check_record
from ledger_proofs.claims import claim_key
from ledger_proofs.eip712 import Presentation
from ledger_proofs.packs import pack_token, parse_pack_code
from ledger_proofs.presentations import recover_holder
from ledger_proofs.records import format_utc_time
from ledger_proofs.types import ClaimKey
from ledger_proofs.uses import parse_use
from tests.unit.ledger_cli.prepared_support import NOW, build_profile, build_reply_of

PHARMACY, PAYER, HOSPITAL = 201, 301, 1
RECORD_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
COMMITMENT = bytes(range(32))
CODES = ("80000017563807977664", "(01)06900000000007(21)S0618244093228")
PROFILE = build_profile(institution=PHARMACY)
SEED = CodeSeed(bytes(32))
WINDOW_START = NOW - 60


def key_of(ordinal: int) -> ClaimKey:
    """The key of a claim of the prescription that is dispensed."""
    return claim_key(HOSPITAL, 1, COMMITMENT, WINDOW_START, ordinal)


def asked() -> DispensingRequest:
    """Two claims of one prescription, with a pack each."""
    taking = Taking.of_code(SEED.code(HOSPITAL, RECORD_ID), (0, 1))
    packs = [ScannedPack(CODES[0], 1, units_used=1), ScannedPack(CODES[1], 2, units_used=3)]
    return DispensingRequest([taking], packs, [Price(1, 100), Price(2, 250)], PAYER)


def honest_record() -> dict[str, Any]:
    """What an honest gateway makes of it."""
    packs = [build_pack(text, line, units) for text, line, units in ((CODES[0], 1, 1), (CODES[1], 2, 3))]
    tokens = ("token", "total_units", "units_used")
    claims = sorted("0x" + key_of(ordinal).hex() for ordinal in (0, 1))
    return {
        "schema": "rx.dispensing/1",
        "id": "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a12",
        "issuer": PHARMACY,
        "issued_at": format_utc_time(NOW),
        "body": {
            "prescriptions": [
                {
                    "institution": HOSPITAL,
                    "id": RECORD_ID,
                    "commitment": "0x" + COMMITMENT.hex(),
                    "window": 0,
                    "not_before": format_utc_time(WINDOW_START),
                    "claims": [{"ordinal": ordinal, "line": ordinal + 1} for ordinal in (0, 1)],
                }
            ],
            "packs": packs,
            "charges": {
                "currency": "CNY",
                "lines": [
                    {"prescription": 0, "line": 1, "unit_price_minor": 100, "amount_minor": 100},
                    {"prescription": 0, "line": 2, "unit_price_minor": 250, "amount_minor": 750},
                ],
                "total_minor": 850,
            },
            "use": {
                "kind": 1,
                "spender": PHARMACY,
                "payer": PAYER,
                "claims": [{"claim": claim, "restore_count": 0} for claim in claims],
                "packs": sorted(
                    ({name: pack[name] for name in tokens} for pack in packs), key=lambda each: each["token"]
                ),
            },
        },
    }


def build_pack(text: str, line: int, units: int) -> dict[str, Any]:
    """A pack of ten units as a record states it."""
    code = parse_pack_code(text)
    return {
        "code": code.canonical,
        "token": "0x" + pack_token(bytes(32), code).hex(),
        "total_units": 10,
        "units_used": units,
        "line": {"prescription": 0, "line": line},
    }


def checked(record: dict[str, Any]) -> CheckedRecord:
    """The record as the client recomputed it."""
    return check_record(build_reply_of(record, PROFILE), PROFILE, "rx.dispensing/1", now=NOW)


def test_what_was_asked_for_is_taken() -> None:
    check_dispensing(checked(honest_record()), asked())


def other_payer(body: dict[str, Any]) -> None:
    body["use"]["payer"] = 302


def fewer_claims(body: dict[str, Any]) -> None:
    del body["prescriptions"][0]["claims"][1]
    del body["use"]["claims"][1]


def other_claim_in_the_use(body: dict[str, Any]) -> None:
    body["use"]["claims"][1]["claim"] = "0x" + "ff" * 32


def other_prescription(body: dict[str, Any]) -> None:
    body["prescriptions"][0]["id"] = "01890a5d-ac96-774b-bcce-b302099a8058"


def other_window(body: dict[str, Any]) -> None:
    body["prescriptions"][0]["window"] = 1


def other_pack(body: dict[str, Any]) -> None:
    body["packs"][0]["code"] = "cn20:80000017563807977665"


def more_units(body: dict[str, Any]) -> None:
    for pack in (body["packs"][0], *body["use"]["packs"]):
        if pack["units_used"] == 1:
            pack["units_used"] = 2


def units_in_the_use_alone(body: dict[str, Any]) -> None:
    body["use"]["packs"][0]["units_used"] = 9


def other_price(body: dict[str, Any]) -> None:
    body["charges"]["lines"][0]["unit_price_minor"] = 101


def inflated_total(body: dict[str, Any]) -> None:
    body["charges"]["total_minor"] = 9_850


@pytest.mark.parametrize(
    "change",
    [
        other_payer,
        fewer_claims,
        other_claim_in_the_use,
        other_prescription,
        other_window,
        other_pack,
        more_units,
        units_in_the_use_alone,
        other_price,
        inflated_total,
    ],
)
def test_anything_else_is_not_signed(change: Callable[[dict[str, Any]], None]) -> None:
    record = copy.deepcopy(honest_record())
    change(record["body"])
    shown = checked(record)
    with pytest.raises(Refused) as refused:
        check_dispensing(shown, asked())
    assert refused.value.code == "sign.differs"


def test_the_codes_keys_sign_this_use_into_this_record_and_nothing_else() -> None:
    shown, request = checked(honest_record()), asked()
    use = parse_use(shown.record.body["use"])
    signed = sign_use(shown, {"presentations_to_sign": []}, request, now=NOW)
    assert [each["claim"] for each in signed] == ["0x" + key_of(ordinal).hex() for ordinal in (0, 1)]
    for ordinal, each in enumerate(signed):
        deadline = each["deadline"]
        assert isinstance(deadline, int) and NOW < deadline <= NOW + 900
        presentation = Presentation(
            key_of(ordinal), 0, PHARMACY, use.struct_hash(), shown.commitment, deadline
        )
        signature = bytes.fromhex(str(each["signature"])[2:])
        holder = recover_holder(presentation, PROFILE.domain(), signature)
        assert "0x" + holder.hex() == SEED.addresses(2)[ordinal]


def test_a_deadline_is_no_later_than_the_gateway_takes() -> None:
    latest = [{"claim": "0x" + key_of(0).hex(), "max_deadline": NOW + 5}]
    signed = sign_use(checked(honest_record()), {"presentations_to_sign": latest}, asked(), now=NOW)
    assert [each["deadline"] for each in signed] == [NOW + 5, NOW + 900]


def test_a_hospital_without_a_code_presents_nothing() -> None:
    request = asked()
    taking = Taking(HOSPITAL, RECORD_ID, 0, (0, 1))
    own = DispensingRequest([taking], request.packs, request.prices, request.payer)
    shown = checked(honest_record())
    check_dispensing(shown, own)
    assert sign_use(shown, {}, own, now=NOW) == []
