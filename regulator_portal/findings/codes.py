"""The stable codes of findings, each with its verdict and its words in both languages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FindingCode(StrEnum):
    """What was found."""

    ROOT_DIFFERS = "log.root_differs"
    ENTRY_CHANGED = "log.entry_changed"
    ENTRIES_WITHHELD = "log.entries_withheld"
    PIN_DIFFERS = "checkpoint.pin_differs"
    NOT_EXTENSION = "checkpoint.not_extension"
    CHAIN_REPLACED = "chain.replaced"
    CHAIN_ROLLED_BACK = "chain.rolled_back"
    ENTRY_MALFORMED = "entry.malformed"
    EVIDENCE_FAILED = "evidence.failed"
    EVIDENCE_LATE = "evidence.late"
    EVIDENCE_WITHHELD = "evidence.withheld"


@dataclass(frozen=True)
class FindingWords:
    """A code's verdict (failed, late, withheld), its title, and how to repeat the check by hand."""

    verdict: str
    title_en: str
    title_zh: str
    repeat_en: str
    repeat_zh: str


_TILES_EN = "Fetch the log's entry tiles from position 0, hash each entry as in RFC 9162 2.1.1, and compare"
_TILES_ZH = "自位置 0 起获取该日志的条目瓦片，按 RFC 9162 2.1.1 计算各条目哈希，"
_BUNDLE_EN = (
    "Fetch the entry's evidence bundle and run `rxledger verify BUNDLE --trust trust.json --rpc NODE`"
)
_BUNDLE_ZH = "获取该条目的证据包，运行 `rxledger verify 证据包 --trust trust.json --rpc 节点`"

WORDS: Final[dict[FindingCode, FindingWords]] = {
    FindingCode.ROOT_DIFFERS: FindingWords(
        "failed",
        "The entries that the gateway serves don't give the root on the chain",
        "网关提供的条目算不出链上的根",
        f"{_TILES_EN} the root of that size with `CheckpointLog.checkpoint(log, size)` of your own node.",
        f"{_TILES_ZH}将该大小的根与本方节点的 `CheckpointLog.checkpoint(log, size)` 比对。",
    ),
    FindingCode.ENTRY_CHANGED: FindingWords(
        "failed",
        "An entry that was mirrored before is served differently now",
        "曾经镜像的条目，如今网关给出的内容不同",
        "Fetch the tile that holds the position, and compare the entry's SHA-256 with both values here.",
        "获取含该位置的条目瓦片，将该条目的 SHA-256 与此处两值比对。",
    ),
    FindingCode.ENTRIES_WITHHELD: FindingWords(
        "withheld",
        "The chain counts entries that the gateway doesn't hand out",
        "链上已计入的条目，网关未予提供",
        "Read the log's head on the chain with your own node, and ask the gateway for that position's tile.",
        "用本方节点读取该日志的链上头部，再向网关请求该位置的瓦片。",
    ),
    FindingCode.PIN_DIFFERS: FindingWords(
        "failed",
        "The chain says something else about a checkpoint than when it was pinned",
        "链上某检查点与当初钉住时不同",
        "Ask your own node for `CheckpointLog.checkpoint(log, size)` and compare it with the pinned values.",
        "用本方节点查询 `CheckpointLog.checkpoint(log, size)`，与钉住的值比对。",
    ),
    FindingCode.NOT_EXTENSION: FindingWords(
        "failed",
        "A checkpoint doesn't continue the pinned one",
        "某检查点并非由已钉住的检查点延伸而来",
        "Walk from the log's head back by `previousSize`: the pinned size must be met, with the pinned root.",
        "自日志头部按 `previousSize` 逐个回溯：必须经过钉住的大小，且根相同。",
    ),
    FindingCode.CHAIN_REPLACED: FindingWords(
        "failed",
        "The node's chain isn't the one that was trusted and pinned",
        "节点所在的链不是所信任并钉住的那条链",
        "Ask your own node for the chain id, block 0, the contracts' code and the pinned block, and compare.",
        "向本方节点查询链编号、0 号区块、合约代码与钉住的区块，逐项比对。",
    ),
    FindingCode.CHAIN_ROLLED_BACK: FindingWords(
        "failed",
        "The chain is shorter than it was",
        "链比先前更短",
        "Ask your own node for `eth_blockNumber` and compare it with the pinned height.",
        "向本方节点查询 `eth_blockNumber`，与钉住的高度比对。",
    ),
    FindingCode.ENTRY_MALFORMED: FindingWords(
        "failed",
        "What the gateway serves as an entry isn't one",
        "网关作为条目提供的内容并非条目",
        "Fetch the tile of that position: an entry is 224 bytes, its numbers padded with zeros (protocol 3).",
        "获取该位置的瓦片：条目为 224 字节，数字以零填充（协议第 3 节）。",
    ),
    FindingCode.EVIDENCE_FAILED: FindingWords(
        "failed",
        "A record's evidence doesn't hold",
        "某记录的证据不成立",
        f"{_BUNDLE_EN}: the same step fails.",
        f"{_BUNDLE_ZH}：同一步骤不通过。",
    ),
    FindingCode.EVIDENCE_LATE: FindingWords(
        "late",
        "A record was anchored later than its signing window allows",
        "某记录的锚定晚于其签署时限",
        f"{_BUNDLE_EN}: step 6 says late.",
        f"{_BUNDLE_ZH}：第 6 步显示迟到。",
    ),
    FindingCode.EVIDENCE_WITHHELD: FindingWords(
        "withheld",
        "The gateway doesn't hand out an entry's evidence",
        "网关未提供某条目的证据",
        "Ask the gateway for `/v1/logs/{log}/evidence/{position}`.",
        "向网关请求 `/v1/logs/{log}/evidence/{position}`。",
    ),
}
