"""How to repeat each step of a verification by hand, with tools that aren't ours.

The addresses and slots are those of the bundle at hand, so that a line can be copied and run (protocol,
sections 4.4 and 9).
"""

from __future__ import annotations

import json
from typing import Final

from ledger_cli.language import Text
from ledger_proofs.bundles import Bundle
from ledger_proofs.kinds import find_kind
from ledger_proofs.storage_layout import checkpoint_slots, claim_slot, terms_slot

DEFAULT_NODE = "http://127.0.0.1:8545"


def build_instructions(bundle: Bundle, node: str | None, *, offline: bool = False) -> dict[int, Text]:
    """One instruction per step number; `offline`: without a node, from the bundle's own proofs."""
    return {
        1: FIELDS,
        2: ENTRY,
        3: _inclusion(bundle),
        4: _sealed_anchor(bundle) if offline else _anchor(bundle, node or DEFAULT_NODE),
        5: _author(bundle, offline=offline),
        6: _time(bundle),
        7: _proven_claims(bundle) if offline else _claims(bundle, node or DEFAULT_NODE),
    }


FIELDS: Final = Text(
    "sha256 of 0x00, salt, 0x01 and the JSON of [pointer, value] is the field's leaf; the leaves' RFC 9162 "
    "root, "
    "with their number, is the commitment (protocol 2)",
    "sha256(0x00、盐、0x01 与 [指针, 值] 的 JSON) 即该字段的叶；各叶的 RFC 9162 根与叶数构成承诺（协议第 "
    "2 节）",
)
NO_CLAIMS: Final = Text("a kind without claims: there is nothing to state", "该类记录没有份额：无需核对")
ENTRY: Final = Text(
    "compare `entry` with /body/claims, /body/windows and /body/holders; times as Unix seconds (protocol 3)",
    "将 `entry` 与 /body/claims、/body/windows、/body/holders 对照；时间为 Unix 秒（协议第 3 节）",
)


def _inclusion(bundle: Bundle) -> Text:
    index = bundle.inclusion.index
    return Text(
        f"sha256 of 0x00 and the entry's 224 bytes is leaf {index}; fold the path into it as RFC 9162 "
        "2.1.3.2 says: "
        "the root must be the checkpoint's",
        f"sha256(0x00 与条目的 224 字节) 即第 {index} 叶；按 RFC 9162 2.1.3.2 与路径逐级合并："
        "所得的根须与检查点一致",
    )


def _anchor(bundle: Bundle, url: str) -> Text:
    root_slot, _ = checkpoint_slots(bundle.checkpoint.log, bundle.checkpoint.size)
    call = _storage_call(url, bundle.anchor.checkpoint_log, root_slot)
    return Text(f"the word there must be the checkpoint's root: {call}", f"该处的值须为检查点的根：{call}")


def _sealed_anchor(bundle: Bundle) -> Text:
    root_slot, _ = checkpoint_slots(bundle.checkpoint.log, bundle.checkpoint.size)
    return Text(
        "keccak of `anchor.header` without its seals is what the validators signed: ecrecover each seal; "
        "walk `account_proof` from the header's state root, then `storage_proofs` to slot "
        f"{_hex(root_slot)} (protocol 9.3)",
        "对去除封签的 `anchor.header` 取 keccak，即验证节点所签内容：对每个封签执行 ecrecover；再由区块头的"
        f"状态根沿 `account_proof` 与 `storage_proofs` 走到存储位 {_hex(root_slot)}（协议第 9.3 节）",
    )


def _proven_claims(bundle: Bundle) -> Text:
    words = bundle.claims.words
    if not words:
        return NO_CLAIMS
    slot = _hex(claim_slot(words[0].claim))
    return Text(
        f"walk `state` from its header's state root to slot {slot}, the first claim's word (protocol 9.3)",
        f"由 `state` 区块头的状态根走到存储位 {slot}，即第一份额的值（协议第 9.3 节）",
    )


def _author(bundle: Bundle, *, offline: bool) -> Text:
    authorship, kind = bundle.authorship, find_kind(bundle.entry.kind)
    if offline and kind is not None:
        slot = _hex(terms_slot(authorship.institution, kind.author, authorship.signer))
        return Text(
            "ecrecover over the EIP-712 digest of Authorship (protocol 5) must give the signer; walk `state` "
            f"to slot {slot}, the number of the signer's terms: the first stands at the keccak of that slot "
            "(protocol 4.4)",
            "对 Authorship 的 EIP-712 摘要（协议第 5 节）执行 ecrecover 须得到签署者；再由 `state` 走到存储位"
            f" {slot}，即签署者的资格条数，首条位于该存储位的 keccak（协议第 4.4 节）",
        )
    question = f"isEntitled({_hex(authorship.signer)}, "
    return Text(
        "ecrecover over the EIP-712 digest of Authorship (protocol 5) must give the signer; ask the "
        "directory: "
        f"{question}institution, role, time)",
        "对 Authorship 的 EIP-712 摘要（协议第 5 节）执行 ecrecover 须得到签署者；再向目录合约查询："
        f"{question}机构, 角色, 时间)",
    )


def _time(bundle: Bundle) -> Text:
    signed, anchored = bundle.authorship.signed_at, bundle.checkpoint.anchored_at
    return Text(
        f"signed at {signed}, anchored at {anchored}: at most 86400 s later, and not more than 300 s earlier "
        "(protocol 7.1)",
        f"签署于 {signed}，锚定于 {anchored}：至多晚 86400 秒，且不早于 300 秒以上（协议第 7.1 节）",
    )


def _claims(bundle: Bundle, url: str) -> Text:
    words, block = bundle.claims.words, bundle.claims.as_of_block
    if not words:
        return NO_CLAIMS
    call = _storage_call(url, bundle.anchor.claim_register, claim_slot(words[0].claim))
    return Text(
        f"the first claim's word, stated as of block {block}: {call}",
        f"第一份额的值（截至区块 {block}）：{call}",
    )


def _storage_call(url: str, contract: bytes, slot: bytes) -> str:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "eth_getStorageAt",
        "params": [_hex(contract), _hex(slot), "latest"],
    }
    return f"curl -s {url} -H content-type:application/json -d '{json.dumps(call)}'"


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
