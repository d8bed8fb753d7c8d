"""What the claim register's refusals mean, for machines and for people, in both languages (protocol 8).

`decode_refusal` reads the error that a `Refused` event carries. The sentences say what was wrong and what to
do; they hold no personal data, since the chain holds none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from ledger_chain.contracts import find_refusal

UNKNOWN_ERROR: Final = "UnknownError"

_PREFIXES: Final = re.compile("^(ClaimRegister|CheckpointLog|LedgerDirectory)")
_CAPITAL: Final = re.compile("(?<!^)(?=[A-Z])")
_TIMES: Final = frozenset(
    (
        "notBefore",
        "notAfter",
        "time",
        "lastMoment",
        "deadline",
        "usedAt",
        "anchoredAt",
        "signedAt",
        "moment",
    )
)


@dataclass(frozen=True, slots=True)
class DecodedRefusal:
    """A refusal: the contract's error with its values, a stable code, and a sentence in each language."""

    error: str
    arguments: Mapping[str, Any]
    code: str
    message: str
    message_zh: str


def decode_refusal(reason: bytes) -> DecodedRefusal:
    """Read a refusal's bytes. Never raises: what no contract of ours says is `UnknownError`."""
    found = find_refusal(reason)
    if found is None:
        return DecodedRefusal(
            UNKNOWN_ERROR,
            MappingProxyType({"reason": "0x" + reason.hex()}),
            "spend-unknown-error",
            "The chain refused, with an error that this version doesn't know. Ask the operator.",
            "链上拒绝，但本版本不认识该错误。请联系运维人员。",
        )
    english, chinese = SENTENCES.get(found.name, _ANY)
    shown = {name: _shown(name, value) for name, value in found.arguments.items()} | {"error": found.name}
    return DecodedRefusal(
        found.name,
        MappingProxyType(dict(found.arguments)),
        code_of(found.name),
        english.format(**shown),
        chinese.format(**shown),
    )


def code_of(error: str) -> str:
    """The stable code of an error: `ClaimRegisterNotUnused` is `spend-not-unused`."""
    return "spend-" + _CAPITAL.sub("-", _PREFIXES.sub("", error)).lower()


def _shown(name: str, value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if name in _TIMES and isinstance(value, int) and value < 2**37:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


_ANY: Final = (
    "The chain refused this act: {error}. Nothing of it was done.",
    "链上拒绝了该操作：{error}。未产生任何效果。",
)
_STATEMENT: Final = (
    "The act names no record that states it. This is a fault of the program: tell the operator.",
    "该操作未指明载明它的记录。这是程序错误，请告知运维人员。",
)
_FAULT: Final = (
    "The request was put together wrongly ({error}), and nothing of it was done. Tell the operator.",
    "请求构造有误（{error}），未产生任何效果。请告知运维人员。",
)

SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "ClaimRegisterSenderNotActing": (
            "The institution isn't active on the chain, or its account isn't the one registered. Ask the"
            " authority.",
            "本机构在链上未处于启用状态，或所用账户不是登记账户。请联系管理机构。",
        ),
        "ClaimRegisterRoleMissing": (
            "Institution {institution} doesn't have the role that this act needs. Ask the authority.",
            "机构 {institution} 不具备该操作所需的角色。请联系管理机构。",
        ),
        "ClaimRegisterNotUnused": (
            "A claim was used or voided already, and nothing was done. Don't hand anything over for it.",
            "有份额已被使用或作废，本次未产生任何效果。请勿据此发药。",
        ),
        "ClaimRegisterNotDispensed": (
            "A claim isn't dispensed now: it was settled, restored or voided meanwhile.",
            "有份额当前不是“已发药”状态：其间已被结算、恢复或作废。",
        ),
        "ClaimRegisterNotSettled": (
            "A claim isn't settled now, so that there is nothing to reverse.",
            "有份额当前不是“已结算”状态，无可冲正。",
        ),
        "ClaimRegisterKindNotSettled": (
            "Claims of this kind are settled by nobody.",
            "该类份额无须结算。",
        ),
        "ClaimRegisterRestoreCountDiffers": (
            "A claim was restored meanwhile ({recorded} times, not {stated}). Fetch the prescription again.",
            "有份额其间被恢复过（已 {recorded} 次，而非 {stated} 次）。请重新获取处方。",
        ),
        "ClaimRegisterRestoresExhausted": (
            "A claim was restored as often as is possible; it can't be restored again.",
            "有份额的恢复次数已用尽，不能再恢复。",
        ),
        "ClaimRegisterDigestDiffers": (
            "A claim was used by another dispensing than the one stated.",
            "有份额是由另一次发药使用的，与所述不符。",
        ),
        "ClaimRegisterTooEarly": (
            "The prescription's window begins at {notBefore}; it is too early.",
            "处方的有效期自 {notBefore} 开始，现在尚早。",
        ),
        "ClaimRegisterTooLate": (
            "The prescription could be used until {lastMoment}; it is too late. A new one is needed.",
            "处方最迟可用至 {lastMoment}，现已过期，须重新开具。",
        ),
        "ClaimRegisterDeadlinePassed": (
            "The holder's presentation was good until {deadline}, and the chain took it up later. Scan the"
            " hand-over code again.",
            "持有人的出示有效至 {deadline}，上链时已过。请重新扫描取药码。",
        ),
        "ClaimRegisterPresentationInvalid": (
            "The presentation isn't signed by the claim's holder for this dispensing. Scan the hand-over"
            " code again; if it is refused again, don't hand over.",
            "出示签名不是该份额持有人为本次发药所签。请重新扫描取药码；若再被拒绝，请勿发药。",
        ),
        "ClaimRegisterPresentationUnexpected": (
            "The prescription has no holders, so that nothing may be presented for it.",
            "该处方没有持有人地址，不应附带出示签名。",
        ),
        "ClaimRegisterIssuerOnly": (
            "The prescription has no hand-over code: only its hospital ({issuer}) can dispense it.",
            "该处方没有取药码，只有开具机构（{issuer}）可以发药。",
        ),
        "ClaimRegisterHoldersMismatch": (
            "The holders' addresses aren't those that the doctor signed.",
            "持有人地址与医师签名时的不一致。",
        ),
        "ClaimRegisterPackUnitsInvalid": (
            "A pack's units don't make sense: {unitsUsed} of {totalUnits}. Check the pack's scan.",
            "药品包装的数量不合理：{totalUnits} 中使用 {unitsUsed}。请核对扫码。",
        ),
        "ClaimRegisterPackExhausted": (
            "A pack was used up already: {used} of its {totalUnits} units are gone, {unitsUsed} more were"
            " asked for. Take another pack, and keep this one for inquiry.",
            "药品包装已用尽：共 {totalUnits}，已用 {used}，又用 {unitsUsed}。请另取一盒，此盒留存备查。",
        ),
        "ClaimRegisterNotPayer": (
            "The dispensing names another payer: {payer}.",
            "该次发药载明的付款机构是 {payer}。",
        ),
        "ClaimRegisterNotSpender": (
            "The dispensing is another institution's: {spender}.",
            "该次发药属于机构 {spender}。",
        ),
        "ClaimRegisterPayerNotAllowed": (
            "Claims of this kind are settled by nobody; no payer may be named.",
            "该类份额无须结算，不应载明付款机构。",
        ),
        "ClaimRegisterWrongRecord": (
            "The evidence is of another record than the one that the claims were used into.",
            "所附证据不是使用份额的那份记录。",
        ),
        "ClaimRegisterWrongTerms": (
            "The dispensing's record states another use than the one on the chain.",
            "发药记录所载的使用与链上不一致。",
        ),
        "ClaimRegisterRecordLate": (
            "The dispensing of {usedAt} was anchored only at {anchoredAt}: too late to be paid, unless an"
            " outage excuses it.",
            "{usedAt} 的发药直到 {anchoredAt} 才锚定，已超过付款期限，除非有已登记的中断可说明。",
        ),
        "ClaimRegisterRestoreLate": (
            "The dispensing could be restored until {lastMoment}; it is too late.",
            "该次发药最迟可于 {lastMoment} 前恢复，现已过期。",
        ),
        "ClaimRegisterGasShort": (
            "The item takes more of a block than the chain allows. Dispense in smaller parts.",
            "该项所需的链上资源超过上限。请分次发药。",
        ),
        "ClaimRegisterEntryNotIncluded": (
            "The evidence doesn't show that the record is in its log. Fetch it again; if that doesn't help,"
            " don't rely on it.",
            "所附证据不能证明记录在其日志中。请重新获取；若仍如此，请勿采信。",
        ),
        "ClaimRegisterEntryIndexOutside": (
            "The evidence names another checkpoint than the first that holds the record. Fetch it again.",
            "所附证据所指的检查点不是最先包含该记录的检查点。请重新获取。",
        ),
        "ClaimRegisterEntryAuthorDiffers": (
            "The author's signature isn't the one that the log holds. Fetch the evidence again.",
            "作者签名与日志中的不一致。请重新获取证据。",
        ),
        "ClaimRegisterEntrySignatureInvalid": (
            "The author's signature is no valid signature: don't rely on the record.",
            "作者签名无效，请勿采信该记录。",
        ),
        "ClaimRegisterEntryNotEntitled": (
            "The author wasn't entitled at institution {institution} at {moment}: don't rely on the record.",
            "作者在 {moment} 不具备机构 {institution} 的相应资格，请勿采信该记录。",
        ),
        "ClaimRegisterEntryNotIssuing": (
            "Institution {institution} was not entitled to issue such records at {moment}.",
            "机构 {institution} 在 {moment} 无权出具该类记录。",
        ),
        "ClaimRegisterEntryInstitutionBarred": (
            "Institution {institution} is barred: its records can't be used any more.",
            "机构 {institution} 已被禁用，其记录不能再使用。",
        ),
        "ClaimRegisterEntryFromTheFuture": (
            "The record was signed for {signedAt} and anchored before that, at {anchoredAt}.",
            "记录的签名时间 {signedAt} 晚于其锚定时间 {anchoredAt}。",
        ),
        "ClaimRegisterEntryLate": (
            "The record was signed at {signedAt} and anchored only at {anchoredAt}: late, unless an outage"
            " excuses it.",
            "记录于 {signedAt} 签名，直到 {anchoredAt} 才锚定，已超时，除非有已登记的中断可说明。",
        ),
        "CheckpointLogNotRecorded": (
            "The checkpoint of the evidence isn't on the chain (yet, or any more). Fetch the evidence again.",
            "证据所依据的检查点不在链上（尚未上链或已被重组）。请重新获取证据。",
        ),
        "CheckpointLogBarred": (
            "The checkpoint of the evidence was cut off when its log was closed. Fetch the evidence again.",
            "证据所依据的检查点在日志关闭时已被截除。请重新获取证据。",
        ),
        "ClaimRegisterIntoMissing": _STATEMENT,
        "ClaimRegisterStatementMissing": _STATEMENT,
        "ClaimRegisterKindUnusable": _FAULT,
        "ClaimRegisterKindMixed": _FAULT,
        "ClaimRegisterPacksNotAllowed": _FAULT,
        "ClaimRegisterCountInvalid": _FAULT,
        "ClaimRegisterGrantUnknown": _FAULT,
        "ClaimRegisterOrdinalUnknown": _FAULT,
        "ClaimRegisterClaimsNotAscending": _FAULT,
        "ClaimRegisterPacksNotAscending": _FAULT,
        "ClaimRegisterMovesInvalid": _FAULT,
        "ClaimRegisterHolderCount": _FAULT,
        "ClaimRegisterEntryTermsInvalid": _FAULT,
        "ClaimRegisterBatchTooLarge": _FAULT,
        "ClaimRegisterBatchEmpty": _FAULT,
    }
)
