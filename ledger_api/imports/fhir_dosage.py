"""How an ordered drug is taken and supplied: from FHIR Dosage and dispenseRequest to a prescription's line.

What the order leaves open comes from the usual dosage of the code mapping, and is noted, so that the doctor
sees what was assumed. What the order says and can't be told with one dose and one frequency is refused,
never guessed. Code systems: HL7 v3 GTSAbbreviation and UCUM for timing, SNOMED CT for routes.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

from ledger_api.codes.mapping_rows import DrugMapping
from ledger_api.imports.outcomes import refused
from ledger_proofs.types import JsonValue

SNOMED: Final = "http://snomed.info/sct"
ROUTES: Final = {
    "26643006": "口服",
    "37839007": "舌下",
    "447694001": "吸入",
    "47625008": "静脉",
    "78421000": "肌内注射",
    "34206005": "皮下注射",
    "6064005": "外用",
}
FREQUENCIES: Final[dict[tuple[int, int], tuple[str, Fraction]]] = {
    # (times, in so many hours): the code, and doses a day
    (1, 24): ("QD", Fraction(1)),
    (2, 24): ("BID", Fraction(2)),
    (3, 24): ("TID", Fraction(3)),
    (4, 24): ("QID", Fraction(4)),
    (1, 12): ("Q12H", Fraction(2)),
    (1, 8): ("Q8H", Fraction(3)),
    (1, 6): ("Q6H", Fraction(4)),
    (1, 4): ("Q4H", Fraction(6)),
    (1, 48): ("QOD", Fraction(1, 2)),
    (1, 168): ("QW", Fraction(1, 7)),
}
_NAMED_ONLY: Final = {
    "QN": Fraction(1),
    "AM": Fraction(1),
    "PM": Fraction(1),
    "BED": Fraction(1),
    "ST": Fraction(1),
}
DOSES_A_DAY: Final = dict(FREQUENCIES.values()) | _NAMED_ONLY
AS_NEEDED: Final = "PRN"
_HOURS: Final = {"h": 1, "d": 24, "wk": 168}
_DAYS: Final = {"h": Fraction(1, 24), "d": Fraction(1), "wk": Fraction(7), "mo": Fraction(30)}
_DAY_WORDS: Final = {
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "天": "d",
}
_FORM_WORDS: Final = frozenset(
    {"", "1", "tablet", "tablets", "tab", "{tbl}", "capsule", "capsules", "cap", "{capsule}", "unit dose"}
)
_LARGEST_AMOUNT: Final = Decimal(10**6)
_MOST_DAYS: Final = 366


@dataclass(frozen=True)
class Supply:
    """A line without its number, the repeats that the order allows, and what was assumed."""

    line: dict[str, JsonValue]
    repeats: tuple[int, int] | None
    notes: tuple[str, ...]


def build_supply(request: Any, drug: DrugMapping) -> Supply:
    """Build the line of a MedicationRequest for the mapped drug. Raises LeftOut."""
    notes: list[str] = []
    dosage = _single_dosage(request)
    dose = _dose(dosage, drug, notes)
    frequency, doses_a_day = _frequency(dosage, drug, notes)
    days = _days(request, dosage, drug, notes)
    packs = _packs(request, drug, dose * doses_a_day * days)
    line: dict[str, JsonValue] = {
        "item_type": drug.item_type,
        "code_system": drug.code_system,
        "code": drug.code,
        "name": drug.name_zh,
        "specification": drug.specification,
        "dose": {"value": _decimal_text(dose), "unit": drug.strength_unit},
        "frequency": frequency,
        "route": _route(dosage, drug, notes),
        "days": days,
        "quantity": {"value": str(packs), "unit": drug.pack_unit},
    }
    if drug.control_class is not None:
        line["control"] = {"class": drug.control_class, "form": drug.control_form or "other"}
    return Supply(line, _repeats(request, days), tuple(dict.fromkeys(notes)))


def _single_dosage(request: Any) -> Any | None:
    instructions = request.dosageInstruction or []
    if len(instructions) > 1:
        raise refused("dosage_unclear")
    return instructions[0] if instructions else None


def _dose(dosage: Any | None, drug: DrugMapping, notes: list[str]) -> Fraction:
    stated = (dosage.doseAndRate or []) if dosage is not None else []
    if not stated:
        notes.append("usual_dose_assumed")
        return Fraction(drug.usual_dose)
    if len(stated) > 1 or stated[0].doseRange is not None or stated[0].doseQuantity is None:
        raise refused("dosage_unclear")
    quantity = stated[0].doseQuantity
    value = _amount(quantity.value)
    if quantity.comparator is not None:
        raise refused("dosage_unclear")
    if _words(quantity) & {drug.strength_unit.lower()}:
        return value
    if _names_form(quantity, drug):
        return value * Fraction(drug.strength_value)
    raise refused("dose_unit_unknown")


def _frequency(dosage: Any | None, drug: DrugMapping, notes: list[str]) -> tuple[str, Fraction]:
    timing = dosage.timing if dosage is not None else None
    if timing is None:
        if dosage is not None and (dosage.asNeededBoolean or dosage.asNeededCodeableConcept):
            notes.append("as_needed")
            return AS_NEEDED, _usual_doses_a_day(drug)
        notes.append("usual_frequency_assumed")
        return drug.usual_frequency, _usual_doses_a_day(drug)
    for coding in (timing.code.coding or []) if timing.code is not None else []:
        if coding.code in DOSES_A_DAY:
            return coding.code, DOSES_A_DAY[coding.code]
    repeat = timing.repeat
    if repeat is None or repeat.frequencyMax is not None or repeat.periodMax is not None:
        raise refused("frequency_unknown")
    hours = Fraction(repeat.period or 1) * _HOURS.get(repeat.periodUnit, 0)
    found = FREQUENCIES.get((int(repeat.frequency or 1), int(hours))) if hours.denominator == 1 else None
    if found is None:
        raise refused("frequency_unknown")
    return found


def _usual_doses_a_day(drug: DrugMapping) -> Fraction:
    return DOSES_A_DAY.get(drug.usual_frequency, Fraction(1))


def _route(dosage: Any | None, drug: DrugMapping, notes: list[str]) -> str:
    route = dosage.route if dosage is not None else None
    if route is None:
        notes.append("usual_route_assumed")
        return drug.usual_route
    for coding in route.coding or []:
        if coding.system == SNOMED and coding.code in ROUTES:
            return ROUTES[coding.code]
    text = route.text or next((coding.display for coding in route.coding or [] if coding.display), None)
    if not text or len(text) > 50:
        raise refused("route_unclear")
    return str(text)


def _days(request: Any, dosage: Any | None, drug: DrugMapping, notes: list[str]) -> int:
    dispense = request.dispenseRequest
    repeat = dosage.timing.repeat if dosage is not None and dosage.timing is not None else None
    duration = dispense.expectedSupplyDuration if dispense is not None else None
    duration = duration or (repeat.boundsDuration if repeat is not None else None)
    if duration is None:
        notes.append("usual_days_assumed")
        return drug.usual_days
    days = ceil(_amount(duration.value) * _days_of(duration))
    if not 1 <= days <= _MOST_DAYS:
        raise refused("supply_unclear")
    return days


def _days_of(duration: Any) -> Fraction:
    unit = duration.code or _DAY_WORDS.get((duration.unit or "").lower(), duration.unit)
    if unit not in _DAYS:
        raise refused("supply_unclear")
    return _DAYS[unit]


def _packs(request: Any, drug: DrugMapping, needed: Fraction) -> int:
    stated = request.dispenseRequest.quantity if request.dispenseRequest is not None else None
    if stated is None:
        units = needed / Fraction(drug.strength_value)
    elif drug.pack_unit.lower() in _words(stated):
        units = _amount(stated.value) * drug.pack_size
    elif _names_form(stated, drug):
        units = _amount(stated.value)
    else:
        raise refused("supply_unclear")
    packs = ceil(units / drug.pack_size)
    if not 1 <= packs <= _LARGEST_AMOUNT:
        raise refused("amount_out_of_range")
    return packs


def _repeats(request: Any, days: int) -> tuple[int, int] | None:
    dispense = request.dispenseRequest
    allowed = (dispense.numberOfRepeatsAllowed or 0) if dispense is not None else 0
    if allowed == 0:
        return None
    interval = dispense.dispenseInterval
    between = ceil(_amount(interval.value) * _days_of(interval)) if interval is not None else days
    if not (1 <= allowed <= 11 and 1 <= between <= 90):
        raise refused("repeats_out_of_range")
    return allowed + 1, between


def _amount(value: Decimal | None) -> Fraction:
    if value is None or not value.is_finite() or not 0 < value <= _LARGEST_AMOUNT:
        raise refused("amount_out_of_range")
    return Fraction(value)


def _words(quantity: Any) -> set[str]:
    return {word.lower() for word in (quantity.unit, quantity.code) if word}


def _names_form(quantity: Any, drug: DrugMapping) -> bool:
    words = _words(quantity) or {""}
    return bool(words & (_FORM_WORDS | {drug.form_unit.lower()}))


def _decimal_text(number: Fraction) -> str:
    """Write a dose in the record's spelling; one that has no exact form with six decimals is refused."""
    scaled = number * 10**6
    if scaled.denominator != 1 or scaled <= 0:
        raise refused("amount_out_of_range")
    whole, rest = divmod(scaled.numerator, 10**6)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
