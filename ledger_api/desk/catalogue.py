"""Drugs and diagnoses that the form offers: what she prescribed lately, and her institution's catalogue.

The catalogue is what its code mapping knows. A choice fills the row's other fields with what is usual;
everything stays the doctor's to change. Nothing of an earlier patient is taken over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from ledger_api.codes.mapping_rows import DrugMapping
from ledger_api.codes.models import CodeMappingRow
from ledger_api.codes.repository import CodeMappingRepository
from ledger_proofs.types import JsonValue

MOST_ROWS = 2_000
"""A page holds no larger catalogue; what lies beyond is typed."""


_TEXTS_OF_LINE = (
    "name",
    "specification",
    "item_type",
    "code_system",
    "code",
    "frequency",
    "route",
    "days",
)


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen: what is typed for it, and the fields of its row that it fills."""

    label: str
    fills: Mapping[str, str]


@dataclass(frozen=True)
class Catalogue:
    """What the form offers."""

    drugs: Sequence[Choice]
    diagnoses: Sequence[Choice]


def read_catalogue(session: Session, institution: int, bodies: Sequence[Mapping[str, Any]]) -> Catalogue:
    """Read what to offer: from `bodies` prescribed lately, then from the catalogue in force, if any."""
    repository = CodeMappingRepository(session)
    current = repository.find_current(institution)
    rows = repository.list_page(current.id, -1, MOST_ROWS) if current is not None and current.id else ()
    lines = [_line(line) for body in bodies for line in body["lines"]]
    causes = [_cause(each) for body in bodies for each in body["diagnoses"]]
    return Catalogue(
        _distinct([*lines, *(_drug(row) for row in rows)]),
        _distinct([*causes, *(_diagnosis(row) for row in rows)]),
    )


def _distinct(choices: Iterable[Choice | None]) -> Sequence[Choice]:
    """Sort what is offered; of two with one label the earlier stays."""
    found: dict[str, Choice] = {}
    for choice in choices:
        if choice is not None:
            found.setdefault(choice.label, choice)
    return sorted(found.values(), key=lambda choice: choice.label)


def _line(line: Mapping[str, Any]) -> Choice:
    control: Mapping[str, str] = line.get("control", {})
    fills = {name: str(line[name]) for name in _TEXTS_OF_LINE}
    for amount in ("dose", "quantity"):
        fills |= {f"{amount}/{part}": str(line[amount][part]) for part in ("value", "unit")}
    fills |= {f"control/{name}": control.get(name, "") for name in ("class", "form", "indication")}
    return Choice(f"{line['name']} {line['specification']}", fills)


def _cause(diagnosis: Mapping[str, str]) -> Choice:
    fills = {name: diagnosis[name] for name in ("system", "code", "name")}
    return Choice(f"{fills['code']} {fills['name']}", fills)


def _drug(row: CodeMappingRow) -> Choice | None:
    if row.kind != "drug":
        return None
    drug = DrugMapping.model_validate(row.target)
    fills = {
        "name": drug.name_zh,
        "specification": drug.specification,
        "item_type": drug.item_type,
        "code_system": drug.code_system,
        "code": drug.code,
        "dose/value": drug.usual_dose,
        "dose/unit": drug.strength_unit,
        "frequency": drug.usual_frequency,
        "route": drug.usual_route,
        "days": str(drug.usual_days),
        "quantity/value": "1",
        "quantity/unit": drug.pack_unit,
        "control/class": drug.control_class or "",
        "control/form": drug.control_form or "",
    }
    return Choice(f"{drug.name_zh} {drug.specification}", fills)


def _diagnosis(row: CodeMappingRow) -> Choice | None:
    if row.kind != "diagnosis":
        return None
    target: Mapping[str, JsonValue] = row.target
    fills = {
        "system": str(target["code_system"]),
        "code": str(target["code"]),
        "name": str(target["name_zh"]),
    }
    return Choice(f"{fills['code']} {fills['name']}", fills)
