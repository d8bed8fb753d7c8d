"""What became of one MedicationRequest of an import, and the reasons why one is left out.

Every reason has a stable code and a message in both languages. Messages name elements, codes and rules,
never what a patient's resource says.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

_CODE: Final = re.compile(r"[A-Za-z0-9.\-]{1,30}")
_SYSTEM: Final = re.compile(r"(urn:|https?://)[A-Za-z0-9./:_\-]{1,120}")

Outcome = Literal["drafted", "skipped", "refused"]


class LeftOut(Exception):
    """One order isn't drafted. `skipped`: nothing to prescribe; `refused`: something to put right first."""

    def __init__(
        self, outcome: Literal["skipped", "refused"], code: str, message: str, message_zh: str
    ) -> None:
        super().__init__(code)
        self.outcome: Final = outcome
        self.code: Final = code
        self.message: Final = message
        self.message_zh: Final = message_zh


@dataclass(frozen=True)
class ItemResult:
    """The result for one MedicationRequest. `entry` is its index in the bundle; `notes` what was assumed."""

    entry: int
    source: str
    outcome: Outcome
    code: str
    message: str
    message_zh: str
    draft_id: str | None = None
    notes: tuple[str, ...] = field(default=())


_SKIPPED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "not_active": ("The order is not active.", "医嘱不是有效状态。"),
        "not_an_order": ("It states a plan or proposal, not an order.", "这是计划或建议，不是医嘱。"),
        "do_not_perform": ("It says not to give the drug.", "该医嘱注明不得给药。"),
        "reported_only": ("It is reported, not ordered.", "这是转述的用药，不是医嘱。"),
        "inpatient": ("Inpatient orders don't circulate.", "住院医嘱不参与流转。"),
        "patient_deceased": ("The patient is recorded as deceased.", "患者已登记死亡。"),
        "already_imported": ("This order was imported before.", "该医嘱此前已导入。"),
    }
)
_REFUSED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "no_code_mapping": (
            "No code mapping was uploaded yet: PUT /v1/code-mappings first.",
            "尚未上传编码对照表：请先 PUT /v1/code-mappings。",
        ),
        "no_mapping": (
            "No mapping for any of the drug's codes: add a row to the code mapping.",
            "药品的各编码均无对照：请在编码对照表中补充。",
        ),
        "drug_missing": ("The drug has no code.", "药品没有编码。"),
        "modifier_extension": (
            "A resource carries a modifierExtension that this import doesn't know.",
            "资源含有本导入无法识别的 modifierExtension。",
        ),
        "patient_missing": (
            "The bundle has no Patient that the order refers to.",
            "包中没有该医嘱所指的患者。",
        ),
        "patient_name_missing": ("The Patient has no usable name.", "患者没有可用的姓名。"),
        "patient_identifier_missing": ("The Patient has no identifier with a value.", "患者没有标识号码。"),
        "patient_birth_date_incomplete": (
            "The Patient's birth date is missing or not a whole day.",
            "患者出生日期缺失或不完整。",
        ),
        "diagnosis_missing": (
            "The order has no reason and the bundle no active Condition of the patient.",
            "医嘱没有诊断依据，包中也没有该患者的有效 Condition。",
        ),
        "dosage_unclear": (
            "More than one dosage instruction, or a range: state one dose.",
            "有多条用法或剂量为范围：请给出单一剂量。",
        ),
        "dose_unit_unknown": (
            "The dose's unit is neither the drug's strength unit nor its form unit.",
            "剂量单位既不是药品的含量单位，也不是剂型单位。",
        ),
        "amount_out_of_range": (
            "A dose or quantity is not positive or too large.",
            "剂量或数量不是正数或过大。",
        ),
        "frequency_unknown": ("The timing has no known frequency code.", "给药时间无法对应频次代码。"),
        "route_unclear": (
            "The route has neither a known code nor a text.",
            "给药途径没有可识别的代码或文字。",
        ),
        "supply_unclear": (
            "The supply's duration or unit is not understood.",
            "供药天数或单位无法识别。",
        ),
        "imported_meanwhile": (
            "Another import drafted a part of this prescription just now: send it again.",
            "另一次导入刚刚生成了此处方的一部分：请重新发送。",
        ),
        "repeats_out_of_range": (
            "More repeats, or wider apart, than can be stated.",
            "重复次数过多或间隔过长。",
        ),
    }
)


def skipped(code: str) -> LeftOut:
    """Make the outcome of an order that isn't to be prescribed."""
    return LeftOut("skipped", code, *_SKIPPED[code])


def refused(code: str) -> LeftOut:
    """Make the outcome of an order that can't be drafted as it is."""
    return LeftOut("refused", code, *_REFUSED[code])


DRAFTED: Final = ("drafted", "Drafted: a doctor can sign it.", "已生成草稿，可由医师签署。")


def unmapped(codings: Sequence[tuple[str, str]]) -> LeftOut:
    """Make the refusal of a drug without a mapping, naming its codes (as far as they look like codes)."""
    named = [
        f"{code} ({system})"
        for system, code in codings
        if _CODE.fullmatch(code) and _SYSTEM.fullmatch(system)
    ]
    if not named:
        return refused("no_mapping")
    message, message_zh = _REFUSED["no_mapping"]
    listed = ", ".join(named[:3])
    return LeftOut("refused", "no_mapping", f"{message} Code: {listed}.", f"{message_zh}编码：{listed}。")


def result_left_out(entry: int, source: str, why: LeftOut) -> ItemResult:
    """Make the result of an order that isn't drafted."""
    return ItemResult(entry, source, why.outcome, why.code, why.message, why.message_zh)
