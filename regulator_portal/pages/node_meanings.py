"""What the findings about the portal's own nodes mean, and what they don't, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from regulator_portal.pages.meaning import Both, Meaning

_NOT_INSTITUTION: Final[Both] = (
    "It says nothing against any institution whose records are checked: it is about the nodes that"
    " this portal"
    " asks.",
    "这并不针对任何被核查的机构：涉及的是本门户所查询的节点。",
)
_LOOK_AT_NODE: Final[Both] = (
    "Have the node's operator look at it, and compare with a node of another institution. While this"
    " stands the"
    " portal concludes nothing by that node; the finding closes by itself once the answers agree.",
    "请节点运维人员检查，并与另一机构的节点比对。在此期间，本门户不依据该节点作出结论；答复一致后，"
    "本发现自行关闭。",
)
_CATCH_UP: Final[Both] = (
    "Look whether the node is running, connected and in step with its peers, and whether the clocks"
    " are right."
    " What the portal shows is as of the block named; the finding closes by itself once the node has"
    " caught up.",
    "请查看节点是否运行、联网、与其他节点同步，以及时钟是否正确。门户所示内容截至所列区块；"
    "节点跟上后，本发现自行关闭。",
)
_AFTER_FORGERY: Final[Both] = (
    "Find out which node the portal asked at that time and who could change its answers, then note"
    " it here. The"
    " forged pin is kept with what contradicts it and isn't used; the finding closes after your note.",
    "请查明当时查询的是哪个节点、何人可改动其答复，并在此备注。"
    "伪造的钉住内容连同反证予以保留但不再使用；备注后本发现关闭。",
)

NODE_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "node.disagrees": Meaning(
            (
                "The portal's node and another one say different things about what both must know: one of"
                " them"
                " lies, is on another chain, or is broken.",
                "本方节点与另一节点就双方都应知晓的内容说法不同：其中之一说谎、处于另一条链或出现故障。",
            ),
            _NOT_INSTITUTION,
            _LOOK_AT_NODE,
        ),
        "node.stale": Meaning(
            (
                "A node's latest block is far behind another node's, or older than a working chain's can be."
                " Newer records and acts may be there and not be seen.",
                "某节点的最新区块远落后于另一节点，或其时间早于正常运行的链所应有的时间。"
                "较新的记录与操作可能已存在而未被看到。",
            ),
            (
                "It doesn't say that the node lies: it may be catching up, cut off, or the whole chain may"
                " stand"
                " still. It says nothing against any institution.",
                "这并不说明节点说谎：它可能正在同步、断网，或整条链已停顿；也不针对任何机构。",
            ),
            _CATCH_UP,
        ),
        "node.proof_fails": Meaning(
            (
                "The node's header isn't sealed by the validators whom the trust file names, or what it says"
                " isn't what its own proof against the sealed header shows.",
                "该节点的区块头未经信任文件所列验证节点封签，或其所述与其针对封签区块头给出的证明不符。",
            ),
            _NOT_INSTITUTION,
            _LOOK_AT_NODE,
        ),
        "node.receipts_forged": Meaning(
            (
                "The receipts that the node gives of a block don't give the root in the block's sealed"
                " header:"
                " at least one was changed, added or left out.",
                "节点给出的区块收据算不出该区块封签区块头中的根：至少有一份被改动、增加或遗漏。",
            ),
            _NOT_INSTITUTION,
            _LOOK_AT_NODE,
        ),
        "node.events_missing": Meaning(
            (
                "Acts on claims that the block's receipts or another node show weren't told, or told"
                " otherwise."
                " None of that stretch of blocks was taken over.",
                "区块收据或另一节点显示的份额操作，节点未予告知或告知有异。该段区块的内容均未采纳。",
            ),
            _NOT_INSTITUTION,
            _LOOK_AT_NODE,
        ),
        "node.pin_retired": Meaning(
            (
                "A node told of a block or checkpoint, and the portal pinned it while it had no seals to"
                " check."
                " The validators sealed something else: the pin was forged, and isn't trusted further.",
                "节点曾告知某区块或检查点，门户在尚无封签可核验时将其钉住；验证节点所封签的内容与之不同："
                "该钉住内容系伪造，不再采信。",
            ),
            _NOT_INSTITUTION,
            _AFTER_FORGERY,
        ),
    }
)
