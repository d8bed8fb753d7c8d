"""The twenty attacks, in the order in which they are told."""

from __future__ import annotations

from typing import Final

from ledger_cli.attacks import chain_attacks, log_attacks, record_attacks, signature_attacks
from ledger_cli.attacks.attack import Attack
from ledger_cli.attacks.loop_catalogue import LOOP_ATTACKS
from ledger_cli.language import Text

FORGED_SIGNATURE: Final = Attack(
    slug="forged-signature",
    title=Text("A forged signature", "伪造签名"),
    what=Text(
        "A stranger's key signs Dr Li's prescription. The gateway is asked to take it; then its operator "
        "logs and anchors it all the same, on a copy of the chain.",
        "由他人的密钥签署李医师的处方：先提交网关；再由网关的运维人员绕过网关，在链的副本上入日志并锚定。",
    ),
    guard=Text(
        "The gateway recovers the signer and compares her address. Every verifier does the same in step 5, "
        "and so does the contract when the prescription is used.",
        "网关恢复签署者并比对其地址；每个核验者在第 5 步同样核对，使用处方时合约亦然。",
    ),
    twin=Text("Dr Li signs it herself.", "李医师本人签署。"),
    honest=signature_attacks.sign_properly,
    attempt=signature_attacks.forge_signature,
    caught="refused by gateway: signer-not-author; found by verifier step 5: author.signer",
)

UNENTITLED_SIGNER: Final = Attack(
    slug="unentitled-signer",
    title=Text("A signer who isn't entitled", "无资格者签署"),
    what=Text(
        "The operator writes a key of its own over Dr Chen's registration in the gateway's database and "
        "signs with it; then it logs and anchors the prescription all the same, on a copy of the chain.",
        "运维人员在网关数据库中将陈医师的登记密钥换成自己的并签署；再在链的副本上入日志并锚定。",
    ),
    guard=Text(
        "The directory on the chain says who is entitled. The gateway asks it, and every verifier asks it in "
        "step 5, for the signed time and for the anchoring time.",
        "谁有资格由链上名录决定：网关会查询名录；每个核验者在第 5 步就签署时间和锚定时间各查询一次。",
    ),
    twin=Text("Dr Chen, who is entitled, signs it.", "有资格的陈医师本人签署。"),
    honest=signature_attacks.sign_entitled,
    attempt=signature_attacks.sign_unentitled,
    caught=(
        "refused by gateway: signer-not-entitled; found by verifier step 5: author.not_entitled at signed"
    ),
)

FIELD_CHANGED: Final = Attack(
    slug="field-changed-in-database",
    title=Text("A field changed in the database", "在数据库中修改字段"),
    what=Text(
        "The operator decrypts a final prescription in the gateway's database, raises its dose to 900, and "
        "encrypts it again under the right key.",
        "运维人员在网关数据库中解密一张最终处方，将剂量改为 900，并以正确的密钥重新加密。",
    ),
    guard=Text(
        "Step 1 of every verification hashes each field again: the one that isn't what was committed to is "
        "named.",
        "核验第 1 步对每个字段重新计算哈希，与承诺不符的字段会被指名。",
    ),
    twin=Text("The operator writes the record back as it was.", "运维人员将记录原样写回。"),
    honest=record_attacks.rewrite_unchanged,
    attempt=record_attacks.change_field,
    caught="found by verifier step 1: field.mismatch at /body/lines/0/dose/value",
)

ANOTHER_RECORDS_KEY: Final = Attack(
    slug="another-records-key",
    title=Text("Another record's key", "套用其他记录的密钥"),
    what=Text(
        "The operator puts another record's wrapped key in the place of a record's own; when the gateway "
        "can't open that, it encrypts the content anew under the other key.",
        "运维人员将另一记录的封装密钥换到某记录上；网关打不开时，再以该密钥重新加密内容。",
    ),
    guard=Text(
        "A wrapped key is bound to its record, so the gateway refuses to open it. Salts derive from the key: "
        "with another key, nothing hashes to the commitment in step 1.",
        "封装密钥与其记录绑定，网关拒绝打开；盐由密钥派生，换用其他密钥则第 1 步的哈希与承诺不符。",
    ),
    twin=Text("The operator wraps the record's own key anew.", "运维人员重新封装该记录自己的密钥。"),
    honest=record_attacks.rewrap_own_key,
    attempt=record_attacks.use_another_key,
    caught="refused by gateway: wrapped-key-invalid; found by verifier step 1: field.pointer_list",
)

DOUBLED_FIELD: Final = Attack(
    slug="doubled-field",
    title=Text("A bundle with a doubled field", "证据包中重复的字段"),
    what=Text(
        "A bundle shows one field twice: the true value for the hash, a false one for the reader. Once as a "
        "doubled member of the file, once as a field disclosed twice.",
        "证据包将同一字段给出两次：真值供计算哈希，假值供人阅读。先在文件中重复成员，再重复披露字段。",
    ),
    guard=Text(
        "A file with a doubled member isn't read at all, and step 1 takes disclosed fields in strictly "
        "ascending order only.",
        "含重复成员的文件根本不被读取；第 1 步只接受序号严格递增的披露字段。",
    ),
    twin=Text("Each field is disclosed once.", "每个字段各披露一次。"),
    honest=record_attacks.disclose_once,
    attempt=record_attacks.disclose_twice,
    caught="refused by verifier: json.duplicate_name; found by verifier step 1: disclosure.index",
)

NOT_AN_EXTENSION: Final = Attack(
    slug="not-an-extension",
    title=Text("A checkpoint that is no extension", "并非延伸的检查点"),
    what=Text(
        "The operator rewrites the first entry, grows the log by one, and sends its checkpoint to the "
        "contract: a real transaction, signed with the institution's own key.",
        "运维人员改写首个条目，将日志加长一条，并以机构自己的密钥签名，向合约发送真实交易以锚定该检查点。",
    ),
    guard=Text(
        "The contract takes a checkpoint only with a valid RFC 9162 consistency proof from the last one.",
        "合约只接受附有 RFC 9162 一致性证明、由上一检查点延伸而来的检查点。",
    ),
    twin=Text(
        "A prescription is issued, and the gateway anchors the longer log.",
        "开具处方，由网关锚定加长后的日志。",
    ),
    honest=log_attacks.extend_log,
    attempt=log_attacks.fork_log,
    caught="refused by contract: CheckpointLogProofInvalid",
)

LATE_SIGNING: Final = Attack(
    slug="late-signing",
    title=Text("Signed in time, anchored late", "签署后迟迟不锚定"),
    what=Text(
        "A signed prescription is held back for two days, so that it can be handed in, or not, as it suits. "
        "Its operator then anchors it, on a copy of the chain whose clock has moved on by two days.",
        "将已签处方扣留两天，视情况决定是否交出；随后在时钟前移两天的链副本上锚定。",
    ),
    guard=Text(
        "The doctor's client and the gateway refuse a signed time that isn't now. Step 6 compares it with "
        "the block time of the checkpoint that first holds the entry: over a day is late.",
        "医师端与网关拒绝并非当前的签署时间；"
        "第 6 步将其与首个含该条目的检查点的区块时间比较，逾一天即为迟到。",
    ),
    twin=Text("It is anchored at once, on a copy of the chain.", "在链的副本上立即锚定。"),
    honest=signature_attacks.sign_in_time,
    attempt=signature_attacks.sign_late,
    caught=(
        "refused by doctor's client: sign.differs; refused by gateway: stale-signed-time; "
        "found by verifier step 6: time.late"
    ),
)

ENTRY_REMOVED: Final = Attack(
    slug="entry-removed",
    title=Text("An entry removed from the log", "删除日志中的条目"),
    what=Text(
        "The operator deletes an entry from the middle of the log in the gateway's database, closes the gap, "
        "and makes tiles and head anew, so that the gateway serves a shorter log that fits together.",
        "运维人员在网关数据库中删除日志中间的一条，补平空缺并重建瓦片与头部，使网关提供一个自洽的、更短的日志。",
    ),
    guard=Text(
        "The chain says how many entries there are. The regulator's portal asks for each of them, and "
        "compares with its own copy and with every root that it pinned.",
        "条目数由链上检查点确定；监管门户逐条索取，并与自己的副本及其钉住的每个根比对。",
    ),
    twin=Text("Nobody touches the log, and the portal rechecks it.", "无人改动日志，监管门户重新核对。"),
    honest=log_attacks.leave_log,
    attempt=log_attacks.take_entry_out,
    caught="found by portal: log.entries_withheld",
)

ENTRY_INSERTED: Final = Attack(
    slug="entry-inserted",
    title=Text("An entry slipped into the log", "在日志中插入条目"),
    what=Text(
        "The operator puts a prescription that never was into the middle of the log in the gateway's "
        "database, as if it had been issued then, and makes tiles and head anew.",
        "运维人员在网关数据库的日志中间插入一张从未开具的处方，仿佛当时就有，并重建瓦片与头部。",
    ),
    guard=Text(
        "Every later entry moves up by one: the regulator's portal finds others where it mirrored these, and "
        "a root that isn't the one on the chain.",
        "其后各条都后移一位：监管门户会发现已镜像位置上的条目不同，算得的根也与链上不符。",
    ),
    twin=Text(
        "A prescription is issued and goes to the log's end; the portal mirrors it.",
        "开具处方并追加至日志末尾，监管门户照常镜像。",
    ),
    honest=log_attacks.append_properly,
    attempt=log_attacks.slip_entry_in,
    caught="found by portal: log.entry_changed",
)

CHAIN_REPLACED: Final = Attack(
    slug="chain-replaced",
    title=Text("The whole chain replaced", "整条链被替换"),
    what=Text(
        "Whoever owns the chain begins it anew: the same id, the same first block, the same contracts at the "
        "same addresses, the same people, the logs anchored anew, without the hospital's last prescription.",
        "链的所有者重新开链：编号、首个区块、合约及地址、人员都相同，各日志重新锚定，唯独少了该医院最后一张处方。",
    ),
    guard=Text(
        "Nothing on the new chain contradicts itself, and the trust file fits. The portal remembers: it has "
        "pinned blocks and checkpoints of the old one. Bundles handed out name the old one's blocks, too.",
        "新链本身毫无矛盾，也符合信任文件。但监管门户记得：它钉住了旧链的区块与检查点；已交出的证据包也指明旧链的区块。",
    ),
    twin=Text("The portal makes the same round against its own chain.", "监管门户对原来的链做同样的核对。"),
    honest=chain_attacks.keep_chain,
    attempt=chain_attacks.replace_chain,
    caught="found by portal: chain.replaced",
)

ATTACKS: Final[tuple[Attack, ...]] = (
    FORGED_SIGNATURE,
    UNENTITLED_SIGNER,
    FIELD_CHANGED,
    ENTRY_REMOVED,
    ENTRY_INSERTED,
    ANOTHER_RECORDS_KEY,
    DOUBLED_FIELD,
    NOT_AN_EXTENSION,
    LATE_SIGNING,
    CHAIN_REPLACED,
    *LOOP_ATTACKS,
)


def get_attack(slug: str) -> Attack:
    """The attack of that name. Raises LookupError."""
    for attack in ATTACKS:
        if attack.slug == slug:
            return attack
    raise LookupError(f"no attack is called {slug}")
