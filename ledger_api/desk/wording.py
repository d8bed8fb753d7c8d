"""The desk's words for codes and members of a prescription, in both languages: (English, Chinese).

Prescription types and control classes are those of the Prescription Management Measures (处方管理办法), item
types and kinds of certificate those of the national insurer's interface (rxItemTypeCode, psnCertType).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ledger_proofs.kinds import KINDS

Words = tuple[str, str]
"""English, Chinese."""

PRESCRIPTION_TYPES: Final[Mapping[str, Words]] = {
    "ordinary": ("Ordinary", "普通处方"),
    "emergency": ("Emergency", "急诊处方"),
    "paediatric": ("Paediatric", "儿科处方"),
    "narcotic_psychotropic_1": ("Narcotic or class-I psychotropic", "麻醉药品、第一类精神药品处方"),
    "psychotropic_2": ("Class-II psychotropic", "第二类精神药品处方"),
}
TYPE_MARKS: Final[Mapping[str, str]] = {
    "emergency": "急诊",
    "paediatric": "儿科",
    "narcotic_psychotropic_1": "麻、精一",
    "psychotropic_2": "精二",
}
"""What the form's upper right corner says, by the standard of prescription forms (处方标准)."""
SEXES: Final[Mapping[str, Words]] = {
    "male": ("Male", "男"),
    "female": ("Female", "女"),
    "unknown": ("Unknown", "未知"),
}
CERTIFICATES: Final[Mapping[str, Words]] = {
    "01": ("Resident ID card", "居民身份证"),
    "04": ("Hong Kong resident's travel permit", "港澳居民来往内地通行证（香港）"),
    "05": ("Macao resident's travel permit", "港澳居民来往内地通行证（澳门）"),
    "06": ("Taiwan resident's travel permit", "台湾居民来往大陆通行证"),
    "07": ("Foreigner's permanent residence card", "外国人永久居留证"),
    "08": ("Foreign passport", "外国人护照"),
    "90": ("Social security card", "社会保障卡"),
    "99": ("Other certificate", "其他身份证件"),
}
ITEM_TYPES: Final[Mapping[str, Words]] = {
    "11": ("Western medicine", "西药"),
    "12": ("Patent Chinese medicine", "中成药"),
    "13": ("Decoction pieces", "中药饮片"),
}
CONTROL_CLASSES: Final[Mapping[str, Words]] = {
    "narcotic": ("Narcotic", "麻醉药品"),
    "psychotropic_1": ("Psychotropic, class I", "第一类精神药品"),
    "psychotropic_2": ("Psychotropic, class II", "第二类精神药品"),
    "toxic": ("Toxic", "医疗用毒性药品"),
    "radioactive": ("Radioactive", "放射性药品"),
}
CONTROL_FORMS: Final[Mapping[str, Words]] = {
    "other": ("Other form", "其他剂型"),
    "injection": ("Injection", "注射剂"),
    "sustained_release": ("Sustained release", "控缓释制剂"),
}
CONTROL_INDICATIONS: Final[Mapping[str, Words]] = {
    "severe_pain": ("Cancer pain, or severe chronic pain", "癌症疼痛或中、重度慢性疼痛"),
    "adhd": ("Attention deficit hyperactivity disorder", "儿童多动症"),
}
SUPPLY_REASONS: Final[Mapping[str, Words]] = {
    "chronic": ("Chronic disease", "慢性病"),
    "elderly": ("Elderly patient", "老年病"),
    "special": ("Special circumstances", "特殊情况"),
    "long_term": ("Long-term prescription", "长期处方"),
}
FREQUENCIES: Final[Mapping[str, Words]] = {
    "QD": ("once a day", "每日一次"),
    "BID": ("twice a day", "每日两次"),
    "TID": ("three times a day", "每日三次"),
    "QID": ("four times a day", "每日四次"),
    "QN": ("every night", "每晚一次"),
    "QOD": ("every other day", "隔日一次"),
    "Q12H": ("every 12 hours", "每 12 小时一次"),
    "Q8H": ("every 8 hours", "每 8 小时一次"),
    "QW": ("once a week", "每周一次"),
    "PRN": ("when needed", "必要时"),
    "ST": ("at once, one dose", "立即，单次"),
}
ROUTES: Final[Mapping[str, Words]] = {
    "口服": ("by mouth", "口服"),
    "水煎服": ("decocted in water, by mouth", "水煎服"),
    "舌下含服": ("under the tongue", "舌下含服"),
    "舌下": ("under the tongue", "舌下"),
    "外用": ("on the skin", "外用"),
    "吸入": ("inhaled", "吸入"),
    "滴眼": ("as eye drops", "滴眼"),
    "皮下注射": ("subcutaneous injection", "皮下注射"),
    "肌内注射": ("intramuscular injection", "肌内注射"),
    "静脉注射": ("intravenous injection", "静脉注射"),
    "静脉滴注": ("intravenous drip", "静脉滴注"),
    "静脉": ("intravenous", "静脉"),
}
"""Routes that are offered; any other can be typed."""
STATUSES: Final[Mapping[str, Words]] = {
    "pending": ("pending", "待入日志"),
    "logged": ("logged", "已入日志"),
    "anchored": ("anchored", "已锚定"),
    "final": ("final", "最终"),
}
DRAFT_ORIGINS: Final[Mapping[str, Words]] = {
    "api": ("Written", "书写"),
    "fhir": ("Imported", "导入"),
}
IMPORT_NOTES: Final[Mapping[str, Words]] = {
    "diagnoses_from_problem_list": ("Diagnoses come from the problem list", "诊断取自问题列表"),
    "diagnosis_unmapped": ("A diagnosis keeps its source's code", "有诊断沿用来源系统编码"),
    "usual_dose_assumed": ("The usual dose was assumed", "剂量按常用量补充"),
    "usual_frequency_assumed": ("The usual frequency was assumed", "频次按常用值补充"),
    "usual_route_assumed": ("The usual route was assumed", "给药途径按常用值补充"),
    "usual_days_assumed": ("The usual days were assumed", "天数按常用值补充"),
    "as_needed": ("To be taken when needed", "按需使用"),
}
REVIEW_REASONS: Final[Mapping[str, Words]] = {
    "identity": ("Identity", "身份信息"),
    "incomplete": ("Incomplete", "内容不完整"),
    "dose": ("Dose", "用法用量"),
    "interaction": ("Interaction", "相互作用"),
    "duplicate": ("Duplicate drug", "重复用药"),
    "allergy": ("Allergy", "过敏"),
    "indication": ("Indication", "适应证"),
    "other": ("Other", "其他"),
}
VOID_REASONS: Final[Mapping[str, Words]] = {
    "withdrawn": ("Withdrawn", "撤回"),
    "prescribing_error": ("Prescribing error", "开方错误"),
    "allergy": ("Allergy", "过敏"),
    "patient_request": ("At the patient's request", "患者要求"),
    "duplicate": ("Duplicate", "重复开具"),
    "other": ("Other", "其他"),
}
RESTORE_REASONS: Final[Mapping[str, Words]] = {
    "returned": ("Returned", "退药"),
    "scan_error": ("Scan error", "扫码错误"),
    "not_collected": ("Not collected", "未取药"),
    "recalled": ("Recalled", "召回"),
    "other": ("Other", "其他"),
}
REVERSAL_REASONS: Final[Mapping[str, Words]] = {
    "billing_error": ("Billing error", "结算错误"),
    "returned": ("Returned", "退药"),
    "audit": ("Audit", "稽核"),
    "other": ("Other", "其他"),
}
REFUSAL_REASONS: Final[Mapping[str, Words]] = {
    "identity": ("Identity", "身份不符"),
    "clinical": ("Clinical reason", "临床原因"),
    "pack": ("Pack", "药品包装"),
    "not_entitled": ("Not entitled", "无资格"),
    "expired": ("Expired", "已过期"),
    "other": ("Other", "其他"),
}
"""Those of protocol 11 but for `chain_refused`, which goes with a dispensing."""
PACK_FLAGS: Final[Mapping[str, Words]] = {
    "pack.unknown_form": ("of a form that nobody checks", "编码形式无法核查"),
    "pack.unknown": ("no maker knows it", "无生产企业认领"),
    "pack.unconfirmed": ("its maker couldn't be asked just now", "暂时无法向生产企业核实"),
    "pack.contested": ("several makers claim it", "多家生产企业认领"),
    "pack.expired": ("expired", "已过有效期"),
    "pack.recalled": ("recalled", "已召回"),
    "pack.used_up": ("used up", "已用完"),
    "pack.missing": ("no pack is named", "没有追溯码"),
    "pack.other_product": ("another product than prescribed", "与处方药品不符"),
}
"""What a check of a pack may find."""
CLAIM_STATES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "unused": ("unused", "未使用", "good", "circle-check"),
    "dispensed": ("dispensed", "已发药", "warn", "pill"),
    "settled": ("settled", "已结算", "warn", "coin"),
    "void": ("void", "已作废", "bad", "ban"),
}
"""How a claim stands: English, Chinese, and the badge's kind and icon."""
PURPOSES: Final[Mapping[str, Words]] = {
    "audit": ("Audit", "稽核"),
    "complaint": ("Complaint", "投诉"),
    "court": ("Court", "司法"),
    "safety": ("Drug safety", "用药安全"),
}
ANSWERS: Final[Mapping[str, Words]] = {
    "open": ("open", "待答复"),
    "granted": ("granted", "已同意"),
    "refused": ("refused", "已拒绝"),
}
REQUEST_STATES: Final[Mapping[str, Words]] = {
    "open": ("open", "待审核"),
    "accepted": ("accepted", "全部接受"),
    "reduced": ("reduced", "部分核减"),
    "refused": ("refused", "拒付"),
    "reversed": ("reversed", "已冲正"),
}
REDUCTION_REASONS: Final[Mapping[str, Words]] = {
    "not_covered": ("Not covered", "不属于支付范围"),
    "over_price": ("Above the agreed price", "超出协议价格"),
    "over_quantity": ("More than covered", "超出支付数量"),
    "documents_missing": ("Documents missing", "材料不全"),
    "other": ("Other: see the note", "其他：见备注"),
}
"""Reasons that are offered; a payer's own systems may send codes of their own."""
KIND_NAMES: Final[Mapping[str, Words]] = {kind.name: (kind.name, kind.name_zh) for kind in KINDS.values()}


def flags_in(lang: str) -> Mapping[str, str]:
    """Return what a page's script calls the flags of packs."""
    return {flag: pair[1 if lang == "zh" else 0] for flag, pair in PACK_FLAGS.items()}


def options_of(words: Mapping[str, Words]) -> Sequence[tuple[str, str, str]]:
    """Return codes with their words as a form's choice takes them."""
    return [(code, *pair) for code, pair in words.items()]


MEMBERS: Final[Mapping[str, Words]] = {
    "type": ("Type", "处方类别"),
    "patient": ("Patient", "患者"),
    "patient/name": ("Patient's name", "患者姓名"),
    "patient/id_type": ("Kind of certificate", "证件类别"),
    "patient/id_number": ("Identity number", "证件号码"),
    "patient/sex": ("Sex", "性别"),
    "patient/birth_date": ("Born", "出生日期"),
    "patient/insurance_number": ("Insurance number", "医保号"),
    "prescriber": ("Prescriber", "开方医师"),
    "prescriber/code": ("Prescriber's code", "医师代码"),
    "diagnoses": ("Diagnoses", "诊断"),
    "diagnoses/*": ("Diagnosis {0}", "诊断 {0}"),
    "diagnoses/*/code": ("Diagnosis {0} · code", "诊断 {0} · 编码"),
    "diagnoses/*/name": ("Diagnosis {0} · name", "诊断 {0} · 名称"),
    "diagnoses/*/system": ("Diagnosis {0} · code system", "诊断 {0} · 编码体系"),
    "lines": ("Drugs", "药品"),
    "lines/*": ("Drug {0}", "药品 {0}"),
    "lines/*/name": ("Drug {0} · name", "药品 {0} · 名称"),
    "lines/*/specification": ("Drug {0} · specification", "药品 {0} · 规格"),
    "lines/*/item_type": ("Drug {0} · kind", "药品 {0} · 类别"),
    "lines/*/code": ("Drug {0} · code", "药品 {0} · 编码"),
    "lines/*/code_system": ("Drug {0} · code system", "药品 {0} · 编码体系"),
    "lines/*/dose/value": ("Drug {0} · single dose", "药品 {0} · 单次剂量"),
    "lines/*/dose/unit": ("Drug {0} · dose unit", "药品 {0} · 剂量单位"),
    "lines/*/frequency": ("Drug {0} · frequency", "药品 {0} · 频次"),
    "lines/*/route": ("Drug {0} · route", "药品 {0} · 给药途径"),
    "lines/*/days": ("Drug {0} · days", "药品 {0} · 天数"),
    "lines/*/quantity/value": ("Drug {0} · quantity", "药品 {0} · 数量"),
    "lines/*/quantity/unit": ("Drug {0} · quantity unit", "药品 {0} · 数量单位"),
    "lines/*/control/class": ("Drug {0} · control class", "药品 {0} · 管制类别"),
    "lines/*/control/form": ("Drug {0} · form", "药品 {0} · 剂型"),
    "lines/*/control/indication": ("Drug {0} · indication", "药品 {0} · 适应证"),
    "lines/*/note": ("Drug {0} · note", "药品 {0} · 备注"),
    "validity_days": ("Valid for days", "有效天数"),
    "repeats": ("Repeats", "重复使用"),
    "repeats/count": ("Times in all", "共可使用次数"),
    "repeats/interval_days": ("Days between", "间隔天数"),
    "windows": ("Windows", "时段"),
    "supply_reason/code": ("Reason for a longer supply", "超量理由"),
    "supply_reason/text": ("Reason, in words", "理由说明"),
    "note": ("Note", "备注"),
    "payer": ("Insurer that is asked to pay", "付费医保机构"),
    "prices/*": ("Price {0}", "单价 {0}"),
    "packs": ("Packs", "追溯码"),
    "packs/*": ("Pack {0}", "包装 {0}"),
    "packs/*/code": ("Pack {0} · trace code", "包装 {0} · 追溯码"),
    "packs/*/units_used": ("Pack {0} · units used", "包装 {0} · 使用数量"),
    "packs/*/total_units": ("Pack {0} · units in it", "包装 {0} · 包装总量"),
    "packs/*/unit": ("Pack {0} · unit", "包装 {0} · 单位"),
    "codes/*": ("Trace code {0}", "追溯码 {0}"),
    "reasons": ("Reasons", "理由"),
    "reason": ("Reason", "理由"),
    "opinion": ("Opinion", "审核意见"),
    "lot": ("Lot number", "批号"),
    "made_on": ("Made on", "生产日期"),
    "expires_on": ("Expires on", "有效期至"),
    "unit": ("Unit in a pack", "包装内单位"),
    "units_per_pack": ("Units in each pack", "每包装数量"),
    "subject/institution": ("Institution", "机构"),
    "subject/commitment": ("Commitment of the record", "记录的承诺"),
    "subject/id": ("Record id", "记录编号"),
    "purpose": ("Purpose", "目的"),
    "grounds": ("Grounds", "依据"),
    "answer_by": ("To be answered within", "答复时限"),
}
_NUMBER: Final = re.compile(r"/([0-9]+)(?=/|$)")


def name_member(path: str) -> Words:
    """Return what people call a member, by its path (`lines/0/days`: "Drug 1 · days"), or the path."""
    found = MEMBERS.get(_NUMBER.sub("/*", path))
    if found is None:
        return path, path
    numbers = [int(number) + 1 for number in _NUMBER.findall(path)]
    english, chinese = found
    return english.format(*numbers), chinese.format(*numbers)


def names_of_members(language: str) -> dict[str, str]:
    """Return what people call each member of a body, by its path, in one language."""
    return {path: words[language == "zh"] for path, words in MEMBERS.items()}


def age_at(birth_date: str, day: str) -> int:
    """Return the whole years from one day to another, both `YYYY-MM-DD`; 0 where the first is later."""
    years = int(day[:4]) - int(birth_date[:4])
    return max(0, years - (day[5:] < birth_date[5:]))
