"""Whatever a FHIR file holds, it is drafted, left out with a reason, or refused."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_api.imports.fhir_bundle import BundleInvalid, parse_bundle
from ledger_api.imports.fhir_drafts import build_plan
from ledger_api.imports.fhir_json import MalformedFhir, parse_fhir_json
from ledger_api.imports.fhir_orders import OrderReader
from ledger_api.imports.outcomes import LeftOut
from ledger_web.errors import ServiceError
from tests.support.drafts import RXNORM, bundle_value, drug
from tests.support.fhir_plans import EXAMPLE_MAP, NOW, SHANGHAI, read

NUMBERS = st.integers(-(10**7), 10**7).map(lambda number: number / 100)
FHIR_NAMES = [
    "coding",
    "code",
    "system",
    "value",
    "unit",
    "reference",
    "text",
    "repeat",
    "timing",
    "extension",
]
ORDER_MEMBERS = [
    "status",
    "intent",
    "subject",
    "encounter",
    "medicationCodeableConcept",
    "medicationReference",
    "contained",
    "dosageInstruction",
    "dispenseRequest",
    "reasonCode",
    "reasonReference",
    "groupIdentifier",
    "identifier",
    "authoredOn",
    "courseOfTherapyType",
    "category",
    "extension",
]
PATIENT_MEMBERS = ["name", "identifier", "gender", "birthDate", "deceasedBoolean", "id", "resourceType"]
fhir_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | NUMBERS
    | st.text(max_size=10)
    | st.sampled_from(["active", "order", "mg", "d", "Patient/1", "2026-01-01", RXNORM]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FHIR_NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)
quantities = st.fixed_dictionaries(
    {"value": NUMBERS}, optional={"unit": st.sampled_from(["mg", "片", "盒", "d", "wk", "tablet", "x"])}
)
repeats = st.fixed_dictionaries(
    {
        "frequency": st.integers(1, 6),
        "period": NUMBERS,
        "periodUnit": st.sampled_from(["h", "d", "wk", "mo"]),
    },
    optional={"boundsDuration": quantities},
)
dosages = st.fixed_dictionaries(
    {},
    optional={
        "asNeededBoolean": st.booleans(),
        "doseAndRate": st.lists(st.fixed_dictionaries({"doseQuantity": quantities}), max_size=2),
        "route": st.fixed_dictionaries({"text": st.text(min_size=1, max_size=60)}),
        "timing": st.fixed_dictionaries({}, optional={"repeat": repeats}),
    },
)
supplies = st.fixed_dictionaries(
    {},
    optional={
        "quantity": quantities,
        "expectedSupplyDuration": quantities,
        "dispenseInterval": quantities,
        "numberOfRepeatsAllowed": st.integers(0, 20),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(dosages, max_size=2), supplies)
def test_any_dosage_is_drafted_or_refused(dosage_list: list[Any], supply: dict[str, Any]) -> None:
    orders, left_out = read(bundle_value({"dosageInstruction": dosage_list, "dispenseRequest": supply}))
    planned = build_plan(orders, EXAMPLE_MAP, NOW, SHANGHAI)
    assert len(planned.drafts) + len(planned.left_out) + len(left_out) == 1


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(ORDER_MEMBERS), fhir_values, max_size=3))
def test_any_order_is_planned_or_left_out_with_a_reason(change: dict[str, Any]) -> None:
    orders, left_out = read(bundle_value(change))
    planned = build_plan(orders, EXAMPLE_MAP, NOW, SHANGHAI)
    drafted = sum(len(draft.lines) for draft in planned.drafts)
    assert drafted + len(left_out) + len(planned.left_out) == 1
    told = [(why.message, why.message_zh) for why in left_out]
    told += [(item.message, item.message_zh) for item in planned.left_out]
    assert all(message and message_zh for message, message_zh in told)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(PATIENT_MEMBERS), fhir_values, max_size=2))
def test_any_patient_is_read_or_leaves_the_order_out(change: dict[str, Any]) -> None:
    bundle = bundle_value()
    bundle["entry"][0]["resource"].update(change)
    orders, left_out = read(bundle)
    planned = build_plan(orders, EXAMPLE_MAP, NOW, SHANGHAI)
    assert len(planned.drafts) + len(planned.left_out) + len(left_out) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(content: bytes) -> None:
    try:
        parse_bundle(parse_fhir_json(content))
    except ServiceError as refusal:
        assert isinstance(refusal, MalformedFhir | BundleInvalid)


@given(fhir_values)
def test_any_value_is_a_bundle_or_refused(value: Any) -> None:
    try:
        parse_bundle(parse_fhir_json(json.dumps(value).encode()))
    except ServiceError as refusal:
        assert isinstance(refusal, MalformedFhir | BundleInvalid)


@given(st.integers(0, 5_000), st.sampled_from(["flip", "cut"]))
def test_a_damaged_bundle_is_parsed_or_refused(place: int, damage: str) -> None:
    content = bytearray(json.dumps(bundle_value({}, drug("314076")), ensure_ascii=False).encode())
    place %= len(content)
    if damage == "cut":
        del content[place:]
    else:
        content[place] ^= 0x15
    try:
        parsed = parse_bundle(parse_fhir_json(bytes(content)))
    except ServiceError as refusal:
        assert isinstance(refusal, MalformedFhir | BundleInvalid)
        return
    for entry in parsed.orders:
        try:
            order = OrderReader(parsed).read(entry)
        except LeftOut as why:
            assert why.message_zh
        else:
            build_plan([order], EXAMPLE_MAP, NOW, SHANGHAI)
