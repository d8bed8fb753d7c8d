"""Twelve prescriptions of an ordinary day at two hospitals, as drafts. Synthetic: no patient exists.

Identity numbers begin with 99, which is no region's code, so that they can't be anybody's. Drug codes are of
an example formulary; diagnoses are ICD-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ledger_cli.embedded.people import CHEN, LI, ZHAO, Doctor
from ledger_proofs.types import JsonValue

FORMULARY: Final = "example-formulary"


class Drug(NamedTuple):
    """One line: what, how it is taken, for how long, how much."""

    item_type: str
    code: str
    name: str
    specification: str
    dose: str
    dose_unit: str
    frequency: str
    route: str
    days: int
    quantity: str
    unit: str


@dataclass(frozen=True)
class Visit:
    """One patient's prescription: who writes it, for whom, why, what."""

    doctor: Doctor
    patient: str
    sex: str
    birth_date: str
    diagnoses: Sequence[tuple[str, str]]
    drugs: Sequence[Drug]
    kind: str = "ordinary"
    reason: tuple[str, str] | None = None
    repeats: tuple[int, int] | None = None
    control: dict[str, JsonValue] = field(default_factory=dict)


def _western(
    code: str, name: str, specification: str, dose: str, unit: str, frequency: str, days: int
) -> Drug:
    return Drug("11", code, name, specification, dose, unit, frequency, "口服", days, "1", "盒")


def _pieces(code: str, name: str, grams: str, days: int, total: str) -> Drug:
    return Drug("13", code, name, "饮片", grams, "g", "BID", "水煎服", days, total, "g")


_AMLODIPINE = _western("YP1001", "苯磺酸氨氯地平片", "5mg*28片", "5", "mg", "QD", 28)
_METFORMIN = Drug("11", "YP1002", "盐酸二甲双胍片", "0.5g*20片", "0.5", "g", "BID", "口服", 28, "3", "盒")
_ATORVASTATIN = _western("YP1003", "阿托伐他汀钙片", "20mg*28片", "20", "mg", "QN", 28)
_AMOXICILLIN = _western("YP1004", "阿莫西林胶囊", "0.5g*24粒", "0.5", "g", "TID", 7)
_OMEPRAZOLE = _western("YP1005", "奥美拉唑肠溶胶囊", "20mg*14粒", "20", "mg", "QD", 7)
_IBUPROFEN = Drug("11", "YP1006", "布洛芬混悬液", "100ml:2g", "5", "ml", "TID", "口服", 3, "1", "瓶")
_CEFACLOR = Drug("11", "YP1007", "头孢克洛干混悬剂", "0.125g*12袋", "0.125", "g", "TID", "口服", 4, "1", "盒")
_SALBUTAMOL = Drug(
    "11", "YP1008", "硫酸沙丁胺醇吸入气雾剂", "100ug*200揿", "200", "ug", "BID", "吸入", 7, "1", "支"
)
_ALPRAZOLAM = _western("YP1009", "阿普唑仑片", "0.4mg*20片", "0.4", "mg", "QN", 7)
_LEVOTHYROXINE = _western("YP1010", "左甲状腺素钠片", "50ug*100片", "50", "ug", "QD", 28)
_LIANHUA = Drug("12", "ZC2001", "连花清瘟胶囊", "0.35g*24粒", "1.4", "g", "TID", "口服", 3, "2", "盒")
_XIAOYAO = Drug("12", "ZC2002", "逍遥丸", "9g*10丸", "9", "g", "BID", "口服", 5, "1", "盒")

VISITS: Final[tuple[Visit, ...]] = (
    Visit(
        LI,
        "王小明",
        "male",
        "1968-03-07",
        [("I10", "原发性高血压")],
        [_AMLODIPINE, _ATORVASTATIN],
        reason=("chronic", "慢性病，病情稳定"),
    ),
    Visit(
        LI,
        "刘淑芬",
        "female",
        "1955-11-19",
        [("E11.9", "2型糖尿病")],
        [_METFORMIN],
        reason=("long_term", "长期处方，血糖控制平稳"),
        repeats=(2, 28),
    ),
    Visit(LI, "张建国", "male", "1979-06-30", [("K25.9", "胃溃疡")], [_OMEPRAZOLE, _AMOXICILLIN]),
    Visit(
        CHEN,
        "陈思雨",
        "female",
        "2019-08-12",
        [("J06.9", "急性上呼吸道感染")],
        [_IBUPROFEN],
        kind="paediatric",
    ),
    Visit(
        CHEN,
        "周子轩",
        "male",
        "2017-02-25",
        [("H66.9", "中耳炎")],
        [_CEFACLOR, _IBUPROFEN],
        kind="paediatric",
    ),
    Visit(ZHAO, "吴桂英", "female", "1972-09-03", [("F41.1", "广泛性焦虑障碍")], [_XIAOYAO]),
    Visit(
        ZHAO,
        "郑海涛",
        "male",
        "1985-12-15",
        [("R05", "咳嗽")],
        [
            _pieces("YP3001", "麻黄", "6", 5, "30"),
            _pieces("YP3002", "苦杏仁", "9", 5, "45"),
            _pieces("YP3003", "石膏", "24", 5, "120"),
            _pieces("YP3004", "甘草", "6", 5, "30"),
        ],
    ),
    Visit(ZHAO, "孙美玲", "female", "1990-04-21", [("J11.1", "流行性感冒")], [_LIANHUA]),
    Visit(LI, "马超", "male", "1999-07-08", [("J45.9", "哮喘")], [_SALBUTAMOL]),
    Visit(
        LI,
        "何秀兰",
        "female",
        "1963-01-28",
        [("G47.0", "失眠")],
        [_ALPRAZOLAM],
        kind="psychotropic_2",
        control={"class": "psychotropic_2", "form": "other"},
    ),
    Visit(
        LI,
        "郭志强",
        "male",
        "1958-10-10",
        [("E03.9", "甲状腺功能减退症")],
        [_LEVOTHYROXINE],
        reason=("chronic", "慢性病，需长期替代治疗"),
    ),
    Visit(
        CHEN, "林雨桐", "female", "2015-05-05", [("J20.9", "急性支气管炎")], [_AMOXICILLIN], kind="paediatric"
    ),
)

WAITING: Final[tuple[Visit, ...]] = (
    Visit(
        LI,
        "徐文斌",
        "male",
        "1961-05-14",
        [("E78.5", "高脂血症")],
        [_ATORVASTATIN],
        reason=("chronic", "慢性病，病情稳定"),
    ),
    Visit(
        LI,
        "唐丽娟",
        "female",
        "1974-12-02",
        [("I10", "原发性高血压"), ("E11.9", "2型糖尿病")],
        [_AMLODIPINE, _METFORMIN],
        reason=("chronic", "慢性病，病情稳定"),
    ),
)
"""Drafts that the hospital's information system leaves for Dr Li, so that her desk has something to sign."""
FIRST_WAITING_NUMBER: Final = 10_000
"""Above those of the signed examples, so that no Idempotency-Key is used for both."""


def build_draft(visit: Visit, number: int) -> dict[str, JsonValue]:
    """The draft of a visit. `number` makes identity numbers of repeated visits differ."""
    draft: dict[str, JsonValue] = {
        "type": visit.kind,
        "patient": _patient(visit, number),
        "prescriber": {
            "name": visit.doctor.name,
            "code": visit.doctor.code,
            "department_code": visit.doctor.department_code,
            "department_name": visit.doctor.department_name,
        },
        "diagnoses": [{"system": "icd-10", "code": code, "name": name} for code, name in visit.diagnoses],
        "lines": [_line(drug, index + 1, visit.control) for index, drug in enumerate(visit.drugs)],
        "validity_days": 3,
    }
    if visit.reason is not None:
        draft["supply_reason"] = {"code": visit.reason[0], "text": visit.reason[1]}
    if visit.repeats is not None:
        draft["repeats"] = {"count": visit.repeats[0], "interval_days": visit.repeats[1]}
    return draft


def list_seeds(count: int) -> list[Visit]:
    """The first `count` visits, over and over when there are more."""
    return [VISITS[number % len(VISITS)] for number in range(count)]


def _patient(visit: Visit, number: int) -> dict[str, JsonValue]:
    born = visit.birth_date.replace("-", "")
    return {
        "name": visit.patient,
        "id_type": "01",
        "id_number": f"990000{born}{number % 1000:03d}X",
        "sex": visit.sex,
        "birth_date": visit.birth_date,
        "insurance_number": f"99{born}{number:06d}",
    }


def _line(drug: Drug, number: int, control: dict[str, JsonValue]) -> dict[str, JsonValue]:
    line: dict[str, JsonValue] = {
        "number": number,
        "item_type": drug.item_type,
        "code_system": FORMULARY,
        "code": drug.code,
        "name": drug.name,
        "specification": drug.specification,
        "dose": {"value": drug.dose, "unit": drug.dose_unit},
        "frequency": drug.frequency,
        "route": drug.route,
        "days": drug.days,
        "quantity": {"value": drug.quantity, "unit": drug.unit},
    }
    return line | {"control": control} if control else line
