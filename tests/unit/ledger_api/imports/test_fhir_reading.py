from decimal import Decimal
from typing import Any

import pytest

from ledger_api.codes.service import CodeMap
from ledger_api.imports.fhir_bundle import BundleInvalid
from ledger_api.imports.fhir_json import parse_fhir_json
from ledger_api.imports.fhir_orders import CHINESE_ID_CARD
from tests.support.drafts import RXNORM, bundle_value, drug
from tests.support.fhir_plans import EXAMPLE_MAP, plan, read


def only_line(change: dict[str, Any]) -> dict[str, Any]:
    planned = plan(change)
    assert planned.left_out == ()
    line = planned.drafts[0].draft.as_json()["lines"]
    assert isinstance(line, list)
    first = line[0]
    assert isinstance(first, dict)
    return first


def dosage(**members: Any) -> dict[str, Any]:
    return {"dosageInstruction": [members]}


def every(frequency: int, period: float, unit: str) -> dict[str, Any]:
    return dosage(timing={"repeat": {"frequency": frequency, "period": period, "periodUnit": unit}})


@pytest.mark.parametrize(
    ("change", "frequency", "packs"),
    [
        (every(1, 1, "d"), "QD", "1"),
        (every(2, 1, "d"), "BID", "2"),
        (every(3, 1, "d"), "TID", "3"),
        (every(1, 12, "h"), "Q12H", "2"),
        (every(1, 6, "h"), "Q6H", "4"),
        (every(1, 2, "d"), "QOD", "1"),
        (every(1, 1, "wk"), "QW", "1"),
        (dosage(timing={"code": {"coding": [{"system": "urn:gts", "code": "QID"}]}}), "QID", "4"),
        (dosage(asNeededBoolean=True), "PRN", "1"),
        (dosage(), "QD", "1"),
        ({"dosageInstruction": None}, "QD", "1"),
    ],
)
def test_timing_becomes_a_frequency_and_packs(change: dict[str, Any], frequency: str, packs: str) -> None:
    line = only_line(change)
    assert line["frequency"] == frequency
    assert line["quantity"] == {"value": packs, "unit": "盒"}


def dose(**quantity: Any) -> dict[str, Any]:
    return dosage(doseAndRate=[{"doseQuantity": quantity}])


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (dose(value=2.5, unit="mg"), "2.5"),
        (dose(value=10, unit="MG", code="mg"), "10"),
        (dose(value=1, unit="tablet"), "5"),
        (dose(value=2), "10"),
        (dose(value=0.5, unit="片"), "2.5"),
    ],
)
def test_a_dose_is_told_in_the_strength_unit(change: dict[str, Any], value: str) -> None:
    assert only_line(change)["dose"] == {"value": value, "unit": "mg"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (dose(value=1, unit="ml"), "dose_unit_unknown"),
        (dose(value=0, unit="mg"), "amount_out_of_range"),
        (dose(value=-1, unit="mg"), "amount_out_of_range"),
        (dose(value=10**9, unit="mg"), "amount_out_of_range"),
        (dose(value=1, unit="mg", comparator="<"), "dosage_unclear"),
        (dose(unit="mg"), "amount_out_of_range"),
        (dosage(doseAndRate=[{"doseRange": {"low": {"value": 1}}}]), "dosage_unclear"),
        (every(5, 1, "d"), "frequency_unknown"),
        (every(1, 1.5, "h"), "frequency_unknown"),
        (every(1, 1, "mo"), "frequency_unknown"),
        (dosage(timing={"event": ["2026-01-01"]}), "frequency_unknown"),
        (dosage(route={"coding": [{"system": "urn:x", "code": "1"}]}), "route_unclear"),
        ({"dispenseRequest": {"quantity": {"value": 1, "unit": "bottle"}}}, "supply_unclear"),
        ({"dispenseRequest": {"quantity": {"value": 0, "unit": "tablet"}}}, "amount_out_of_range"),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 0, "unit": "d"}}}, "amount_out_of_range"),
        ({"dispenseRequest": {"expectedSupplyDuration": {"value": 400, "unit": "d"}}}, "supply_unclear"),
    ],
)
def test_a_dosage_that_one_line_cannot_tell_is_refused(change: dict[str, Any], code: str) -> None:
    planned = plan(change)
    assert planned.drafts == ()
    assert [item.code for item in planned.left_out] == [code]


@pytest.mark.parametrize(
    ("quantity", "packs"),
    [
        ({"value": 14, "unit": "tablet"}, "2"),
        ({"value": 15, "unit": "片"}, "3"),
        ({"value": 3, "unit": "盒"}, "3"),
    ],
)
def test_a_stated_quantity_is_told_in_whole_packs(quantity: dict[str, Any], packs: str) -> None:
    assert only_line({"dispenseRequest": {"quantity": quantity}})["quantity"]["value"] == packs


def test_repeats_become_repeats() -> None:
    change = {
        "dispenseRequest": {
            "numberOfRepeatsAllowed": 2,
            "expectedSupplyDuration": {"value": 2, "unit": "d"},
            "dispenseInterval": {"value": 1, "unit": "week"},
        }
    }
    draft = plan(change).drafts[0].draft.as_json()
    assert draft["repeats"] == {"count": 3, "interval_days": 7}


def test_a_rule_against_one_line_leaves_the_others() -> None:
    long = {"dispenseRequest": {"expectedSupplyDuration": {"value": 30, "unit": "d"}}}
    planned = plan(drug("314076"), long, drug("861007"))
    assert [len(draft.lines) for draft in planned.drafts] == [2]
    assert [(item.entry, item.code) for item in planned.left_out] == [(2, "supply_needs_reason")]


def test_controlled_drugs_and_decoctions_get_forms_of_their_own() -> None:
    amlodipine = EXAMPLE_MAP.drugs[(RXNORM, "197361")]
    changed = {
        (RXNORM, "1"): amlodipine.model_copy(
            update={"control_class": "psychotropic_2", "control_form": "other"}
        ),
        (RXNORM, "2"): amlodipine.model_copy(update={"item_type": "13"}),
        (RXNORM, "3"): amlodipine,
    }
    planned = plan(drug("1"), drug("2"), drug("3"), code_map=CodeMap(1, changed, EXAMPLE_MAP.diagnoses))
    assert planned.left_out == ()
    kinds = {(draft.draft.type, draft.draft.lines[0].item_type) for draft in planned.drafts}
    assert kinds == {("psychotropic_2", "11"), ("ordinary", "13"), ("ordinary", "11")}


def test_an_unmapped_diagnosis_keeps_its_own_code() -> None:
    planned = plan(code_map=CodeMap(1, EXAMPLE_MAP.drugs, {}))
    diagnosis = planned.drafts[0].draft.diagnoses[0]
    assert (diagnosis.system, diagnosis.code) == ("http://hl7.org/fhir/sid/icd-10-cm", "I10")
    assert "diagnosis_unmapped" in planned.drafts[0].notes


def _with(bundle: dict[str, Any], *resources: dict[str, Any]) -> dict[str, Any]:
    bundle["entry"] += [
        {"fullUrl": f"http://fhir.example/{one['resourceType']}/{one['id']}", "resource": one}
        for one in resources
    ]
    return bundle


def _condition(number: int, code: str, **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": str(number),
        "subject": {"reference": "urn:uuid:6f0b2a52-3a52-4f2b-8a55-0b1f5f1c0a01"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}], "text": code},
        **members,
    }


def test_without_a_reason_the_patients_active_conditions_are_the_grounds() -> None:
    status = {"coding": [{"system": "urn:x", "code": "resolved"}]}
    bundle = _with(
        bundle_value({"reasonCode": None}),
        _condition(1, "I10"),
        _condition(2, "E11.9", clinicalStatus=status),
        _condition(3, "E78.5", subject={"reference": "Patient/other"}),
        _condition(4, "E03.9", verificationStatus={"coding": [{"system": "urn:x", "code": "refuted"}]}),
    )
    orders, _ = read(bundle)
    assert [ground.name for ground in orders[0].grounds] == ["I10"]
    assert orders[0].from_problem_list


def test_conditions_of_the_same_encounter_go_before_the_others() -> None:
    visit = {"encounter": {"reference": "Encounter/1"}}
    bundle = _with(
        bundle_value({"reasonCode": None, **visit}, {"reasonCode": None}),
        _condition(1, "I10"),
        _condition(2, "E11.9", **visit),
    )
    orders, _ = read(bundle)
    assert [[ground.name for ground in order.grounds] for order in orders] == [["E11.9"], ["I10", "E11.9"]]


def test_many_orders_with_many_conditions_are_read_in_one_pass_over_them() -> None:
    # Every order used to walk through every condition: minutes for a bundle within all bounds.
    conditions = [_condition(number, f"I{number}") for number in range(400)]
    bundle = _with(bundle_value(*[{"reasonCode": None}] * 400), *conditions)
    orders, left_out = read(bundle)
    assert (len(orders), left_out) == (400, [])
    assert all(order.grounds is orders[0].grounds for order in orders)


def test_more_conditions_than_a_person_has_are_refused() -> None:
    bundle = _with(bundle_value(), *[_condition(number, "I10") for number in range(2_001)])
    with pytest.raises(BundleInvalid):
        read(bundle)


def test_a_reason_and_a_drug_can_be_referred_to() -> None:
    change = {
        "reasonCode": None,
        "reasonReference": [{"reference": "Condition/7"}],
        "medicationCodeableConcept": None,
        "medicationReference": {"reference": "Medication/9"},
    }
    medication = {
        "resourceType": "Medication",
        "id": "9",
        "code": drug("314076")["medicationCodeableConcept"],
    }
    orders, left_out = read(_with(bundle_value(change), _condition(7, "E11.9"), medication))
    assert left_out == []
    assert orders[0].drug_codings == ((RXNORM, "314076"),)
    assert not orders[0].from_problem_list


def test_a_contained_drug_is_found() -> None:
    change = {
        "medicationCodeableConcept": None,
        "medicationReference": {"reference": "#m"},
        "contained": [
            {"resourceType": "Medication", "id": "m", "code": drug("861007")["medicationCodeableConcept"]}
        ],
    }
    orders, left_out = read(bundle_value(change))
    assert left_out == []
    assert orders[0].drug_codings == ((RXNORM, "861007"),)


def _patient(**members: Any) -> list[str]:
    bundle = bundle_value()
    bundle["entry"][0]["resource"].update(members)
    orders, left_out = read(bundle)
    return [why.code for why in left_out] or [
        str(orders[0].patient["name"]),
        str(orders[0].patient["id_type"]),
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"name": [{"family": "欧阳", "given": ["小", "明"]}]}, ["欧阳小明", "99"]),
        ({"name": [{"family": "Dummett", "given": ["Emet"]}]}, ["Emet Dummett", "99"]),
        ({"name": [{"use": "nickname", "text": "x"}, {"use": "official", "text": "李静"}]}, ["李静", "99"]),
        (
            {"identifier": [{"value": "1"}, {"system": CHINESE_ID_CARD, "value": "11010119900307001X"}]},
            ["王小明（示例）", "01"],
        ),
        ({"name": []}, ["patient_name_missing"]),
        ({"name": [{"use": "official"}]}, ["patient_name_missing"]),
        ({"identifier": []}, ["patient_identifier_missing"]),
        ({"identifier": [{"system": "urn:x"}]}, ["patient_identifier_missing"]),
        ({"birthDate": "1990"}, ["patient_birth_date_incomplete"]),
        ({"birthDate": "1990-03"}, ["patient_birth_date_incomplete"]),
        ({"birthDate": "1990-02-30"}, ["not_fhir_r4"]),
        ({"deceasedBoolean": True}, ["patient_deceased"]),
        ({"deceasedDateTime": "2026-01-01"}, ["patient_deceased"]),
        ({"gender": 7}, ["not_fhir_r4"]),
    ],
)
def test_a_patient_is_read_or_the_order_left_out(members: dict[str, Any], expected: list[str]) -> None:
    assert _patient(**members) == expected


def test_decimals_are_kept_exactly() -> None:
    assert parse_fhir_json(b'{"value": 0.10}') == {"value": Decimal("0.10")}
