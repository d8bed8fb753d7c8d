"""Words of the pages about acts and linked records: acts, states, decisions, what each rule asks for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_chain.register_events import Act
from regulator_portal.findings.codes import FindingCode
from regulator_portal.pages.meaning import Both

ACTS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        Act.DISPENSE: ("dispensed", "发药"),
        Act.SETTLE: ("settled", "结算"),
        Act.VOID: ("voided", "作废"),
        Act.RESTORE: ("restored", "恢复"),
        Act.REVERSE: ("reversed", "冲正"),
    }
)
CLAIM_STATES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "unused": ("unused", "未使用"),
        "dispensed": ("dispensed", "已发药"),
        "settled": ("settled", "已结算"),
        "void": ("void", "已作废"),
    }
)
DECISIONS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "accepted": ("accepted", "全额结算"),
        "reduced": ("reduced", "核减"),
        "refused": ("refused", "拒付"),
        "approved": ("approved", "通过"),
        "rejected": ("rejected", "不通过"),
        "granted": ("granted", "同意提供"),
        "commissioned": ("commissioned", "放行"),
        "recalled": ("recalled", "召回"),
    }
)
REASONS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        # of a reduced line
        "not_covered": ("not covered", "不属于支付范围"),
        "over_price": ("above the agreed price", "超出协议价格"),
        "over_quantity": ("more than covered", "超出支付数量"),
        "documents_missing": ("documents missing", "材料不全"),
        # of a settlement on chain: its decision
        "accepted": DECISIONS["accepted"],
        "reduced": DECISIONS["reduced"],
        "refused": DECISIONS["refused"],
        # of a void
        "withdrawn": ("withdrawn", "撤回"),
        "prescribing_error": ("prescribing error", "开方错误"),
        "allergy": ("allergy", "过敏"),
        "patient_request": ("at the patient's request", "患者要求"),
        "duplicate": ("duplicate", "重复开具"),
        # of a restore or a reversal
        "returned": ("returned", "退药"),
        "scan_error": ("scan error", "扫码错误"),
        "not_collected": ("not collected", "未取药"),
        "recalled": DECISIONS["recalled"],
        "billing_error": ("billing error", "结算错误"),
        "audit": ("audit", "稽核"),
        "other": ("other", "其他"),
    }
)
"""Reasons of acts and of reduced lines (protocol 11.2)."""
RULES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        FindingCode.USE_WITHOUT_RECORD: (
            "The use on chain has its signed record in the user's log",
            "链上的使用在使用方日志中有签名记录",
        ),
        FindingCode.USE_RECORD_LATE: (
            "The record was anchored within its record window",
            "记录在记录时限内锚定",
        ),
        FindingCode.USE_DIFFERS: ("The record binds the use that the chain took", "记录绑定的使用与链上一致"),
        FindingCode.USE_UNKNOWN_CLAIM: (
            "Every claim used is of a mirrored entry",
            "所使用的份额均属于已镜像的条目",
        ),
        FindingCode.RECORD_WITHOUT_USE: (
            "The chain did what the record states, or refused it on record",
            "记录所述操作已在链上实施，或已留有拒绝记录",
        ),
        FindingCode.ACT_WITHOUT_STATEMENT: (
            "The act on chain is stated by a signed record",
            "链上的操作有签名记录为据",
        ),
        FindingCode.ACT_DIFFERS: ("The record states what was done on chain", "记录所述与链上所为一致"),
        FindingCode.SETTLEMENT_SUM_MISMATCH: (
            "The sums agree, with each other and with the charges",
            "金额合计相符，并与收费一致",
        ),
        FindingCode.SETTLEMENT_WITHOUT_DISPENSING: (
            "What is settled was dispensed, on chain and on record",
            "所结算的内容确已发药，链上与记录均有",
        ),
        FindingCode.SETTLEMENT_CLAIMS_DIFFER: (
            "The chain settled the claims that the record states",
            "链上结算的份额与记录一致",
        ),
        FindingCode.REVIEW_MISSING: (
            "Hospital and counter have each approved it by a review",
            "医院与发药机构均已审方通过",
        ),
        FindingCode.PACK_UNKNOWN_LOT: ("Every pack is of a lot on record", "所发药品均属于已登记批次"),
        FindingCode.PACK_AFTER_EXPIRY: ("No pack was past its last day", "所发药品均在有效期内"),
        FindingCode.PACK_RECALLED: ("No pack was of a recalled lot", "所发药品均未被召回"),
        FindingCode.PACK_TOTAL_DIFFERS: (
            "Each pack's number of units is its lot's",
            "各药品的总单位数与批次一致",
        ),
        FindingCode.CONTENT_WITHHELD: ("The demand was answered in time", "要求已按期答复"),
    }
)
WHY: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "evidence.not_shown": (
            "The evidence with the members that this needs isn't verified yet, or doesn't disclose them.",
            "所需字段的证据尚未核验，或未予披露。",
        ),
        "log.not_whole": (
            "A log that this needs isn't mirrored up to its head, or not all of its evidence is verified.",
            "所需的日志尚未镜像至头部，或其证据尚未全部核验。",
        ),
        "register.not_whole": (
            "The register's events aren't mirrored up to the chain's head.",
            "登记合约的事件尚未镜像至链的头部。",
        ),
        "chain-unreachable": ("The own node doesn't answer.", "本方节点没有响应。"),
    }
)


def say_why(code: str) -> Both:
    """Say what was missing for a check."""
    return WHY.get(code, (f"It can't be checked now ({code}).", f"目前无法核验（{code}）。"))


def say_decision(decision: str | None) -> Both:
    """Say a record's decision; a word of a newer version stands as it is."""
    return ("", "") if decision is None else DECISIONS.get(decision, (decision, decision))


def say_reason(code: str | None) -> Both:
    """Say a reason; a payer's own code stands as it is."""
    return ("", "") if code is None else REASONS.get(code, (code, code))
