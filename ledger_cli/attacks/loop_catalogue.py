"""Ten attacks on what comes after prescribing: on dispensing, on packs, on settling; in the order told."""

from __future__ import annotations

from typing import Final

from ledger_cli.attacks import counter_attacks, settlement_attacks
from ledger_cli.attacks.attack import Attack
from ledger_cli.language import Text

SECOND_DISPENSING: Final = Attack(
    slug="second-dispensing",
    title=Text("Dispensed twice, at two pharmacies", "在两家药店重复发药"),
    what=Text(
        "A patient takes a drug at Kangning Pharmacy and, with the same code, once more at Renhe, over "
        "HTTP; then Renhe sends a dispensing past its gateway, on a copy of the chain.",
        "患者在康宁大药房领药后，又凭同一取药码到仁和药房再领一次；先经网关；"
        "仁和药房再绕过网关，在链的副本上自行发药。",
    ),
    guard=Text(
        "The second pharmacy's gateway asks the chain first. The contract keeps one word for each claim: "
        "what isn't unused isn't dispensed, whoever asks.",
        "第二家药店的网关查询链后予以拒绝；合约为每个份额保存一个字：凡非未使用者，无论何人请求，一律不予发药。",
    ),
    twin=Text("It is dispensed once.", "只发药一次。"),
    honest=counter_attacks.dispense_once,
    attempt=counter_attacks.dispense_twice,
    caught="refused by gateway: claims-used; refused by contract: ClaimRegisterNotUnused",
)

SAME_PACK_TWICE: Final = Attack(
    slug="same-pack-twice",
    title=Text("The same pack twice", "同一包装用两次"),
    what=Text(
        "A pack of 24 units is dispensed whole to one patient, and then, by another pharmacy, whole to "
        "another: a pack that came from nowhere has borrowed its trace code. First over HTTP, then past the "
        "gateway, on a copy of the chain.",
        "一盒 24 单位的药整盒发给一位患者后，又由另一药店整盒发给另一位：来路不明的药盒借用了它的追溯码。"
        "先经网关，再在链的副本上绕过网关。",
    ),
    guard=Text(
        "The second pharmacy's gateway asks the chain about the pack: it is used up. The contract counts the "
        "units of each pack token; claims and packs are used together or not at all.",
        "第二家药店的网关向链查询该药盒：已用完。合约按包装令牌累计用量；份额与包装要么一并使用，要么都不使用。",
    ),
    twin=Text("Two patients share a pack: 16 units and 8.", "两位患者分用一盒：16 单位与 8 单位。"),
    honest=counter_attacks.split_pack,
    attempt=counter_attacks.use_pack_twice,
    caught="refused by gateway: pack-stopped; refused by contract: ClaimRegisterPackExhausted",
)

EXPIRED: Final = Attack(
    slug="expired-prescription",
    title=Text("An expired prescription", "过期处方"),
    what=Text(
        "A pharmacy dispenses next month's part of a prescription today, over HTTP. Then one is dispensed a "
        "minute after its window and the grace for offline counters ended, on a copy of the chain whose "
        "clock has moved on.",
        "药店经网关提前发出处方下月的部分；再在时钟已前移的链副本上，于时段及离线宽限期结束一分钟后发药。",
    ),
    guard=Text(
        "The gateway compares its clock, and the contract the block's time, with the window that the doctor "
        "signed.",
        "网关将自己的时钟、合约将区块时间，与医师所签的时段比较。",
    ),
    twin=Text("It is dispensed a minute before that.", "在此前一分钟发药。"),
    honest=counter_attacks.dispense_in_time,
    attempt=counter_attacks.dispense_expired,
    caught="refused by gateway: window-not-open; refused by contract: ClaimRegisterTooLate",
)

WRONG_ROLE: Final = Attack(
    slug="wrong-role",
    title=Text("An insurer plays pharmacy", "医保机构冒充药店"),
    what=Text(
        "The insurer dispenses, from its own account, what its own insured hand over: the presentation names "
        "it. Then it would settle with itself.",
        "医保中心以自己的账户为参保人发药，出示中写明的正是它自己；随后便可自行结算。",
    ),
    guard=Text(
        "The gateway asks for a pharmacist. The directory gives each institution its roles, and the "
        "contract asks it: only hospitals and pharmacies dispense.",
        "网关要求由药师发药；各机构的角色由链上名录赋予，合约会查询：只有医院和药店可以发药。",
    ),
    twin=Text("A pharmacy dispenses.", "由药店发药。"),
    honest=counter_attacks.dispense_once,
    attempt=counter_attacks.act_as_pharmacy,
    caught="refused by gateway: role-missing; refused by contract: ClaimRegisterRoleMissing",
)

REPLAYED_PRESENTATION: Final = Attack(
    slug="replayed-presentation",
    title=Text("A presentation replayed by another", "他人重放的出示"),
    what=Text(
        "The patient's keys sign for Kangning Pharmacy: to read, and to dispense. Renhe gets hold of both "
        "signatures and uses them at its gateway; then it sends one from its own account, on a copy of the "
        "chain.",
        "患者的密钥为康宁大药房签署了读取与发药两种出示；仁和药房截得签名，先在自己的网关使用，"
        "再在链的副本上抢先以自己的账户发送。",
    ),
    guard=Text(
        "A presentation names who reads, or spender, use and dispensing record. With another it recovers to "
        "somebody who isn't the holder: the hospital's gateway gives nothing out, the pharmacy's hands "
        "nothing in, the contract does nothing.",
        "出示中写明读取者，或使用者、用途与发药记录；换了他人，恢复出的签署者就不是持有人："
        "医院网关不予提供，药店网关不予提交，合约不予执行。",
    ),
    twin=Text("The keys sign for the pharmacy that sends it.", "密钥为发送交易的药店签署。"),
    honest=counter_attacks.present_to_one,
    attempt=counter_attacks.replay_presentation,
    caught=(
        "refused by gateway: peer-refused; refused by gateway: handover-refused; "
        "refused by contract: ClaimRegisterPresentationInvalid"
    ),
)

NEVER_RECORDED: Final = Attack(
    slug="never-recorded",
    title=Text("Dispensed, never recorded, settled", "发药未记录却结算"),
    what=Text(
        "The pharmacy's operator bills a dispensing that no log holds, with the proof of another's record. "
        "Then, on a copy of the chain, an insurer who knows settles such a one all the same.",
        "药店运维人员为未写入日志的发药申请结算，附上另一次发药记录的证明；"
        "再在链的副本上，由知情的医保中心照样结算。",
    ),
    guard=Text(
        "The insurer's gateway verifies the whole evidence itself. And the contract settles only on proof "
        "that this dispensing's own record was anchored, signed by the pharmacist, within a day.",
        "医保中心的网关自行核验全部证据；合约也只凭这次发药本身的记录结算：须由药师签署，并在一日内锚定。",
    ),
    twin=Text("The dispensing is recorded, then settled.", "先记录发药，再结算。"),
    honest=settlement_attacks.settle_recorded,
    attempt=settlement_attacks.settle_unrecorded,
    caught="refused by gateway: evidence-refused; refused by contract: ClaimRegisterWrongRecord",
)

NEVER_DISPENSED: Final = Attack(
    slug="never-dispensed",
    title=Text("Settled, though never dispensed", "未发药却结算"),
    what=Text(
        "A pharmacist bills a dispensing that she signed and the chain refused; then her operator sends the "
        "bill past their gateway. On a copy of the chain, pharmacy and insurer settle such a one between "
        "them.",
        "药师为自己已签署而被链拒绝的发药申请结算，其运维人员再绕过本网关发送申请；"
        "在链的副本上，药店与医保中心合谋结算。",
    ),
    guard=Text(
        "The pharmacy's gateway bills only what the chain has done, the insurer's asks the chain itself, and "
        "the contract looks at the claim: what isn't dispensed by just this use can't be settled.",
        "药店网关只为链上已完成的发药申请结算，医保中心的网关自行查询链，合约直接查看份额："
        "凡未经该次使用发药的，不得结算。",
    ),
    twin=Text("It is dispensed before it is settled.", "先发药，后结算。"),
    honest=settlement_attacks.settle_recorded,
    attempt=settlement_attacks.settle_undispensed,
    caught=(
        "refused by gateway: dispensing-not-done; refused by gateway: claims-stand-otherwise; "
        "refused by contract: ClaimRegisterNotDispensed"
    ),
)

SETTLED_THEN_RESTORED: Final = Attack(
    slug="settled-then-restored",
    title=Text("Settled, restored, dispensed again", "结算后恢复再发药"),
    what=Text(
        "A pharmacy is paid for a dispensing, then gives it back on paper so that the claim is free again, "
        "and has it dispensed and paid once more. First over HTTP, then on a copy of the chain.",
        "药店收到结算款后在账面上恢复发药，使份额重新可用，再发药、再结算一次。先经网关，再在链的副本上进行。",
    ),
    guard=Text(
        "Gateways and contract restore only what is dispensed and not settled; and a settled claim isn't "
        "unused.",
        "网关与合约都只恢复已发药而未结算的份额；已结算的份额也不是未使用的。",
    ),
    twin=Text(
        "The insurer takes its settlement back first; then the pharmacy restores and dispenses anew.",
        "先由医保中心冲正，再由药店恢复并重新发药。",
    ),
    honest=settlement_attacks.restore_after_reversal,
    attempt=settlement_attacks.restore_settled,
    caught=(
        "refused by gateway: claims-settled; refused by gateway: claims-used; "
        "refused by contract: ClaimRegisterNotDispensed; refused by contract: ClaimRegisterNotUnused"
    ),
)

INFLATED_CLAIMS: Final = Attack(
    slug="inflated-claims",
    title=Text("One claim more than prescribed", "比处方多出一个份额"),
    what=Text(
        "The hospital's operator writes one claim more than Dr Li signed for into the database, with a "
        "holder of his own choice, and a pharmacy fetches it. Then he logs and anchors one so, on a copy of "
        "the chain, and a pharmacy dispenses that claim.",
        "医院运维人员在数据库中为李医师的处方多写一个份额，持有人由其自选，药店取方；"
        "再在链的副本上将多写一个份额的处方入日志并锚定，药店据此发药。",
    ),
    guard=Text(
        "The number of claims and their holders are in what the doctor signed: the pharmacy's gateway finds "
        "that the evidence doesn't prove it, and the contract recovers a signer whom the directory doesn't "
        "know.",
        "份额数与持有人都在医师所签内容之中：药店网关发现证据不能证明它，"
        "合约恢复出的签署者也不在链上名录内。",
    ),
    twin=Text("Every claim that she signed for is dispensed.", "她所签的每个份额都发药。"),
    honest=counter_attacks.claim_what_is_prescribed,
    attempt=counter_attacks.inflate_claims,
    caught="refused by gateway: evidence-refused; refused by contract: ClaimRegisterEntryNotEntitled",
)

COPIED_CODE: Final = Attack(
    slug="copied-code",
    title=Text("A code copied from a photo", "拍照复制的取药码"),
    what=Text(
        "A thief photographs the part of a code that hands on one drug. After the patient has taken it, he "
        "tries the other drug with it, and then the same one: at another pharmacy's gateway, then past it, "
        "on a copy of the chain.",
        "窃码者拍下只交接一种药的取药码的一部分；患者领药之后，他先试领另一种药，再试领同一种药："
        "先在另一药店经网关，再在链的副本上绕过网关。",
    ),
    guard=Text(
        "Every claim has a key of its own: that of one presents no other. And a claim is used once, by "
        "whoever comes first. Gateway and contract ask for both, and the patient sees where the code was "
        "read.",
        "每个份额各有密钥，一个密钥不能出示另一个份额；且一个份额只用一次，先到先得。"
        "网关与合约均予查验，患者还能看到取药码在何处被读取。",
    ),
    twin=Text("Two parts of a code are taken at two pharmacies.", "一张码的两个部分分别在两家药店领取。"),
    honest=counter_attacks.hand_part_on,
    attempt=counter_attacks.copy_code,
    caught=(
        "refused by gateway: handover-refused; refused by gateway: claims-used; "
        "refused by contract: ClaimRegisterPresentationInvalid; refused by contract: ClaimRegisterNotUnused"
    ),
)

LOOP_ATTACKS: Final[tuple[Attack, ...]] = (
    SECOND_DISPENSING,
    SAME_PACK_TWICE,
    EXPIRED,
    WRONG_ROLE,
    REPLAYED_PRESENTATION,
    NEVER_RECORDED,
    NEVER_DISPENSED,
    SETTLED_THEN_RESTORED,
    INFLATED_CLAIMS,
    COPIED_CODE,
)
