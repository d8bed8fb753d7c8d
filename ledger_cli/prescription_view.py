"""A prescription as its doctor reads it before she signs.

What has no place in the readable part is listed under its JSON Pointer, so that every field which is signed
is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as RichText

from ledger_cli.prepared import CheckedRecord
from ledger_cli.screen import Screen
from ledger_cli.shown_text import shown_text
from ledger_proofs.pointers import list_fields

SHOWN_ZONE = ZoneInfo("Asia/Shanghai")
_PERSON = (
    ("/body/patient/name", "patient", "患者"),
    ("/body/patient/sex", "sex", "性别"),
    ("/body/patient/birth_date", "born", "出生日期"),
    ("/body/patient/id_number", "identity number", "证件号码"),
    ("/body/prescriber/name", "prescriber", "开方医师"),
    ("/body/prescriber/code", "prescriber code", "医师代码"),
    ("/body/prescriber/department_name", "department", "科室"),
    ("/body/type", "kind", "处方类别"),
)


class _Fields:
    """The record's fields by pointer; remembers which were shown."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._values = {field.pointer: field.value for field in list_fields(record)}
        self._unseen = dict.fromkeys(self._values)

    def take(self, pointer: str) -> str:
        """The field's text, or a dash; it counts as shown."""
        self._unseen.pop(pointer, None)
        return shown_text(self._values[pointer]) if pointer in self._values else "–"

    def take_amount(self, pointer: str) -> str:
        """A `{value, unit}` pair, or a plain field."""
        if pointer in self._values:
            return self.take(pointer)
        return f"{self.take(pointer + '/value')} {self.take(pointer + '/unit')}"

    def length(self, pointer: str) -> int:
        """How many elements an array has; the length itself is a field."""
        self._unseen.pop(pointer, None)
        value = self._values.get(pointer, 0)
        return value if isinstance(value, int) else 0

    def rest(self) -> Iterable[tuple[str, str]]:
        """Every field that the readable part left out."""
        return [(pointer, shown_text(self._values[pointer])) for pointer in self._unseen]

    @property
    def count(self) -> int:
        """How many fields the record has."""
        return len(self._values)


def build_view(checked: CheckedRecord, screen: Screen) -> RenderableType:
    """The prescription, what will be signed, and every other field."""
    fields = _Fields(checked.record.as_json())
    parts: list[RenderableType] = [
        _person_table(fields, screen),
        _diagnoses(fields, screen),
        _lines(fields, screen),
    ]
    parts.append(_signed_part(checked, fields, screen))
    parts.append(_other_fields(fields, screen))
    title = screen.pick("Prescription to sign", "待签处方")
    return Panel(Group(*parts), title=title, border_style="cyan", box=box.ROUNDED)


def shown_time(seconds: int) -> str:
    """A time with its zone, as people in the hospital's zone read it."""
    return datetime.fromtimestamp(seconds, SHOWN_ZONE).strftime("%Y-%m-%d %H:%M:%S +08:00")


def _person_table(fields: _Fields, screen: Screen) -> Table:
    table = Table.grid(padding=(0, 2))
    for pointer, en, zh in _PERSON:
        table.add_row(RichText(screen.pick(en, zh), style="dim"), RichText(fields.take(pointer)))
    return table


def _diagnoses(fields: _Fields, screen: Screen) -> RichText:
    found = []
    for index in range(fields.length("/body/diagnoses")):
        base = f"/body/diagnoses/{index}"
        found.append(f"{fields.take(base + '/code')} {fields.take(base + '/name')}")
    return RichText(f"{screen.pick('diagnoses', '诊断')}: {'; '.join(found) or '–'}")


def _lines(fields: _Fields, screen: Screen) -> Table:
    table = Table(box=box.SIMPLE_HEAVY, expand=True)
    table.add_column("#", justify="right")
    table.add_column(screen.pick("drug", "药品"), overflow="fold", ratio=3)
    table.add_column(screen.pick("how it is taken", "用法用量"), overflow="fold", ratio=2)
    table.add_column(screen.pick("days", "天数"), justify="right")
    table.add_column(screen.pick("quantity", "数量"), justify="right")
    for index in range(fields.length("/body/lines")):
        base = f"/body/lines/{index}"
        what = f"{fields.take(f'{base}/specification')} [{fields.take(f'{base}/code')}]"
        drug = f"{fields.take(f'{base}/name')}\n{what}"
        dose = f"{fields.take_amount(f'{base}/dose')} {fields.take(f'{base}/frequency')}"
        taken = f"{dose}\n{fields.take(f'{base}/route')}"
        table.add_row(
            fields.take(f"{base}/number"),
            RichText(drug),
            RichText(taken),
            fields.take(f"{base}/days"),
            RichText(fields.take_amount(f"{base}/quantity")),
        )
    return table


def _signed_part(checked: CheckedRecord, fields: _Fields, screen: Screen) -> Table:
    table = Table(box=box.SIMPLE, title=screen.pick("What you sign (EIP-712)", "签署内容（EIP-712）"))
    for en, zh in (("window", "时段"), ("usable from", "可用起"), ("until", "可用至"), ("claims", "份额数")):
        table.add_column(screen.pick(en, zh))
    for number, act in enumerate(checked.authorships):
        fields.take(f"/body/windows/{number}/not_before")
        fields.take(f"/body/windows/{number}/not_after")
        table.add_row(
            str(number), shown_time(act.not_before), shown_time(act.not_after), str(act.claim_count)
        )
    fields.take("/issued_at")
    table.caption = "\n".join(
        (
            f"{screen.pick('commitment', '承诺')} 0x{checked.commitment.hex()}",
            f"{screen.pick('signed time', '签署时间')} {shown_time(checked.record.issued_at)}",
            f"{screen.pick('chain', '链')} {checked.domain.chain_id}, "
            f"{screen.pick('register', '登记合约')} 0x{checked.domain.register.hex()}",
        )
    )
    return table


def _other_fields(fields: _Fields, screen: Screen) -> Table:
    title = screen.pick(f"Other fields (of {fields.count} signed)", f"其他字段（共签署 {fields.count} 个）")
    table = Table(box=None, title=title, title_style="dim", show_header=False)
    for pointer, value in fields.rest():
        table.add_row(RichText(shown_text(pointer), style="dim"), RichText(value))
    return table
