"""The prescription form: from what was typed to a draft, from a draft to what stands in the fields.

A field's name is the path of its member in a draft (`lines/0/dose/value`): the form says nothing that a
draft doesn't, and a fault of schema or rule finds its field by its own JSON Pointer. Rows may be missing in
between, since lines are taken out in the browser; they are numbered anew. What the form has no field for
(claims, windows, holders, prescriber of an imported draft) is kept while it still fits.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from ledger_api.desk.addresses import is_draft_id
from ledger_api.desk.wording import Words, name_member
from ledger_proofs.errors import MalformedInput
from ledger_proofs.records import parse_decimal
from ledger_proofs.types import JsonValue
from ledger_web.errors import FieldProblem
from ledger_web.forms import FormUnreadable, parse_form_pairs

MAX_FORM_FIELDS: Final = 2_000
DEFAULT_DIAGNOSIS_SYSTEM: Final = "icd-10"
DEFAULT_DRUG_SYSTEM: Final = "nhsa-drug"

_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．", "0123456789.")
"""What a Chinese keyboard writes for digits and the point."""
_ROW: Final = re.compile(r"(diagnoses|lines)/([0-9]{1,4})/(.+)")
_PATIENT: Final = ("name", "id_type", "id_number", "sex", "birth_date", "insurance_number")
_TYPED_IN_A_ROW: Final[Mapping[str, Sequence[str]]] = {
    "diagnoses": ("code", "name"),
    "lines": ("name", "specification", "code", "dose/value", "quantity/value", "days"),
}
"""Where nothing of this was typed, a row is an empty one that was left over."""
_LINE_TEXTS: Final = (
    "item_type",
    "code_system",
    "code",
    "name",
    "specification",
    "frequency",
    "route",
    "note",
)
_FIELD_OF_FAULT: Final[Mapping[str, str]] = {
    "id_number_shape": "patient/id_number",
    "windows_overlap": "repeats/interval_days",
    "controlled_repeat": "repeats/count",
    "validity_too_long": "validity_days",
    "first_window_day": "validity_days",
    "window_over": "validity_days",
    "not_own_code": "prescriber/code",
}
_PART_OF_LINE: Final[Mapping[str, str]] = {
    "controlled_form": "control/class",
    "controlled_long_term": "control/class",
}


@dataclass(frozen=True)
class FieldFault:
    """A fault at its field: `path` is the field's name, or a section's, or empty for the whole form."""

    path: str
    label: Words
    message: Words


@dataclass(frozen=True)
class PrescriptionForm:
    """What stands in the fields, by path. `draft_id` is the draft that saving writes."""

    draft_id: str
    values: Mapping[str, str]

    def get(self, path: str) -> str:
        """Return what stands in a field; nothing, if nothing was typed."""
        return self.values.get(path, "")

    def count(self, section: str) -> int:
        """Return how many rows a section has; at least one is shown."""
        rows = [
            int(found[2]) for path in self.values if (found := _ROW.fullmatch(path)) and found[1] == section
        ]
        return max(rows, default=0) + 1

    def build_draft_value(self, earlier: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Build the JSON of a draft; what the form doesn't show of an `earlier` one stands, if it fits."""
        value: dict[str, JsonValue] = {
            "type": self.get("type"),
            "patient": self._texts("patient", _PATIENT),
            "diagnoses": [self._diagnosis(number) for number in range(self._filled("diagnoses"))],
            "lines": [self._line(number) for number in range(self._filled("lines"))],
        }
        self._add_validity(value)
        if self.get("supply_reason/code") or self.get("supply_reason/text"):
            value["supply_reason"] = self._texts("supply_reason", ("code", "text"))
        if self.get("note"):
            value["note"] = self.get("note")
        return value | _fitting(earlier, value)

    def _filled(self, section: str) -> int:
        return self.count(section) if any(path.startswith(f"{section}/") for path in self.values) else 0

    def _add_validity(self, value: dict[str, JsonValue]) -> None:
        if self.get("validity_days"):
            value["validity_days"] = _whole_number(self.get("validity_days"))
        if self.get("repeats/count") not in ("", "1"):
            repeats: dict[str, JsonValue] = {"count": _whole_number(self.get("repeats/count"))}
            if self.get("repeats/interval_days"):
                repeats["interval_days"] = _whole_number(self.get("repeats/interval_days"))
            value["repeats"] = repeats

    def _diagnosis(self, number: int) -> dict[str, JsonValue]:
        return self._texts(f"diagnoses/{number}", ("system", "code", "name"))

    def _line(self, number: int) -> dict[str, JsonValue]:
        base = f"lines/{number}"
        line = self._texts(base, _LINE_TEXTS)
        line["number"] = number + 1
        if self.get(f"{base}/days"):
            line["days"] = _whole_number(self.get(f"{base}/days"))
        for amount in ("dose", "quantity"):
            line[amount] = self._amount(f"{base}/{amount}")
        if self.get(f"{base}/control/class"):
            line["control"] = self._texts(f"{base}/control", ("class", "form", "indication"))
        return line

    def _amount(self, base: str) -> dict[str, JsonValue]:
        amount = self._texts(base, ("unit",))
        if self.get(f"{base}/value"):
            amount["value"] = _decimal(self.get(f"{base}/value"))
        return amount

    def _texts(self, base: str, names: Iterable[str]) -> dict[str, JsonValue]:
        return {name: self.get(f"{base}/{name}") for name in names if self.get(f"{base}/{name}")}


@dataclass(frozen=True)
class SentForm:
    """A form as it came in, who was signed in when it was opened, and which of its buttons was pressed."""

    form: PrescriptionForm
    writer: str
    goes_on_to_sign: bool


def read_form(body: bytes) -> SentForm:
    """Read the form as the page sends it (application/x-www-form-urlencoded). Raises FormUnreadable."""
    values = {name: text.strip() for name, text in parse_form_pairs(body, max_fields=MAX_FORM_FIELDS)}
    draft_id, intent, writer = (values.pop(name, "") for name in ("draft_id", "intent", "writer"))
    if not is_draft_id(draft_id):
        raise FormUnreadable("Reload the page and send the form again.", "请重新载入页面后再次提交表单。")
    form = PrescriptionForm(draft_id, _without_empty_rows(values))
    return SentForm(form, writer, goes_on_to_sign=intent == "sign")


def empty_form(draft_id: str) -> PrescriptionForm:
    """Build the form of a new prescription, with what is usual filled in."""
    usual = {
        "type": "ordinary",
        "patient/id_type": "01",
        "diagnoses/0/system": DEFAULT_DIAGNOSIS_SYSTEM,
        "lines/0/item_type": "11",
        "lines/0/code_system": DEFAULT_DRUG_SYSTEM,
        "validity_days": "3",
        "repeats/count": "1",
    }
    return PrescriptionForm(draft_id, usual)


def form_of_draft(draft_id: str, value: JsonValue) -> PrescriptionForm:
    """Build the form that shows a draft."""
    stated = dict(_list_values(value, ""))
    own_windows = any(path.startswith("windows/") for path in stated)
    values = {"repeats/count": "1", "validity_days": "" if own_windows else "1"} | stated
    return PrescriptionForm(
        draft_id, {path: text for path, text in values.items() if not path.endswith("/number")}
    )


def find_field(fault: FieldProblem) -> str:
    """Find the path of the field that a fault is shown at."""
    path = fault.pointer.removeprefix("/body").strip("/")
    parts = path.split("/")
    if parts[0] == "lines" and len(parts) <= 3 and fault.code in _PART_OF_LINE:
        return "/".join((*parts[:2], _PART_OF_LINE[fault.code]))
    return _FIELD_OF_FAULT.get(fault.code, path)


def build_faults(problems: Iterable[FieldProblem]) -> list[FieldFault]:
    """Build the faults as the form shows them, each at its field.

    A section that seems too short only because its rows are at fault isn't a fault of its own.
    """
    faults = []
    found = [(find_field(problem), problem) for problem in problems]
    for path, problem in found:
        if problem.code == "too_short" and any(other.startswith(f"{path}/") for other, _ in found):
            continue
        faults.append(FieldFault(path, name_member(path), (problem.message, problem.message_zh)))
    return faults


def _fitting(earlier: Mapping[str, JsonValue], value: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Pick what an earlier draft says beyond the form: claims only while each line's quantity is as it was.

    Holders belong to claims by their order, so they stay and go with them; windows go when the form states
    its own.
    """
    fits = {name: earlier[name] for name in ("prescriber",) if name in earlier}
    if _quantities(earlier) == _quantities(value):
        fits |= {name: earlier[name] for name in ("claims", "holders") if name in earlier}
    if "windows" in earlier and "repeats" not in value and "validity_days" not in value:
        fits["windows"] = earlier["windows"]
    return fits


def _quantities(value: Mapping[str, JsonValue]) -> list[JsonValue]:
    lines = cast("Sequence[Mapping[str, JsonValue]]", value.get("lines", ()))
    return [line.get("quantity") for line in lines]


def _without_empty_rows(values: Mapping[str, str]) -> dict[str, str]:
    """Drop rows in which nothing was typed, except where they are all, and number the others from 0."""
    numbered: dict[str, str] = {path: text for path, text in values.items() if _ROW.fullmatch(path) is None}
    for section, typed in _TYPED_IN_A_ROW.items():
        rows: dict[int, dict[str, str]] = {}
        for path, text in values.items():
            if (found := _ROW.fullmatch(path)) is not None and found[1] == section:
                rows.setdefault(int(found[2]), {})[found[3]] = text
        filled = [rows[number] for number in sorted(rows) if any(rows[number].get(name) for name in typed)]
        kept = filled or [rows[number] for number in sorted(rows)[:1]]
        for place, row in enumerate(kept):
            numbered |= {f"{section}/{place}/{name}": text for name, text in row.items()}
    return numbered


def _list_values(value: JsonValue, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _list_values(inner, f"{path}/{name}" if path else name)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _list_values(inner, f"{path}/{number}")
    elif value is not None:
        yield path, str(value)


def _whole_number(text: str) -> JsonValue:
    """A whole number, full-width digits too; anything else stays text, which the schema refuses."""
    plain = text.translate(_FULL_WIDTH)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else text


def _decimal(text: str) -> str:
    """A decimal in its one accepted spelling: `0.50` is `0.5`; what is no decimal stays as it was typed.

    Nothing is guessed: of `1 5`, or of a raised digit, nobody knows what was meant.
    """
    plain = text.translate(_FULL_WIDTH)
    spelled = plain.rstrip("0").rstrip(".") if "." in plain else plain
    try:
        parse_decimal(spelled)
    except MalformedInput:
        return text
    return spelled
