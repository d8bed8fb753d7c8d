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
    REGISTER_EVENT_CHANGED = "register.event_changed"
    USE_WITHOUT_RECORD = "use.without_record"
    USE_RECORD_LATE = "use.record_late"
    USE_DIFFERS = "use.differs"
    USE_UNKNOWN_CLAIM = "use.unknown_claim"
    RECORD_WITHOUT_USE = "record.without_use"
    ACT_WITHOUT_STATEMENT = "act.without_statement"
    ACT_DIFFERS = "act.differs"
    SETTLEMENT_SUM_MISMATCH = "settlement.sum_mismatch"
    SETTLEMENT_WITHOUT_DISPENSING = "settlement.without_dispensing"
    SETTLEMENT_CLAIMS_DIFFER = "settlement.claims_differ"
    REVIEW_MISSING = "review.missing"
    PACK_UNKNOWN_LOT = "pack.unknown_lot"
    PACK_AFTER_EXPIRY = "pack.after_expiry"
    PACK_RECALLED = "pack.recalled"
    PACK_TOTAL_DIFFERS = "pack.total_differs"
    CONTENT_WITHHELD = "content.withheld"
    NODE_DISAGREES = "node.disagrees"
    NODE_STALE = "node.stale"
    NODE_PROOF_FAILS = "node.proof_fails"
    NODE_RECEIPTS_FORGED = "node.receipts_forged"
    NODE_EVENTS_MISSING = "node.events_missing"
    NODE_PIN_RETIRED = "node.pin_retired"

    @property
    def is_about_node(self) -> bool:
        """Whether it is about a node that the portal asks, and about no institution."""
        return self.value.startswith("node.")


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

_EVENTS_EN = "Ask your own node for the claim register's events (`eth_getLogs`) of the block named here"
_EVENTS_ZH = "向本方节点查询此处所列区块中登记合约的事件（`eth_getLogs`）"

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
    FindingCode.REGISTER_EVENT_CHANGED: FindingWords(
        "failed",
        "The chain tells another event of the claim register than was mirrored",
        "链上登记合约的事件与此前镜像的不同",
        f"{_EVENTS_EN}, and compare what it says with this portal's copy.",
        f"{_EVENTS_ZH}，与本门户的副本比对。",
    ),
    FindingCode.USE_WITHOUT_RECORD: FindingWords(
        "failed",
        "Claims were used on chain, and no record of it stands in the user's log",
        "链上已使用份额，使用方的日志中却没有相应记录",
        f"{_EVENTS_EN}: `Dispensed` names `into`. Look for an entry of that commitment in the spender's log.",
        f"{_EVENTS_ZH}：`Dispensed` 给出 `into`，再在使用方的日志中查找该承诺的条目。",
    ),
    FindingCode.USE_RECORD_LATE: FindingWords(
        "late",
        "The record of a use was anchored after its record window",
        "使用记录的锚定晚于其记录时限",
        "Compare the block time of the use with the time of the first checkpoint that holds the"
        " record's entry:"
        " at most 86,400 s between them, unless `LedgerDirectory.outages` excuses it.",
        "将使用所在区块的时间与首个包含该条目的检查点时间比对：相差不得超过 86400 秒，除非"
        " `LedgerDirectory.outages` 可以免责。",
    ),
    FindingCode.USE_DIFFERS: FindingWords(
        "failed",
        "The record states another use than the chain took",
        "记录所述的使用与链上受理的不同",
        f"{_EVENTS_EN}, and compare its `useHash` with the `terms` of the record's entry.",
        f"{_EVENTS_ZH}，将其 `useHash` 与记录条目的 `terms` 比对。",
    ),
    FindingCode.USE_UNKNOWN_CLAIM: FindingWords(
        "failed",
        "A claim was used that no mirrored entry carries",
        "所使用的份额不属于任何已镜像的条目",
        "Compute the claim keys of all entries that carry claims (protocol 4.1), and look for the one here.",
        "按协议 4.1 计算全部条目的份额键，查找此处所列的键。",
    ),
    FindingCode.RECORD_WITHOUT_USE: FindingWords(
        "failed",
        "A record states an act that the chain never did",
        "记录所述的操作在链上从未发生",
        "Ask your own node for the claim register's events that name the record's commitment.",
        "向本方节点查询登记合约中涉及该承诺的事件。",
    ),
    FindingCode.ACT_WITHOUT_STATEMENT: FindingWords(
        "failed",
        "An act on chain isn't stated by any signed record",
        "链上的操作没有签名记录为据",
        f"{_EVENTS_EN}: it names the record's commitment. Look for its entry in that institution's log.",
        f"{_EVENTS_ZH}：其中给出记录的承诺，再在该机构的日志中查找相应条目。",
    ),
    FindingCode.ACT_DIFFERS: FindingWords(
        "failed",
        "A signed record states something else than was done on chain",
        "签名记录所述与链上所为不同",
        f"{_EVENTS_EN}, and compare its claims, subject and reason with the fields of the record's evidence.",
        f"{_EVENTS_ZH}，将其份额、对象与理由同该记录证据中的字段比对。",
    ),
    FindingCode.SETTLEMENT_SUM_MISMATCH: FindingWords(
        "failed",
        "A settlement's sums don't agree",
        "结算金额不符",
        "Take the settlement's and the dispensing's evidence bundles: fund, account, cash and reduced of each"
        " line add up to its amount, which is the charge's; the totals are the sums of the lines.",
        "取结算与发药的证据包：每行的统筹基金、个人账户、现金与核减之和应等于该行金额，且与收费一致；"
        "合计为各行之和。",
    ),
    FindingCode.SETTLEMENT_WITHOUT_DISPENSING: FindingWords(
        "failed",
        "Something was settled that was not dispensed",
        "所结算的内容未曾发药",
        "Read which dispensing the settlement names, and look for its `Dispensed` event and its entry.",
        "查看结算所指的发药，再查找其 `Dispensed` 事件与日志条目。",
    ),
    FindingCode.SETTLEMENT_CLAIMS_DIFFER: FindingWords(
        "failed",
        "The chain settled other claims than the record states",
        "链上结算的份额与记录所述不同",
        f"{_EVENTS_EN}: compare the claims of `Settled` with `/body/claims` of the settlement's evidence.",
        f"{_EVENTS_ZH}：将 `Settled` 的份额与结算证据中的 `/body/claims` 比对。",
    ),
    FindingCode.REVIEW_MISSING: FindingWords(
        "failed",
        "Something was dispensed without an approving review",
        "未经审方通过即发药",
        "Read which review and prescriptions the dispensing names, and look for reviews of them that approve:"
        " one of the prescribing hospital, one of the institution that dispensed.",
        "查看发药所指的审方与处方，再查找通过的审方记录：开方医院与发药机构各一份。",
    ),
    FindingCode.PACK_UNKNOWN_LOT: FindingWords(
        "failed",
        "A pack was dispensed that no maker has put on record",
        "所发药品的追溯码不属于任何已登记批次",
        "Look for the pack's token in the lots' records of all manufacturers.",
        "在各生产企业的批次记录中查找该包装令牌。",
    ),
    FindingCode.PACK_AFTER_EXPIRY: FindingWords(
        "failed",
        "A pack was dispensed after the last day of its lot",
        "发药时药品已过有效期",
        "Compare `expires_on` of the lot's record with the day of the use's block, in the portal's"
        " time zone.",
        "将批次记录的 `expires_on` 与使用所在区块的日期（按本门户时区）比对。",
    ),
    FindingCode.PACK_RECALLED: FindingWords(
        "failed",
        "A pack was dispensed after its lot was recalled",
        "所发药品的批次此前已被召回",
        "Compare the anchoring time of the maker's recall record with the time of the use's block.",
        "将召回记录的锚定时间与使用所在区块的时间比对。",
    ),
    FindingCode.PACK_TOTAL_DIFFERS: FindingWords(
        "failed",
        "A use states another number of units for a pack than its lot or its first use",
        "所述药品总单位数与批次或首次所述不同",
        f"{_EVENTS_EN}: compare `totalUnits` with `units_per_pack` of the lot's record, and with the"
        " first use.",
        f"{_EVENTS_ZH}：将 `totalUnits` 与批次记录的 `units_per_pack` 及首次使用比对。",
    ),
    FindingCode.CONTENT_WITHHELD: FindingWords(
        "withheld",
        "A demand for a record's content wasn't answered in time",
        "调阅要求逾期未获答复",
        "Look in the institution's log for an access record that names the demand, until its `answer_by`.",
        "在该机构的日志中查找在 `answer_by` 之前指明该要求的调阅答复。",
    ),
    FindingCode.NODE_DISAGREES: FindingWords(
        "failed",
        "Two nodes tell of different chains or checkpoints",
        "两个节点所述的链或检查点不同",
        "Ask each of the nodes named here for what was compared (`eth_getBlockByNumber`,"
        " `CheckpointLog.head`),"
        " and a third one of another institution.",
        "分别向此处所列节点查询所比对的内容（`eth_getBlockByNumber`、`CheckpointLog.head`），"
        "并向另一机构的第三个节点查询。",
    ),
    FindingCode.NODE_STALE: FindingWords(
        "failed",
        "A node is behind: what it says may be an old state",
        "某节点落后：其所述可能是旧状态",
        "Ask the nodes for `eth_blockNumber` and the latest block's time, and compare with a clock.",
        "向各节点查询 `eth_blockNumber` 与最新区块的时间，并与时钟比对。",
    ),
    FindingCode.NODE_PROOF_FAILS: FindingWords(
        "failed",
        "A node says what the chain's validators didn't seal",
        "节点所述未经链的验证节点封签",
        "Ask the node for the header and `eth_getProof` of the block named here, and check the seals by the"
        " trust file (protocol 9.3); then ask another node.",
        "向节点查询此处所列区块的区块头与 `eth_getProof`，按信任文件核验封签（协议 9.3），再查询另一节点。",
    ),
    FindingCode.NODE_RECEIPTS_FORGED: FindingWords(
        "failed",
        "A node gives receipts that don't belong to the block",
        "节点给出的收据不属于该区块",
        "Fetch the receipts of all the block's transactions, compute their trie's root, and compare it with"
        " `receiptsRoot` of the sealed header.",
        "获取该区块全部交易的收据，计算其前缀树的根，与已封签区块头的 `receiptsRoot` 比对。",
    ),
    FindingCode.NODE_EVENTS_MISSING: FindingWords(
        "failed",
        "A node leaves out or changes events of the claim register",
        "节点遗漏或改动了登记合约的事件",
        "Ask the node and another one for the claim register's events (`eth_getLogs`) of the block named"
        " here;"
        " on a sealed chain compare with the receipts as well.",
        "分别向该节点与另一节点查询此处所列区块中登记合约的事件（`eth_getLogs`）；在封签链上并与收据比对。",
    ),
    FindingCode.NODE_PIN_RETIRED: FindingWords(
        "failed",
        "Something that a node once told and was pinned is forged",
        "节点此前所述并已钉住的内容系伪造",
        "Ask several nodes for the block's sealed header, or for a proof of the checkpoint, and compare with"
        " what was pinned.",
        "向多个节点查询该区块的封签区块头或该检查点的证明，与此前钉住的内容比对。",
    ),
}
