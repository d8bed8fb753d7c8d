"""What the findings about acts and linked records mean, and what they don't, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from regulator_portal.pages.meaning import Both, Meaning

_ASK_BOTH: Final[Both] = (
    "Open the record's page, follow it to the counterparties' records, and demand the contents that"
    " explain it.",
    "请打开该记录页面，顺查对方机构的记录，并调阅可作说明的内容。",
)
_ASK_ACTOR: Final[Both] = (
    "Ask the institution that acted for its signed record, and look whether its log has since grown.",
    "请要求实施操作的机构提供其签名记录，并查看其日志此后有无新增。",
)
_ASK_WHAT_IT_DID: Final[Both] = (
    "Ask the institution that signed what it really did, and don't take the record as ground for a payment"
    " meanwhile. If the act comes on chain later, the finding closes by itself.",
    "请向签名机构查问其实际所为，在此期间勿以该记录作为支付依据；链上日后如有该操作，本发现将自行关闭。",
)
_ASK_WHICH: Final[Both] = (
    "Open the record's page, compare what it states with its acts on chain, and ask the institution which of"
    " the two it meant. What counts for the claims is the chain.",
    "请打开该记录页面，将其陈述与链上操作比对，并向该机构查问以何者为准；就份额而言，以链上为准。",
)
_ASK_MAKER: Final[Both] = (
    "Compare the pack itself with the maker's and the dispenser's books before anything is concluded.",
    "在得出结论之前，请将实物与生产企业及发药机构的账目核对。",
)
_ASK_NODE: Final[Both] = (
    "Compare with another node of the chain and report it to the authority. Don't rely on this chain"
    " meanwhile.",
    "请与链上其他节点比对并向管理机构报告；在查明之前，请勿依赖该链。",
)

LINK_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "register.event_changed": Meaning(
            (
                "What the chain tells of an act now isn't what it told before. On an honest chain that"
                " can't be.",
                "链上现在对某次操作的陈述与此前不同；在诚实的链上不会如此。",
            ),
            (
                "It doesn't say which of the two is true, nor that an institution did it.",
                "这并不说明两者何者为真，也不说明是某机构所为。",
            ),
            _ASK_NODE,
        ),
        "use.without_record": Meaning(
            (
                "Somebody's claims were used, so the drugs count as handed over, and the dispenser has"
                " put no signed"
                " record of it into its log within the time allowed.",
                "份额已被使用，药品视为已发出，而发药机构未在时限内将签名记录写入其日志。",
            ),
            (
                "It doesn't say that the drugs weren't handed over. Nobody can be paid for it until"
                " the record is there.",
                "这并不说明药品未发出；在记录补齐之前，任何人都无法就此获得支付。",
            ),
            _ASK_ACTOR,
        ),
        "use.record_late": Meaning(
            (
                "The record of a dispensing reached the chain later than its window allows, and no"
                " outage excuses it.",
                "发药记录锚定晚于时限，且没有已登记的中断可以免责。",
            ),
            (
                "It doesn't say that the record is untrue: late is its own verdict, neither passed nor"
                " forged.",
                "这并不说明记录不实：迟到是独立的结果，既非通过，也非伪造。",
            ),
            _ASK_ACTOR,
        ),
        "use.differs": Meaning(
            (
                "The signed record binds another use (claims, packs, payer) than the one that the"
                " chain took into it.",
                "签名记录所绑定的使用（份额、药品、付费方）与链上受理的使用不同。",
            ),
            (
                "It doesn't say which of the two happened at the counter.",
                "这并不说明柜台实际发生的是哪一种。",
            ),
            _ASK_BOTH,
        ),
        "use.unknown_claim": Meaning(
            (
                "The chain took a claim of an entry that no mirrored log holds. An honest contract and"
                " node can't"
                " show that.",
                "链上受理的份额，其条目不在任何已镜像的日志中；诚实的合约与节点不会如此。",
            ),
            (
                "It doesn't say that a prescription was forged: the own node may be wrong.",
                "这并不说明处方系伪造：也可能是本方节点有误。",
            ),
            _ASK_NODE,
        ),
        "record.without_use": Meaning(
            (
                "An institution has signed that it did something for which the chain shows nothing,"
                " and no refusal.",
                "机构签名称已实施某操作，而链上既无该操作，也无拒绝。",
            ),
            (
                "It doesn't say that nothing was handed over or paid: only that it doesn't count, as"
                " of this block.",
                "这并不说明实际未发药或未支付，仅说明截至该区块其不作数。",
            ),
            _ASK_WHAT_IT_DID,
        ),
        "act.without_statement": Meaning(
            (
                "Claims were settled, taken back, restored or reversed on chain, and the signed record"
                " that is named"
                " for it isn't in the institution's log.",
                "链上已结算、作废、恢复或冲正份额，而其所指的签名记录不在该机构的日志中。",
            ),
            (
                "It doesn't say that the act was wrong, only that nobody has signed for it where it"
                " can be seen.",
                "这并不说明该操作有误，仅说明没有可查的签名为据。",
            ),
            _ASK_ACTOR,
        ),
        "act.differs": Meaning(
            (
                "What the signed record says of its claims, its subject or its reason isn't what was"
                " done on chain.",
                "签名记录所述的份额、对象或理由与链上所为不同。",
            ),
            ("It doesn't say which of the two was meant.", "这并不说明本意是哪一种。"),
            _ASK_WHICH,
        ),
        "settlement.sum_mismatch": Meaning(
            (
                "The amounts of the settlement don't add up, or aren't those of the charges that it settles.",
                "结算金额合计不符，或与其所结算的收费不一致。",
            ),
            (
                "It doesn't say that money was taken: a fault of the payer's or the dispenser's"
                " software looks the same.",
                "这并不说明有款项被侵占：付费方或发药机构的软件故障也会如此。",
            ),
            _ASK_BOTH,
        ),
        "settlement.without_dispensing": Meaning(
            (
                "A payer has signed the settlement of a dispensing that the chain or the dispenser's"
                " log doesn't have.",
                "付费方签名结算的发药，在链上或发药机构的日志中并不存在。",
            ),
            (
                "It doesn't say that it was paid: the chain settles nothing that wasn't dispensed.",
                "这并不说明已经支付：链上不会结算未发药的份额。",
            ),
            _ASK_BOTH,
        ),
        "settlement.claims_differ": Meaning(
            (
                "More, fewer or other claims were settled on chain than the adjudicator signed for.",
                "链上结算的份额多于、少于或不同于审核人员所签。",
            ),
            ("It doesn't say that the amounts are wrong.", "这并不说明金额有误。"),
            _ASK_BOTH,
        ),
        "review.missing": Meaning(
            (
                "A pharmacist's approving review is missing: of the prescribing hospital, or at the counter.",
                "缺少药师审方通过的记录：开方医院的，或发药柜台的。",
            ),
            (
                "It doesn't say that the prescription was unsafe, nor that nobody looked at it.",
                "这并不说明处方不安全，也不说明无人审核。",
            ),
            _ASK_BOTH,
        ),
        "pack.unknown_lot": Meaning(
            (
                "No manufacturer's record names this pack: it may be of a maker who doesn't take part,"
                " or false.",
                "没有任何生产企业的记录包含该药品：可能出自未接入的企业，也可能是假药。",
            ),
            ("It doesn't say that the drug is counterfeit.", "这并不说明药品是假药。"),
            _ASK_MAKER,
        ),
        "pack.after_expiry": Meaning(
            (
                "The pack was dispensed on a day after the last day that its maker has signed for.",
                "发药日期晚于生产企业签名的有效期截止日。",
            ),
            ("It doesn't say that the patient took it.", "这并不说明患者已服用。"),
            _ASK_MAKER,
        ),
        "pack.recalled": Meaning(
            (
                "The maker's recall was anchored before the pack was dispensed.",
                "生产企业的召回在发药之前已经锚定。",
            ),
            ("It doesn't say that the dispenser had seen the recall.", "这并不说明发药机构已知悉召回。"),
            _ASK_MAKER,
        ),
        "pack.total_differs": Meaning(
            (
                "A dispenser stated another number of units for the pack than its lot has, or than was"
                " stated first.",
                "发药机构所述的单位数与批次或首次所述不同。",
            ),
            (
                "It doesn't say that more was handed out than the pack holds: the first stated number"
                " stands.",
                "这并不说明发出的数量超过包装：以首次所述为准。",
            ),
            _ASK_MAKER,
        ),
        "content.withheld": Meaning(
            (
                "The time named in a signed demand has passed, and the institution's log holds no"
                " answer to it.",
                "签名要求所定期限已过，而该机构的日志中没有答复。",
            ),
            (
                "It doesn't say what stands in the record. An answer that refuses, with its reason, is"
                " an answer.",
                "这并不说明记录的内容；附理由的拒绝也是答复。",
            ),
            (
                "Ask the institution's clerk; keep the demand and its anchoring as proof that it was asked.",
                "请联系该机构的经办人员，并保留该要求及其锚定作为已提出的证明。",
            ),
        ),
    }
)
