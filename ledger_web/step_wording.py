"""Words for the steps of a verification report: names, labels, and how to repeat each by hand.

A report comes in its JSON form (`ledger_proofs.reports`); its messages already speak both languages.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_proofs.wording import STEP_NAMES_ZH, chinese_label
from ledger_web.link_labels import find_link_label

_SPANS: Final = frozenset({"signed time and anchoring time", "excused by the outage"})

_MIRROR_NAME: Final = ("Own mirror", "自有镜像")
"""A portal's step 0: the evidence against its own copy of the log, and against what was asked for."""
_MIRROR_LABELS_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SHA-256 of the entry": "条目的 SHA-256",
        "anchoring time": "锚定时间",
        "anchoring time pinned": "钉住的锚定时间",
        "bytes of an entry": "条目的字节数",
        "chain id": "链编号",
        "checkpoint met when walking back from the head": "自头部回溯所经的检查点",
        "commitment asked for": "所请求的承诺",
        "entries in the tile": "瓦片中的条目数",
        "entries that the chain counts, and the gateway hands out": "链上计入与网关提供的条目数",
        "entry": "条目",
        "entry mirrored": "镜像中的条目",
        "hash of block 0": "0 号区块的哈希",
        "height of the chain": "链的高度",
        "institution asked for": "所请求的机构",
        "last checkpoint with an equal root": "最后一个根一致的检查点",
        "log asked for": "所请求的日志",
        "pinned as of block": "钉住时的区块",
        "position asked for": "所请求的位置",
        "previous size": "前一大小",
        "previous size pinned": "钉住的前一大小",
        "record id asked for": "所请求的记录编号",
        "window asked for": "所请求的时段",
        "size at which the log was closed, and its successor": "日志关闭时的大小及其后续日志",
        "root": "根",
        "root at the cut": "截断处的根",
        "root pinned": "钉住的根",
        "what the gateway answered": "网关的应答",
        "what the gateway answered for that tile": "网关对该瓦片的应答",
    }
)
_ROOT_OF_ENTRIES: Final = re.compile(r"root of (\d+) entries")
_BY_HAND: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        0: (
            "Fetch the entry tile that holds the position and compare its 224 bytes with the bundle's entry;"
            " ask"
            " your own node for the checkpoint of that size and compare root, previous size and time.",
            "获取含该位置的条目瓦片，将其 224 字节与证据包的条目比对；"
            "再向本方节点查询该大小的检查点，比对根、前一大小与时间。",
        ),
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
    if name == "mirror":
        return _MIRROR_NAME[language == "zh"]
    return STEP_NAMES_ZH.get(name, name) if language == "zh" else name.capitalize()


def say_label(what: str, language: str) -> str:
    """Return what was compared."""
    if language != "zh":
        return what
    of_entries = _ROOT_OF_ENTRIES.fullmatch(what)
    if of_entries is not None:
        return f"前 {of_entries.group(1)} 条条目的根"
    return _MIRROR_LABELS_ZH.get(what) or find_link_label(what) or chinese_label(what)


def is_span(what: str) -> bool:
    """Whether a comparison states a span of time (Unix seconds, from and until) instead of two equals."""
    return what in _SPANS


def say_by_hand(number: int, language: str) -> str:
    """Return how to repeat a step without our software; empty for a step that this table doesn't know."""
    english, chinese = _BY_HAND.get(number, ("", ""))
    return chinese if language == "zh" else english
