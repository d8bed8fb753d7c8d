"""Chinese labels of what the portal's rules compare; the English ones are what the rules say."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LABELS_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access record that answers the demand": "答复该要求的查阅记录",
        "act on chain": "链上的操作",
        "amount in all": "金额总计",
        "anchored at the latest": "最迟锚定时间",
        "block of the act": "操作所在区块",
        "block of the act on chain": "链上操作所在区块",
        "claim of a mirrored entry": "已镜像条目中的份额",
        "claim reversed": "冲正的份额",
        "claim settled": "结算的份额",
        "claims of mirrored entries": "属于已镜像条目的份额数",
        "claims reversed": "冲正的份额数",
        "claims settled": "结算的份额数",
        "claims taken back": "作废的份额",
        "currency": "币种",
        "decision of the prescribing hospital's review": "开方医院审方的结论",
        "decision of the review at the counter": "发药机构审方的结论",
        "dispensing that the chain settled": "链上所结算的发药",
        "kind of the record that states the act": "作为依据的记录类别",
        "last day of the lot, and day of the use": "批次有效期截止日与使用日期",
        "lines of the charges that are settled": "所结算的收费行",
        "lot of the pack": "该药品的批次",
        "packs of known lots": "属于已登记批次的药品数",
        "decision of the review that the dispensing names": "发药所指审方的结论",
        "reason of the act": "操作的理由",
        "recall before the use": "使用前的召回",
        "record that the act is about": "操作所涉的记录",
        "review that the dispensing names": "发药所指的审方",
        "time of the use": "使用时间",
        "total of the charges": "收费合计",
        "total of account_minor": "个账合计",
        "total of amount_minor": "金额合计",
        "total of cash_minor": "现金合计",
        "total of fund_minor": "基金合计",
        "total of reduced_minor": "核减合计",
        "units of the pack, as stated first": "首次所述的总单位数",
        "units of the pack, by its lot": "批次所载的总单位数",
        "use hash": "使用哈希",
        "use on chain of the dispensing that is settled": "所结算发药在链上的使用",
    }
)
_ACTS_ZH: Final = {"dispense": "发药", "settle": "结算", "void": "作废", "restore": "恢复", "reverse": "冲正"}
_PATTERNS: Final = (
    (re.compile(r"record in the log of institution (\d+)"), "机构 {0} 日志中的记录"),
    (re.compile(r"review in the log of institution (\d+)"), "机构 {0} 日志中的审方"),
    (re.compile(r"access record in the log of institution (\d+)"), "机构 {0} 日志中的查阅记录"),
    (re.compile(r"dispensing in the log of (\d+)"), "机构 {0} 日志中的发药"),
    (re.compile(r"shares of line (\d+)"), "第 {0} 行各项之和"),
    (re.compile(r"amount of line (\d+)"), "第 {0} 行金额"),
    (re.compile(r"SHA-256 of event (\d+) of the block"), "该区块第 {0} 号事件的 SHA-256"),
)
_STATED: Final = re.compile(r"(\w+) on chain, stated by the record")


def find_link_label(what: str) -> str | None:
    """Find the Chinese label of what a rule compared."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(what)
        if found is not None:
            return chinese.format(found.group(1))
    stated = _STATED.fullmatch(what)
    if stated is not None:
        return f"记录所述的链上{_ACTS_ZH.get(stated.group(1), stated.group(1))}"
    return _LABELS_ZH.get(what)
