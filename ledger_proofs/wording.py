"""Chinese wording of every error code, step and compared label, and both wordings of a step that passed.

English messages are written where an error is raised, with the figures of the case; the Chinese ones say the
same by code, with the place beside it. A test keeps this table and the codes in step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_proofs.errors import LedgerProofError

STEP_NAMES_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fields": "字段",
        "entry": "条目",
        "inclusion": "包含",
        "anchor": "锚定",
        "author": "作者",
        "time": "时间",
        "claims": "权利份额",
    }
)

_PASSED: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        1: ("the disclosed fields ({note}) hash to the commitment", "所披露的字段（{note}）与承诺一致"),
        2: ("the entry states what the record says", "条目与记录内容一致"),
        3: ("the entry is in the checkpoint", "条目包含在检查点之中"),
        4: (
            "the checkpoint is on the trusted chain, and not barred",
            "检查点已登记在所信任的链上，且未被封禁",
        ),
        5: (
            "the author signed, and was entitled at the signed and at the anchoring time",
            "签名属于作者本人，且其在签署时和锚定时均具有资格",
        ),
        6: ("the signed time is bounded by the anchoring time", "签署时间在锚定时间所允许的范围内"),
        7: ("the claims stand as stated, as of block {note}", "截至区块 {note}，权利份额状态与所述一致"),
    }
)
_NO_CLAIMS: Final = ("the entry has no claims: nothing to state", "该条目没有权利份额，无需陈述")

CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anchor.barred": "日志在该检查点之前已被关闭，该检查点已封禁",
        "anchor.header": "所附区块头与所述区块不符",
        "anchor.mismatch": "链上检查点与所述不符",
        "anchor.no_proof": "离线：证据包未附区块头或证明（其链节点未能给出）；请提供节点地址",
        "anchor.no_trust": "未提供信任文件：请指明以哪条链和哪些合约为准",
        "anchor.node_behind": "节点尚未同步到该区块，请稍后重试",
        "anchor.node_on_other_chain": "所连节点不在所信任的链上，请改用该链上的节点",
        "anchor.not_recorded": "链上没有该检查点",
        "anchor.not_sealed": "离线：该区块没有验证节点的封签（开发链即是如此）；请提供节点地址",
        "anchor.offline": "离线：信任文件未列出验证节点（开发链没有验证节点）；请提供节点地址",
        "anchor.other_block": "所述区块不是链上的该区块，或早于该检查点",
        "anchor.other_chain": "证据锚定在另一条链上",
        "anchor.other_contracts": "证据锚定在另一组合约中",
        "anchor.storage_proofs": "所附存储证明不属于该检查点",
        "author.hash": "签名不是条目作者的签名",
        "author.inactive": "该机构在锚定时不处于有效状态",
        "author.institution_barred": "该机构已被封禁",
        "author.not_entitled": "签署人当时不具有资格",
        "author.signer": "签署人另有其人，或所签内容不同",
        "author.wrong_role": "该机构当时无权出具此类记录",
        "bundle.checkpoint": "检查点大小必须不小于前一大小，且不为 0",
        "bundle.format": "证据包格式版本未知",
        "bundle.hex": "必须是 0x 开头、长度正确的小写十六进制",
        "bundle.member_missing": "缺少该成员",
        "bundle.member_unknown": "含有未定义的成员",
        "bundle.number": "必须是允许范围内的整数",
        "bundle.too_many": "元素过多",
        "bundle.type": "类型不正确",
        "chain.offline": "离线，且证据包未证明合约状态：此步骤需要查询链，请提供节点地址",
        "check.unavailable": "无法核验",
        "checkpoint.words": "不是该大小检查点的存储字",
        "claims.count": "所述权利份额数量与条目不符",
        "claims.key": "不是该条目的权利份额",
        "claims.mismatch": "权利份额状态与所述不符",
        "claims.node_behind": "节点尚未同步到该区块，请稍后重试",
        "claims.word": "权利份额状态与所述不符",
        "commitment.leaf_count": "叶的数量与字段指针数量不符",
        "commitment.mismatch": "字段哈希与承诺不符",
        "disclosure.index": "披露字段的序号必须严格递增且在范围内",
        "entry.claim_bound": "权利份额数量超出该类记录允许的范围",
        "entry.holders": "持有人地址必须每个权利份额一个，或全部为空",
        "entry.issuer": "记录的签发机构与所述机构不符",
        "entry.kind": "条目类别与记录不符",
        "entry.length": "条目长度不正确",
        "entry.mismatch": "条目与记录内容不符",
        "entry.ordinal": "权利份额必须从 0 起依次编号",
        "entry.padding": "条目数字的填充字节必须为零",
        "entry.record": "条目所含为另一记录的承诺",
        "entry.signed_at": "签署时间与记录不符",
        "entry.window": "时段不正确，或记录中没有该时段",
        "entry.withheld": "所需字段未披露",
        "field.array_length": "必须等于指针列表所示的数组长度",
        "field.container": "不得是非空对象或数组",
        "field.mismatch": "该字段与承诺不符",
        "field.missing": "记录中没有该字段",
        "field.pointer_list": "字段指针列表与承诺不符",
        "field.type": "字段类型不正确",
        "field.unknown": "记录中没有该字段",
        "handover.malformed": "不是取药码（以 RXH1: 或 RXP1: 开头），请重新扫描",
        "handover.other_claim": "该取药码不含此份额，请出示含有此份额的取药码",
        "header.field_length": "区块头字段长度不正确",
        "header.fields": "区块头字段不完整或类型不正确",
        "header.length": "区块头过长",
        "header.number": "区块头数字编码不正确",
        "inclusion.log": "日志不属于所述机构，或与检查点不符",
        "inclusion.size": "检查点大小与所述不符",
        "input.malformed": "格式不正确",
        "json.byte_order_mark": "不得含有字节顺序标记",
        "json.duplicate_name": "对象中有重复的成员名",
        "json.float": "不接受小数、指数、NaN 或无穷；请使用十进制字符串或最小单位整数",
        "json.lone_surrogate": "字符串中含有孤立的代理码位",
        "json.not_utf8": "不是 UTF-8 编码",
        "json.syntax": "JSON 语法不正确",
        "json.too_deep": "嵌套过深",
        "json.too_large": "文档过大",
        "json.type": "该类型没有规范形式",
        "json.unsafe_integer": "整数超出 ±(2^53-1)，或为负零",
        "kind.schema_version": "此版本不了解该模式版本",
        "kind.unknown": "此版本不了解该类记录",
        "ledger": "无法处理",
        "pack.ambiguous": "该码可读作中国药品追溯码，也可读作 GS1 码：请让扫码枪发送码制标识，或带括号录入",
        "pack.brackets": "不是带括号的 GS1 码：每个值前须有标识，例如 (21)，值中不得含括号；请改为扫码",
        "pack.check_digit": "商品编号的校验位不正确，请重新扫描或录入",
        "pack.date": "(17) 不是日期，应为年月日各两位数字",
        "pack.length": "追溯码应为 20 至 512 个字符，请重新扫描",
        "pack.link": "不是 GS1 数字链接：路径中须有 /01/ 和商品编号，其后依次为 /22/、/10/、/21/",
        "pack.malformed": "不是追溯码：应为 20 位数字、含 (01)(21) 的 GS1 码，或 20 至 100 个字符",
        "pack.no_product": "药品包装的 GS1 码须含商品编号 (01)",
        "pack.no_serial": "药品包装的 GS1 码须含序列号 (21)；若确已印有，请设置扫码枪发送分隔符 FNC1",
        "pack.separators_lost": "扫码枪丢失了分隔符，该码有两种读法：请设置其发送 FNC1，或带括号录入",
        "pack.twice": "同一标识出现两次且值不同",
        "pack.unknown_identifier": "含有药品码不使用的应用标识，请带分隔符重新扫描",
        "pack.value": "应用标识的值格式不正确，请重新扫描",
        "pack.word": "药品包装存储字不正确",
        "peer.malformed": "不是机构间请求的授权信息",
        "pointers.empty": "字段指针列表为空",
        "pointers.order": "字段指针必须严格递增且不重复",
        "pointers.syntax": "不是 JSON Pointer",
        "pointers.tree": "字段指针不构成一棵树",
        "premise.not_established": "所依据的步骤未通过，因此无法核验",
        "presentation.deadline": "出示的截止时间过远，请以较近的时间重新签署",
        "presentation.expired": "出示已过截止时间，请重新签署",
        "presentation.holder": "不是该份额持有人的签名",
        "presentation.not_reading": "该出示交出的是使用，不能用于查阅",
        "proof.hash_invalid": "必须是 32 字节的哈希",
        "proof.index_out_of_range": "叶的序号超出范围",
        "proof.invalid": "证明无效",
        "proof.length_invalid": "证明的节点数量不正确",
        "proof.not_first_checkpoint": "该检查点不是首个包含该条目的检查点",
        "proof.root_mismatch": "证明所得的根与所述不符",
        "proof.size_invalid": "树的大小不正确",
        "qbft.extra": "区块头的附加数据不是 QBFT 格式",
        "qbft.other_consensus": "不是 QBFT 链的区块头",
        "qbft.seal_malformed": "封签不是有效的签名",
        "qbft.seal_stranger": "封签者不是当时的验证节点",
        "qbft.seal_twice": "同一验证节点封签了两次",
        "qbft.seals": "区块的封签不符合规则",
        "qbft.seals_few": "封签的验证节点不足三分之二",
        "record.body": "记录主体必须是对象",
        "record.decimal": '必须是十进制字符串，例如 "0.5" 或 "12"',
        "record.id": "必须是小写 UUID",
        "record.issuer": "必须是机构编号",
        "record.member_missing": "缺少该成员",
        "record.member_unknown": "含有未定义的成员",
        "record.not_an_object": "记录必须是 JSON 对象",
        "record.schema": "必须是带版本的模式名，例如 rx.prescription/1",
        "record.time": "必须是 UTC 整秒时间，例如 2026-11-22T01:00:00Z",
        "record.too_many_fields": "字段过多",
        "reference.malformed": "不是打印编码（RXL1:机构:记录编号:时段:承诺），请照原文重新输入或扫描",
        "rlp.canonical": "RLP 编码不是最短形式",
        "rlp.short": "RLP 数据被截断",
        "rlp.too_deep": "RLP 嵌套过深",
        "rlp.trailing": "RLP 数据之后有多余字节",
        "rlp.type": "RLP 类型不正确",
        "signature.digest": "所签内容必须是 32 字节摘要",
        "signature.high_s": "签名的 s 值位于高半区，请重新签署",
        "signature.invalid": "签名无效",
        "signature.length": "签名必须是 65 字节",
        "signature.range": "签名的 r 或 s 超出范围",
        "signature.unrecoverable": "该签名不对应任何密钥",
        "signature.v": "签名的 v 必须是 27 或 28",
        "state.account_missing": "证据包未证明该合约的状态",
        "state.accounts": "所附状态含有无须查询的合约，或同一合约出现两次",
        "state.code": "合约代码与信任文件所列不符",
        "state.header": "状态的区块头与所述区块不符",
        "state.no_account": "该地址没有合约",
        "state.older": "所附状态早于锚定区块",
        "state.other_block": "证据包所证明的是另一区块的状态",
        "state.slot_missing": "证据包未证明该处的存储内容",
        "state.value": "存储内容与所述不符",
        "state.word": "存储内容没有意义",
        "tile.bundle": "条目包不完整、过长或过大",
        "tile.length": "瓦片长度不正确",
        "tile.path": "不是规范的瓦片路径",
        "time.from_the_future": "签署时间晚于锚定时间，超出允许的时钟偏差",
        "time.late": "锚定晚于签署时限，且没有已登记的中断可以免责",
        "time.outages_unknown": "锚定晚于签署时限；是否有已登记的中断可以免责，须查询链方可得知",
        "trie.invalid": "状态证明无效",
        "trie.node_form": "证明中的节点不是前缀树节点",
        "trie.node_hash": "证明中的节点与上一节点所指不符",
        "trie.node_missing": "证明缺少节点",
        "trie.unused_node": "证明含有不在路径上的节点",
        "trie.value": "证明所得的值格式不正确",
        "trust.format": "信任文件格式版本未知",
        "trust.member": "信任文件的成员不正确",
        "use.kind": "该类份额不能用于此类记录",
        "use.no_claims": "使用至少包含一个份额",
        "use.not_here": "此类记录不使用份额",
        "use.order": "必须严格递增且不重复",
        "use.packs": "该类份额的使用不含药品包装",
        "use.payer": "该类份额没有付费方，应写 0",
        "use.spender": "使用方须为记录的签发机构",
        "use.units": "使用数量至少为 1，且不得超过包装总量",
        "validators.change_unsupported": "变更区块的封签中，变更前的验证节点不足三分之一",
        "validators.genesis": "创世区块没有封签",
        "validators.header": "所附区块头不是所述区块的",
        "validators.mismatch": "区块头所列验证节点与信任文件不符",
        "validators.order": "验证节点历史必须从区块 1 起依次排列，且不晚于 as_of_block",
        "validators.set": "验证节点数量不正确或有重复",
        "validators.trust_outdated": "该区块晚于信任文件所载，且所列验证节点不同，可能已变更：请索取新的文件",
    }
)

LABELS_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "commitment of the fields": "各字段的承诺",
        "commitment in the entry": "条目中的承诺",
        "issuer": "签发机构",
        "signed time": "签署时间",
        "kind": "记录类别",
        "claims, window and terms": "份额数、时段与条款",
        "log's institution": "日志所属机构",
        "checkpoint's log": "检查点的日志",
        "checkpoint's size": "检查点的大小",
        "root from leaf and path": "由叶与路径得出的根",
        "hash of the header": "区块头的哈希",
        "number in the header": "区块头中的区块号",
        "time in the header": "区块头中的时间",
        "number in the state's header": "状态区块头中的区块号",
        "chain_id": "链编号",
        "genesis_hash": "创世区块哈希",
        "directory": "名录合约",
        "checkpoint_log": "检查点合约",
        "claim_register": "份额登记合约",
        "checkpoint's root": "检查点的根",
        "checkpoint's previous_size": "检查点的前一大小",
        "checkpoint's anchored_at": "检查点的锚定时间",
        "hash of the signature": "签名的哈希",
        "signer": "签署者",
        "institution active at the anchoring time": "机构在锚定时有效",
        "institution barred": "机构被封禁",
        "signed time and anchoring time": "签署时间与锚定时间",
        "excused by the outage": "可免责的中断",
        "number of claims": "份额数量",
    }
)
_LABELS_WITH_FIGURES: Final = (
    (r"entitled as \w+ at the signed time", "签署时具有资格"),
    (r"entitled as \w+ at the anchoring time", "锚定时具有资格"),
    (r"institution may issue a \w+", "机构可签发此类记录"),
    (r"hash of block (\d+)", r"区块 \1 的哈希"),
    (r"seals needed and found on block (\d+)", r"区块 \1 所需与所见的封签数"),
    (r"key of claim (\d+)", r"份额 \1 的键"),
    (r"claim (\d+) as of block (\d+)", r"份额 \1（截至区块 \2）"),
    (r"word of claim (\d+) as of block (\d+)", r"份额 \1 的存储字（截至区块 \2）"),
)


def chinese_label(what: str) -> str:
    """Return what was compared, in Chinese; a label that this table doesn't know stays as it is."""
    for pattern, text in _LABELS_WITH_FIGURES:
        found = re.fullmatch(pattern, what)
        if found is not None:
            return found.expand(text)
    return LABELS_ZH.get(what, what)


def sealed_anchor_message(
    sealed: int, validators: int, as_of: tuple[int, str], *, is_open: bool, known: tuple[int, str] | None
) -> tuple[str, str]:
    """Return what step 4 says offline, in English and Chinese.

    `as_of`: number and time of the latest block that was looked at. `is_open`: it proves that the checkpoint
    isn't barred. `known`: number and time of the last block whose validators are known, if that is earlier.
    """
    block, at = as_of
    english = (
        f"the checkpoint is on the trusted chain, in a block sealed by {sealed} of {validators} validators"
    )
    chinese = f"检查点已登记在所信任的链上，所在区块由 {validators} 个验证节点中的 {sealed} 个封签"
    if is_open:
        english += f", and not barred as of block {block} ({at})"
        chinese += f"；截至区块 {block}（{at}），未被封禁"
    else:
        english += f", by block {block} ({at}); the bundle doesn't prove whether it was barred"
        chinese += f"（截至区块 {block}，{at}）；证据包未证明其是否被封禁"
    if known is not None:
        english += (
            f"; the trust file knows the validators up to block {known[0]} ({known[1]}), this later block "
            "names the same"
        )
        chinese += f"；信任文件所载验证节点截至区块 {known[0]}（{known[1]}），其后的该区块所列与之相同"
    return english, chinese


def claims_changed_message(stated_block: int, head: int, changed: int, count: int) -> tuple[str, str]:
    """Return what step 7 says, in English and Chinese, where claims were used since they were stated."""
    return (
        f"the claims stood as stated as of block {stated_block}; as of block {head} {changed} of {count} "
        "stand otherwise",
        f"截至区块 {stated_block}，权利份额状态与所述一致；"
        f"截至区块 {head}，{count} 项中有 {changed} 项已有变化",
    )


CHAIN_VIEW_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chain-unreachable": "链节点无应答，请检查地址或稍后再试",
        "chain-bad-answer": "链节点的应答不可用",
        "chain-contract-mismatch": "链上的合约或部署文件不是所期望的",
    }
)
"""What a chain reader's faults are; the English message, with the particulars, follows."""


def chinese_message(error: LedgerProofError) -> str:
    """Return an error's message in Chinese, with the place that it names."""
    if error.code in CHAIN_VIEW_ZH:
        return f"{CHAIN_VIEW_ZH[error.code]}（{error.message}）"
    text = CHINESE.get(error.code, CHINESE["ledger"])
    if error.code == "premise.not_established":
        return f"第 {error.where} 步未通过，本步骤以其为前提，因此无法核验"
    return f"{text}（{error.where}）" if error.where else text


def english_message(error: LedgerProofError) -> str:
    """Return an error's message in English, with the place that it names unless it stands in it already."""
    if error.where and error.where not in error.message:
        return f"{error.message} ({error.where})"
    return error.message


def passed_message(step: int, note: str) -> tuple[str, str]:
    """Return what a passed step says, in English and Chinese; `note` is its figure, empty if none."""
    if step == 7 and not note:
        return _NO_CLAIMS
    english, chinese = _PASSED[step]
    return english.format(note=note), chinese.format(note=note)
