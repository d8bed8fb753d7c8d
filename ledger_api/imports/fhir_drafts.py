"""From the orders of a bundle to drafts: one for what belongs together, within the prescribing rules.

Orders of one patient from one visit (or one group) share a draft, as far as one form holds them: decoction
pieces and controlled drugs apart, at most five drugs. A draft that could not be signed today is no use:
each is tried against schema and rules, and the lines that stand in the way are refused with the rule's own
code.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from ledger_api.codes.mapping_rows import DrugMapping
from ledger_api.codes.service import CodeMap
from ledger_api.imports.fhir_dosage import Supply, build_supply
from ledger_api.imports.fhir_orders import Ground, Order
from ledger_api.imports.outcomes import ItemResult, LeftOut, refused, result_left_out, unmapped
from ledger_api.prescriptions.body import DECOCTION_PIECES, MAX_LINES, Prescriber
from ledger_api.prescriptions.draft_body import PrescriptionDraft, build_body, parse_draft
from ledger_api.prescriptions.prescribing_rules import DEFAULT_LIMITS
from ledger_proofs.types import JsonValue
from ledger_web.errors import FieldProblem, Unprocessable

_ANY_PRESCRIBER: Final = Prescriber(name="-", code="-")
_TYPE_OF_CONTROL: Final = {
    "narcotic": "narcotic_psychotropic_1",
    "psychotropic_1": "narcotic_psychotropic_1",
    "psychotropic_2": "psychotropic_2",
}


@dataclass(frozen=True)
class PlannedLine:
    """One order with the line that it becomes."""

    order: Order
    supply: Supply
    form: tuple[object, ...]


@dataclass(frozen=True)
class PlannedDraft:
    """A draft that can be signed today, with the orders in it, and the notes of each."""

    draft: PrescriptionDraft
    lines: tuple[PlannedLine, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do."""

    drafts: tuple[PlannedDraft, ...]
    left_out: tuple[ItemResult, ...]


def build_plan(orders: Iterable[Order], code_map: CodeMap | None, now: int, zone: tzinfo) -> ImportPlan:
    """Plan the drafts for these orders, to be signable at `now` (Unix seconds)."""
    left_out: list[ItemResult] = []
    groups: dict[tuple[object, ...], list[PlannedLine]] = {}
    for order in orders:
        try:
            line = _plan_line(order, code_map)
        except LeftOut as why:
            left_out.append(result_left_out(order.entry.index, order.entry.source, why))
        else:
            groups.setdefault((*order.belongs_with, *line.form), []).append(line)
    drafts: list[PlannedDraft] = []
    for lines in groups.values():
        for chunk in _split(lines):
            planned, refusals = _plan_draft(chunk, code_map, now, zone)
            drafts.extend([planned] if planned is not None else [])
            left_out.extend(refusals)
    return ImportPlan(tuple(drafts), tuple(left_out))


def _plan_line(order: Order, code_map: CodeMap | None) -> PlannedLine:
    if code_map is None:
        raise refused("no_code_mapping")
    drug = _find_drug(order, code_map)
    supply = build_supply(order.request, drug)
    own_type = _TYPE_OF_CONTROL.get(
        drug.control_class or "", "emergency" if order.is_emergency else "ordinary"
    )
    is_decoction = drug.item_type == DECOCTION_PIECES
    return PlannedLine(order, supply, (own_type, is_decoction, supply.repeats, order.is_continuous))


def _find_drug(order: Order, code_map: CodeMap) -> DrugMapping:
    for coding in order.drug_codings:
        if coding in code_map.drugs:
            return code_map.drugs[coding]
    raise unmapped(order.drug_codings)


def _split(lines: Sequence[PlannedLine]) -> Iterator[Sequence[PlannedLine]]:
    is_decoction = bool(lines[0].form[1])
    most = MAX_LINES if is_decoction else DEFAULT_LIMITS.drugs
    for start in range(0, len(lines), most):
        yield lines[start : start + most]


def _plan_draft(
    lines: Sequence[PlannedLine], code_map: CodeMap | None, now: int, zone: tzinfo
) -> tuple[PlannedDraft | None, list[ItemResult]]:
    """Plan one draft; lines that a rule stands against are left out, and the rest is tried again."""
    refusals: list[ItemResult] = []
    remaining = list(lines)
    while remaining:
        value, notes = _build_draft(remaining, code_map)
        try:
            draft = parse_draft(value)
            build_body(draft, _ANY_PRESCRIBER, now, zone)
        except Unprocessable as stands_against:
            blamed = _blame(remaining, stands_against.faults)
            refusals.extend(blamed.values())
            remaining = [line for place, line in enumerate(remaining) if place not in blamed]
        else:
            return PlannedDraft(draft, tuple(remaining), notes), refusals
    return None, refusals


def _blame(lines: Sequence[PlannedLine], faults: Sequence[FieldProblem]) -> dict[int, ItemResult]:
    """Name the lines at fault with the first rule against each; a fault of no line is every line's."""
    blamed: dict[int, FieldProblem] = {}
    for fault in faults:
        steps = fault.pointer.split("/")
        if len(steps) > 2 and steps[1] == "lines" and steps[2].isdigit() and int(steps[2]) < len(lines):
            blamed.setdefault(int(steps[2]), fault)
    if not blamed:
        blamed = dict.fromkeys(range(len(lines)), faults[0])
    return {place: _refuse_line(lines[place], fault) for place, fault in blamed.items()}


def _refuse_line(line: PlannedLine, fault: FieldProblem) -> ItemResult:
    place = fault.pointer or "/"
    why = LeftOut(
        "refused",
        fault.code,
        f"The prescription could not be signed: {place} {fault.message}.",
        f"处方无法签署：{place} {fault.message_zh}。",
    )
    return result_left_out(line.order.entry.index, line.order.entry.source, why)


def _build_draft(
    lines: Sequence[PlannedLine], code_map: CodeMap | None
) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    own_type, _, repeats, continuous = lines[0].form
    grounds = list(dict.fromkeys(ground for line in lines for ground in line.order.grounds))[:16]
    notes = ["diagnoses_from_problem_list"] if any(line.order.from_problem_list for line in lines) else []
    if any(_find_local(ground, code_map) is None for ground in grounds):
        notes.append("diagnosis_unmapped")
    draft: dict[str, JsonValue] = {
        "type": str(own_type),
        "patient": lines[0].order.patient,
        "diagnoses": _distinct_diagnoses(_build_diagnosis(ground, code_map) for ground in grounds),
        "lines": [{"number": number, **line.supply.line} for number, line in enumerate(lines, start=1)],
    }
    if isinstance(repeats, tuple):
        draft["repeats"] = {"count": repeats[0], "interval_days": repeats[1]}
    if continuous:
        draft["supply_reason"] = {"code": "chronic", "text": "慢性病长期用药（来源医嘱注明为持续治疗）"}
    return draft, tuple(notes)


def _find_local(ground: Ground, code_map: CodeMap | None) -> dict[str, JsonValue] | None:
    for coding in ground.codings:
        local = code_map.diagnoses.get(coding) if code_map is not None else None
        if local is not None:
            return {"system": local.code_system, "code": local.code, "name": local.name_zh}
    return None


def _build_diagnosis(ground: Ground, code_map: CodeMap | None) -> dict[str, JsonValue]:
    """An unmapped diagnosis keeps its own code and name: a code system is part of the record."""
    system, code = ground.codings[0]
    return _find_local(ground, code_map) or {"system": system.lower(), "code": code, "name": ground.name}


def _distinct_diagnoses(diagnoses: Iterable[dict[str, JsonValue]]) -> list[JsonValue]:
    by_code = {(str(one["system"]), str(one["code"])): one for one in diagnoses}
    return list(by_code.values())
