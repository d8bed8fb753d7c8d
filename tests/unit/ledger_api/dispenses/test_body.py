"""The body of a dispensing: sums, order, and packs that are those of the use."""

from __future__ import annotations

from copy import deepcopy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.dispenses.body import DispensingInvalid, parse_body, price_of

HASH = "0x" + "ab" * 32
REF = {"institution": 1, "id": "6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11", "commitment": HASH}
BOX = {"value": "1", "unit": "盒"}
PACK_FACTS = {"total_units": 24, "units_used": 7}

BODY: dict[str, Any] = {
    "prescriptions": [
        {
            **REF,
            "window": 0,
            "not_before": "2026-11-22T01:00:00Z",
            "claims": [
                {"ordinal": 0, "line": 1, "quantity": BOX},
                {"ordinal": 2, "line": 2, "quantity": {"value": "0.5", "unit": "盒"}},
            ],
        }
    ],
    "review": {**REF, "institution": 201},
    "pharmacist": {"name": "林药师", "code": "P-1"},
    "packs": [
        {
            "code": "cn20:83012345678901234567",
            "form": "cn20",
            "token": HASH,
            "unit": "片",
            **PACK_FACTS,
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
                "name": "甲",
                "quantity": BOX,
                "unit_price_minor": 1250,
                "amount_minor": 1250,
            },
            {
                "prescription": 0,
                "line": 2,
                "name": "乙",
                "quantity": {"value": "0.5", "unit": "盒"},
                "unit_price_minor": 1251,
                "amount_minor": 626,
            },
        ],
        "total_minor": 1876,
    },
    "use": {
        "kind": 1,
        "spender": 201,
        "payer": 301,
        "claims": [
            {"claim": "0x" + "01" * 32, "restore_count": 0},
            {"claim": "0x" + "02" * 32, "restore_count": 1},
        ],
        "packs": [{"token": HASH, **PACK_FACTS}],
    },
}


def _changed(path: str, value: Any) -> dict[str, Any]:
    """The body with one member replaced, named by a pointer; None takes it away."""
    body = deepcopy(BODY)
    *parents, name = path.strip("/").split("/")
    part: Any = body
    for step in parents:
        part = part[int(step)] if isinstance(part, list) else part[step]
    key: Any = int(name) if isinstance(part, list) else name
    if value is None:
        del part[key]
    else:
        part[key] = value
    return body


def test_the_body_comes_back_as_it_was() -> None:
    assert parse_body(BODY).as_json() == BODY
    assert parse_body({**BODY, "is_offline": True}).is_offline is True


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("/charges/lines/0/amount_minor", 1249, "amount_differs"),
        ("/charges/lines/1/amount_minor", 625, "amount_differs"),
        ("/charges/total_minor", 1875, "total_differs"),
        ("/charges/lines/1", None, "total_differs"),
        ("/charges/currency", "USD", "literal_error"),
        ("/prescriptions/0/claims/1/ordinal", 0, "claims_order"),
        ("/prescriptions/0/claims/1/line", 1, "charges_incomplete"),
        ("/packs/0/line/line", 3, "pack_line"),
        ("/packs/0/units_used", 25, "pack_units"),
        ("/packs/0/units_used", 8, "packs_differ"),
        ("/packs/0/form", "gs1", "pack_form"),
        ("/packs/0/flags", ["Pack!"], "string_pattern_mismatch"),
        ("/use/packs", [], "packs_differ"),
        ("/use/claims/1", None, "claims_differ"),
        ("/use/kind", 10, "literal_error"),
        ("/is_offline", False, "literal_error"),
        ("/review", None, "missing"),
        ("/patient", "王小明", "extra_forbidden"),
    ],
)
def test_what_does_not_add_up_is_refused_by_its_name(path: str, value: Any, code: str) -> None:
    with pytest.raises(DispensingInvalid) as refused:
        parse_body(_changed(path, value))
    assert code in {fault.code for fault in refused.value.faults}
    assert all(fault.message_zh for fault in refused.value.faults)


def test_a_window_stands_once_and_lines_are_charged_in_order() -> None:
    twice = _changed("/prescriptions", [BODY["prescriptions"][0]] * 2)
    with pytest.raises(DispensingInvalid) as refused:
        parse_body(twice)
    assert {fault.code for fault in refused.value.faults} == {"prescription_repeated"}
    lines = BODY["charges"]["lines"]
    with pytest.raises(DispensingInvalid) as refused:
        parse_body(_changed("/charges/lines", lines[::-1]))
    assert {fault.code for fault in refused.value.faults} == {"charges_order"}


@given(
    st.decimals(min_value="0.000001", max_value="9999999999999999", places=6),
    st.integers(min_value=0, max_value=10**12),
)
def test_amounts_are_rounded_half_up_without_losing_a_digit(quantity: Decimal, price: int) -> None:
    exact = int(quantity.scaleb(6)) * price  # in millionths
    assert price_of(format(quantity, "f"), price) == (2 * exact + 10**6) // (2 * 10**6)


def test_half_a_fen_goes_up() -> None:
    assert [price_of("0.5", price) for price in (1, 2, 3)] == [1, 1, 2]
    assert price_of("1.005", 100) == int(Decimal("100.5").quantize(Decimal(1), ROUND_HALF_UP))
