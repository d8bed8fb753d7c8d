"""What each kind of finding means, and what it doesn't, in plain words and both languages.

An auditor acts on a finding: the page must not say more than was seen. Codes are those of
`regulator_portal.findings`; a test keeps this table and them in step.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from regulator_portal.pages.link_meanings import LINK_MEANINGS
from regulator_portal.pages.meaning import Both, Meaning
from regulator_portal.pages.node_meanings import NODE_MEANINGS

_MIRROR_AGAIN: Final[Both] = (
    "Recheck the log. If the finding stays, ask the institution for its log as of that checkpoint, and keep"
    " this"
    " portal's copy as evidence.",
    "请先重新核对该日志；如仍存在，请要求该机构提供该检查点时的日志，并保留本门户的副本作为证据。",
)
_ASK_AUTHORITY: Final[Both] = (
    "Compare with another regulator's portal and with the other nodes of the chain, then report it to the"
    " authority. Don't rely on this chain until it is explained.",
    "请与其他监管机构的平台以及链上其他节点比对，并向管理机构报告；在查明之前，请勿依赖该链。",
)
_ASK_INSTITUTION: Final[Both] = (
    "Open the entry, verify it again, and ask the institution to explain what its gateway answers.",
    "请打开该条目重新核验，并要求该机构就其网关的答复作出说明。",
)

MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        **LINK_MEANINGS,
        **NODE_MEANINGS,
        "log.root_differs": Meaning(
            (
                "The entries that the gateway gives today aren't those that the institution committed to on"
                " the chain:"
                " at least one was changed, removed, inserted or moved.",
                "网关目前给出的条目并非该机构在链上登记时的条目：至少有一条被修改、删除、插入或移动。",
            ),
            (
                "It doesn't say which entry, nor who changed it, nor whether on purpose. A gateway restored"
                " from a"
                " wrong backup looks the same.",
                "这并不说明是哪一条，也不说明由谁、是否有意为之；以错误备份恢复的网关也会如此。",
            ),
            _MIRROR_AGAIN,
        ),
        "log.entry_changed": Meaning(
            (
                "The gateway gives another entry at this position than it gave before. A log only grows:"
                " what stands"
                " in it must not change.",
                "网关在该位置给出的条目与此前不同。日志只增不改，已入日志的内容不得变动。",
            ),
            (
                "It doesn't say that the record itself is false, nor who changed it. The portal's copy shows"
                " what"
                " stood there before.",
                "这并不说明记录本身虚假，也不说明由谁修改。本门户的副本保留了此前的内容。",
            ),
            _MIRROR_AGAIN,
        ),
        "log.entries_withheld": Meaning(
            (
                "The chain shows a longer log than the gateway gives: entries that the institution committed"
                " to can't"
                " be read.",
                "链上登记的日志比网关给出的更长：该机构已登记的部分条目无法读取。",
            ),
            (
                "It doesn't say that they were deleted: the gateway may have lost them, or not yet have"
                " caught up with"
                " the chain.",
                "这并不说明条目已被删除：可能是网关丢失了数据，或尚未与链同步。",
            ),
            _MIRROR_AGAIN,
        ),
        "checkpoint.pin_differs": Meaning(
            (
                "The chain gives another root or time for a checkpoint than the portal saw and pinned before."
                " Checkpoints can't be changed on an honest chain.",
                "链上该检查点的根或时间与本门户此前所见并钉住的不同。在诚实的链上，检查点无法更改。",
            ),
            (
                "It doesn't say that this institution did it: who can change it controls the chain's nodes.",
                "这并不说明是该机构所为：能够更改者须控制链的节点。",
            ),
            _ASK_AUTHORITY,
        ),
        "checkpoint.not_extension": Meaning(
            (
                "The later checkpoint doesn't hold the earlier one's entries unchanged: history was"
                " rewritten between"
                " the two.",
                "较晚的检查点没有原样包含较早检查点的条目：两者之间的历史被改写。",
            ),
            (
                "It doesn't say which of the two is the true history, nor that every record in between is"
                " false.",
                "这并不说明两者中哪一个是真实历史，也不说明其间的每份记录都虚假。",
            ),
            _MIRROR_AGAIN,
        ),
        "chain.replaced": Meaning(
            (
                "A block that the portal pinned is now another block: the node shows a different chain than"
                " before,"
                " with its own history.",
                "本门户已钉住的区块现为另一区块：节点给出的是另一条链，历史与此前不同。",
            ),
            (
                "It doesn't say that an institution did it, nor that records were lost. The portal's own"
                " node may be"
                " connected to the wrong network.",
                "这并不说明是某机构所为，也不说明记录已丢失；也可能是本门户的节点接入了错误的网络。",
            ),
            _ASK_AUTHORITY,
        ),
        "chain.rolled_back": Meaning(
            (
                "The node's latest block lies before a block that the portal has already seen and pinned.",
                "节点的最新区块早于本门户已见并钉住的区块。",
            ),
            (
                "It doesn't say that anything was changed: the node may have been restored and may still be"
                " catching"
                " up.",
                "这并不说明内容有变动：节点可能刚刚恢复，仍在同步。",
            ),
            _ASK_AUTHORITY,
        ),
        "entry.malformed": Meaning(
            (
                "What stands at this position isn't an entry as the protocol has it: nobody can verify a"
                " record"
                " against it.",
                "该位置的内容不符合协议规定的条目格式：任何记录都无法据此核验。",
            ),
            (
                "It doesn't say that it hides something: a fault of the institution's software looks the"
                " same.",
                "这并不说明有所隐瞒：该机构的软件故障也会如此。",
            ),
            _ASK_INSTITUTION,
        ),
        "evidence.failed": Meaning(
            (
                "The evidence that the gateway gives for this entry contradicts the entry, the checkpoint or"
                " the chain,"
                " in the step named here.",
                "网关就该条目给出的证据，在此处所指步骤中与条目、检查点或链相矛盾。",
            ),
            (
                "It doesn't say that the patient's record is false: the evidence was made by the gateway,"
                " and may be"
                " what is wrong.",
                "这并不说明患者的记录虚假：证据由网关生成，有误的可能是证据本身。",
            ),
            _ASK_INSTITUTION,
        ),
        "evidence.late": Meaning(
            (
                "The record reached the chain later than its signing window allows, and no recorded outage"
                " excuses it:"
                " its signed time can't be relied on.",
                "该记录锚定的时间超过签署时限，且没有已登记的中断可以免责：其签署时间不可采信。",
            ),
            (
                "It doesn't say that the signature is false, nor that the record was backdated: the gateway"
                " may have"
                " been down.",
                "这并不说明签名虚假，也不说明签署时间被倒填；可能只是网关曾停止服务。",
            ),
            _ASK_INSTITUTION,
        ),
        "evidence.withheld": Meaning(
            (
                "The gateway answers, and gives no evidence for an entry that stands in its log.",
                "网关有应答，但未就其日志中的条目给出证据。",
            ),
            (
                "It doesn't say that the record is false: what proves it may have been erased under the"
                " rules for"
                " erasure.",
                "这并不说明记录虚假：可用于证明的内容可能已依规抹除。",
            ),
            _ASK_INSTITUTION,
        ),
    }
)
UNKNOWN: Final = Meaning(
    ("See the evidence below: what was expected, and what was seen.", "请见下方证据：预期值与所见值。"),
    ("This version of the portal's pages has no words for this code.", "本版本页面尚无该代码的说明。"),
    _ASK_INSTITUTION,
)


def find_meaning(code: str) -> Meaning:
    """Return what a finding's code means; a code of a newer version gets a general text."""
    return MEANINGS.get(code, UNKNOWN)
