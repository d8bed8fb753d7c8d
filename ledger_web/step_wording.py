"""Words for the steps of a verification report: names, labels, and how to repeat each by hand.

A report comes in its JSON form (`ledger_proofs.reports`); its messages already speak both languages.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_proofs.wording import STEP_NAMES_ZH, chinese_label

_SPANS: Final = frozenset({"signed time and anchoring time", "excused by the outage"})

_BY_HAND: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        1: (
            "Of each disclosed field, hash with SHA-256: byte 00, its salt, byte 01, and the canonical JSON"
            " of [pointer, value]. Put the results among the bundle's leaf hashes; their RFC 9162 root, with"
            " their number, gives the commitment (protocol, section 2).",
            "对每个所披露的字段，以 SHA-256 计算：字节 00、盐、字节 01 及 [指针, 值] 的规范 JSON。"
            "将结果放入证据包所列的叶哈希之中；其 RFC 9162 根连同叶数即得承诺（协议第 2 节）。",
        ),
        2: (
            "Cut the entry's 224 bytes as the protocol's table says and compare each member with the record's"
            " claims, windows and holders; times are Unix seconds (protocol, section 3).",
            "按协议的表格切分条目的 224 字节，逐项与记录的份额、时段和持有人对照；"
            "时间为 Unix 秒（协议第 3 节）。",
        ),
        3: (
            "SHA-256 of byte 00 and the entry's 224 bytes is its leaf. Fold the path into it as in"
            " RFC 9162, 2.1.3.2; the outcome must be the checkpoint's root.",
            "对字节 00 与条目的 224 字节计算 SHA-256 即得其叶；按 RFC 9162 第 2.1.3.2 节与路径逐级合并，"
            "结果须等于检查点的根。",
        ),
        4: (
            "Ask any node of the trusted chain with eth_getStorageAt for the checkpoint's slots of the"
            " checkpoint contract; the words must be the root, the previous size and the time that the"
            " bundle states (protocol, section 4.4).",
            "向所信任链的任一节点用 eth_getStorageAt 查询检查点合约中该检查点的存储槽；"
            "所得的字须为证据包所述的根、前一大小和时间（协议第 4.4 节）。",
        ),
        5: (
            "Recover the signer with ecrecover from the EIP-712 digest of Authorship (protocol, section 5),"
            " then ask the directory isEntitled(signer, institution, role, time) for the signed and the"
            " anchoring time.",
            "对 Authorship 的 EIP-712 摘要（协议第 5 节）用 ecrecover 恢复签署者，"
            "再就签署时间和锚定时间向名录合约查询 isEntitled(签署者, 机构, 角色, 时间)。",
        ),
        6: (
            "Subtract the signed time from the anchoring time: at most 86400 s later, and not more than 300 s"
            " earlier, unless the directory records an outage that excuses it (protocol, section 7.1).",
            "以锚定时间减签署时间：至多晚 86400 秒，且不得早 300 秒以上，"
            "除非名录中登记有可免责的中断（协议第 7.1 节）。",
        ),
        7: (
            "Ask any node of the trusted chain with eth_getStorageAt for each claim's slot of the claim"
            " register, as of the stated block; the words must be those in the bundle.",
            "向所信任链的任一节点用 eth_getStorageAt 查询份额登记合约中各份额在所述区块的存储槽；"
            "所得的字须与证据包一致。",
        ),
    }
)


def say_step_name(name: str, language: str) -> str:
    """Return a step's name."""
    return STEP_NAMES_ZH.get(name, name) if language == "zh" else name.capitalize()


def say_label(what: str, language: str) -> str:
    """Return what was compared."""
    return chinese_label(what) if language == "zh" else what


def is_span(what: str) -> bool:
    """Whether a comparison states a span of time (Unix seconds, from and until) instead of two equals."""
    return what in _SPANS


def say_by_hand(number: int, language: str) -> str:
    """Return how to repeat a step without our software; empty for a step that this table doesn't know."""
    english, chinese = _BY_HAND.get(number, ("", ""))
    return chinese if language == "zh" else english
