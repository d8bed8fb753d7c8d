"""Prescribing rules: what a doctor may prescribe on a given day.

Source: the Prescription Management Measures (处方管理办法) and the notice on long-term prescriptions:
validity at most three days; seven days' supply, three in an emergency, longer with a stated reason; at most
five drugs; decoction pieces on their own; the limits for controlled drugs. Each rule has a stable code. The
figures are one table, `PrescribingLimits`: a region that counts otherwise changes figures, not code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Final

from ledger_api.prescriptions.body import DECOCTION_PIECES, Control, Line, PrescriptionBody
from ledger_proofs.records import parse_utc_time
from ledger_web.errors import FieldProblem, Unprocessable

SECONDS_A_DAY: Final = 86_400
ONCE_ONLY: Final = frozenset({"ST", "QD"})
"""Frequencies that give one dose in one day."""

_NARCOTIC_OR_CLASS_1: Final = frozenset({"narcotic", "psychotropic_1"})
_FORM_OF_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "narcotic": "narcotic_psychotropic_1",
        "psychotropic_1": "narcotic_psychotropic_1",
        "psychotropic_2": "psychotropic_2",
    }
)


def _usual_days() -> Mapping[str, int]:
    return MappingProxyType({"injection": 1, "sustained_release": 7, "other": 3})


def _pain_days() -> Mapping[str, int]:
    return MappingProxyType({"injection": 3, "sustained_release": 15, "other": 7})


@dataclass(frozen=True)
class PrescribingLimits:
    """The figures of the rules, in days unless named otherwise."""

    validity: int = 3
    supply: int = 7
    emergency_supply: int = 3
    reasoned_supply: int = 28
    long_term_supply: int = 84
    drugs: int = 5
    psychotropic_2: int = 7
    adhd: int = 15
    narcotic: Mapping[str, int] = field(default_factory=_usual_days)
    narcotic_for_pain: Mapping[str, int] = field(default_factory=_pain_days)


DEFAULT_LIMITS: Final = PrescribingLimits()


class PrescribingRuleBroken(Unprocessable):
    """The prescription is well-formed, and may not be issued so: `faults` carry the rules' codes."""

    code = "prescribing-rule"
    title = "A prescribing rule stands against this prescription"
    title_zh = "处方不符合处方管理规定"


def verify_prescribing_rules(
    body: PrescriptionBody, issued_at: int, zone: tzinfo, limits: PrescribingLimits = DEFAULT_LIMITS
) -> None:
    """Raise PrescribingRuleBroken, naming every broken rule, if the body may not be issued at that time.

    `issued_at` in Unix seconds; days are counted in `zone`.
    """
    broken = list(find_broken_rules(body, issued_at, zone, limits))
    if broken:
        raise PrescribingRuleBroken(
            "Correct each field that is named, or state the reason that the rule asks for.",
            "请更正所列各项，或按规定注明理由。",
            faults=broken,
        )


def find_broken_rules(
    body: PrescriptionBody, issued_at: int, zone: tzinfo, limits: PrescribingLimits = DEFAULT_LIMITS
) -> Iterator[FieldProblem]:
    """Give each broken rule, in the order of the body."""
    if body.patient.birth_date > _local_day(issued_at, zone):
        yield _broken(
            "birth_after_issue", "/patient/birth_date", "lies after the day of issue", "晚于开具日期"
        )
    yield from _find_mixed_drugs(body, limits)
    yield from _find_wrong_forms(body)
    for index, line in enumerate(body.lines):
        yield from _find_supply(body, index, line, limits)
        if line.control is not None:
            yield from _find_control(body, index, line, line.control, limits)
    yield from _find_windows(body, issued_at, zone, limits)


def _find_mixed_drugs(body: PrescriptionBody, limits: PrescribingLimits) -> Iterator[FieldProblem]:
    pieces = sum(line.item_type == DECOCTION_PIECES for line in body.lines)
    if 0 < pieces < len(body.lines):
        yield _broken(
            "decoction_not_alone",
            "/lines",
            "decoction pieces (13) need a prescription of their own",
            "中药饮片（13）须单独开具处方",
        )
    if len(body.lines) - pieces > limits.drugs:
        yield _broken(
            "too_many_drugs",
            "/lines",
            f"at most {limits.drugs} western or patent Chinese medicines fit on one prescription",
            f"每张处方的西药和中成药不得超过 {limits.drugs} 种",
        )


def _find_supply(
    body: PrescriptionBody, index: int, line: Line, limits: PrescribingLimits
) -> Iterator[FieldProblem]:
    days = line.days * len(body.windows)
    place = f"/lines/{index}/days"
    usual = limits.emergency_supply if body.type == "emergency" else limits.supply
    if body.supply_reason is None:
        # A drug with a limit of its own has its own reason (ADHD, severe pain) as well.
        own_limit = line.control is not None and _controlled_days(line.control, limits) is not None
        if days > usual and not own_limit:
            yield _broken(
                "supply_needs_reason",
                place,
                f"more than {usual} days' supply in all windows needs `supply_reason`",
                f"各时段合计超过 {usual} 日用量须注明理由（supply_reason）",
            )
        return
    long_term = body.supply_reason.code == "long_term"
    most = limits.long_term_supply if long_term else limits.reasoned_supply
    if days > most:
        yield _broken(
            "supply_too_long",
            place,
            f"at most {most} days' supply in all windows, with the reason given",
            f"按所注理由，各时段合计最多 {most} 日用量",
        )
    if long_term and line.control is not None:
        yield _broken(
            "controlled_long_term",
            f"/lines/{index}/control",
            "controlled drugs can't be on a long-term prescription",
            "特殊管理药品不得开具长期处方",
        )


def _find_control(
    body: PrescriptionBody, index: int, line: Line, control: Control, limits: PrescribingLimits
) -> Iterator[FieldProblem]:
    place = f"/lines/{index}"
    if len(body.windows) > 1:
        yield _broken(
            "controlled_repeat",
            "/windows",
            "a prescription with a controlled drug can't be repeated",
            "含特殊管理药品的处方不得重复使用",
        )
    if not _indication_fits(control):
        yield _broken(
            "indication_unfit",
            f"{place}/control/indication",
            "adhd goes with class-I psychotropics, severe_pain with narcotics and class-I psychotropics",
            "adhd 仅适用于第一类精神药品，severe_pain 仅适用于麻醉药品和第一类精神药品",
        )
    most = _controlled_days(control, limits)
    if most is not None and line.days > most:
        yield _broken(
            "controlled_supply",
            f"{place}/days",
            f"at most {most} days' supply of this controlled drug in this form",
            f"该特殊管理药品此剂型最多 {most} 日用量",
        )
    single_dose = control.control_class in _NARCOTIC_OR_CLASS_1 and control.form == "injection"
    if single_dose and control.indication is None and line.frequency not in ONCE_ONLY:
        yield _broken(
            "controlled_single_dose",
            f"{place}/frequency",
            "an injection of this class is one single dose: frequency ST",
            "此类药品注射剂每张处方为一次常用量：频次须为 ST",
        )


def _find_windows(
    body: PrescriptionBody, issued_at: int, zone: tzinfo, limits: PrescribingLimits
) -> Iterator[FieldProblem]:
    first = body.windows[0]
    if _local_day(parse_utc_time(first.not_before), zone) != _local_day(issued_at, zone):
        yield _broken(
            "first_window_day",
            "/windows/0/not_before",
            "the first window must begin on the day of issue",
            "第一个时段须从开具当日开始",
        )
    if parse_utc_time(first.not_after) < issued_at:
        yield _broken("window_over", "/windows/0/not_after", "lies before the time of issue", "早于开具时间")
    for index, window in enumerate(body.windows):
        # The national interface counts validity in days from the moment of prescribing (valiEndTime).
        length = parse_utc_time(window.not_after) - parse_utc_time(window.not_before)
        if length > limits.validity * SECONDS_A_DAY:
            yield _broken(
                "validity_too_long",
                f"/windows/{index}",
                f"a prescription is valid for at most {limits.validity} days",
                f"处方有效期最长 {limits.validity} 天",
            )


def _find_wrong_forms(body: PrescriptionBody) -> Iterator[FieldProblem]:
    for index, line in enumerate(body.lines):
        needed = _FORM_OF_CLASS.get(line.control.control_class) if line.control else None
        own_form = body.type in _FORM_OF_CLASS.values()
        if (needed or own_form) and needed != body.type:
            yield _broken(
                "controlled_form",
                f"/lines/{index}",
                "narcotic and class-I drugs, class-II drugs, and all others need separate forms (`type`)",
                "麻醉药品和第一类精神药品、第二类精神药品及其他药品须分别使用相应的处方（type）",
            )


def _indication_fits(control: Control) -> bool:
    if control.indication == "adhd":
        return control.control_class == "psychotropic_1"
    if control.indication == "severe_pain":
        return control.control_class in _NARCOTIC_OR_CLASS_1
    return True


def _controlled_days(control: Control, limits: PrescribingLimits) -> int | None:
    if control.control_class == "psychotropic_2":
        return limits.psychotropic_2
    if control.control_class not in _NARCOTIC_OR_CLASS_1:
        return None
    if control.indication == "adhd":
        return limits.adhd
    by_form = limits.narcotic_for_pain if control.indication == "severe_pain" else limits.narcotic
    return by_form[control.form]


def _local_day(seconds: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date().isoformat()


def _broken(code: str, pointer: str, message: str, message_zh: str) -> FieldProblem:
    return FieldProblem(pointer, message, message_zh, code)
