"""What a regulator is shown of each kind without a demand: what rules need, and nothing of a person."""

from typing import Any

import pytest

from ledger_api.evidence.minimal import choose_minimal
from ledger_proofs.kinds import KINDS
from ledger_proofs.pointers import list_fields

PERSONAL = "a person's own"
REF = {"institution": 1, "id": "01890a5d-ac96-774b-bcce-b302099a8057", "commitment": "0x" + "ab" * 32}
WINDOW_REF = {**REF, "window": 0, "not_before": "2026-11-22T01:00:00Z"}
STAFF = {"name": PERSONAL, "code": PERSONAL}
KEY = "0x" + "cd" * 32

BODIES: dict[int, dict[str, Any]] = {
    1: {"patient": {"name": PERSONAL}, "lines": [{"name": PERSONAL, "note": PERSONAL}], "note": PERSONAL},
    2: {
        "prescription": REF,
        "decision": "rejected",
        "reasons": ["dose"],
        "opinion": PERSONAL,
        "pharmacist": STAFF,
    },
    3: {
        "prescriptions": [
            {
                **WINDOW_REF,
                "claims": [{"ordinal": 0, "line": 1, "quantity": {"value": PERSONAL, "unit": PERSONAL}}],
            }
        ],
        "review": REF,
        "pharmacist": STAFF,
        "packs": [
            {
                "code": PERSONAL,
                "token": KEY,
                "product": {"name": PERSONAL},
                "lot": "L1",
                "unit": "片",
                "total_units": 24,
                "units_used": 12,
                "line": {"prescription": 0, "line": 1},
                "flags": ["pack.unknown"],
            }
        ],
        "charges": {
            "currency": "CNY",
            "lines": [
                {
                    "prescription": 0,
                    "line": 1,
                    "name": PERSONAL,
                    "quantity": {"value": PERSONAL, "unit": PERSONAL},
                    "unit_price_minor": 100,
                    "amount_minor": 200,
                }
            ],
            "total_minor": 200,
        },
    },
    4: {
        "dispensing": REF,
        "decision": "reduced",
        "currency": "CNY",
        "lines": [{"line": 0, "amount_minor": 200, "reduced_minor": 100, "reason": "over_limit"}],
        "totals": {"amount_minor": 200},
        "claims": [KEY],
        "note": PERSONAL,
        "adjudicator": STAFF,
    },
    5: {
        "prescription": WINDOW_REF,
        "ordinals": [0],
        "reason": "withdrawn",
        "note": PERSONAL,
        "prescriber": STAFF,
    },
    6: {"dispensing": REF, "reason": "returned", "note": PERSONAL, "pharmacist": STAFF},
    7: {
        "settlement": REF,
        "dispensing": REF,
        "claims": [KEY],
        "reason": "audit",
        "note": PERSONAL,
        "adjudicator": STAFF,
    },
    8: {
        "prescription": WINDOW_REF,
        "dispensing": REF,
        "reason": "chain_refused",
        "chain_error": "ClaimRegisterNotUnused",
        "note": PERSONAL,
        "pharmacist": STAFF,
    },
    9: {
        "event": "commissioned",
        "product": {"code": "EX-1", "name": "片"},
        "lot": "L1",
        "units_per_pack": 24,
        "packs": [KEY],
        "releaser": STAFF,
    },
    11: {
        "subject": REF,
        "purpose": "audit",
        "grounds": PERSONAL,
        "answer_by": "2026-12-22T01:00:00Z",
        "recipient_key": KEY,
        "officer": STAFF,
    },
    12: {
        "demand": REF,
        "subject": REF,
        "decision": "refused",
        "reason": PERSONAL,
        "wrapped_key_sha256": KEY,
        "clerk": STAFF,
    },
}


def shown_of(kind: int, body: dict[str, Any]) -> dict[str, Any]:
    fields = dict(list_fields({"id": "01890a5d", "body": body}))
    return {pointer: fields[pointer] for pointer in choose_minimal(kind, fields)}


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_no_value_of_a_person_is_shown(kind: int) -> None:
    assert PERSONAL not in shown_of(kind, BODIES[kind]).values()


@pytest.mark.parametrize("kind", sorted(set(BODIES) - {1}))
def test_everything_else_is_shown(kind: int) -> None:
    fields = list_fields({"id": "01890a5d", "body": BODIES[kind]})
    expected = {field.pointer for field in fields if field.value != PERSONAL}
    assert set(shown_of(kind, BODIES[kind])) == expected


def test_of_a_prescription_only_its_id_is_shown_besides_what_its_entry_states() -> None:
    assert list(shown_of(1, BODIES[1])) == ["/id"]


def test_every_kind_that_is_issued_is_thought_of() -> None:
    assert set(KINDS) - set(BODIES) == {10}, "an invoice is a row of the kinds and no record yet"
    assert shown_of(10, {"anything": "else"}) == {"/id": "01890a5d"}


def test_a_member_that_only_begins_like_one_that_is_shown_stays_hidden() -> None:
    body = {"reasons": ["dose"], "reasons_in_words": PERSONAL, "decision": {"words": PERSONAL}}
    assert PERSONAL not in shown_of(2, body).values()
