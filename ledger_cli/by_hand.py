"""How to repeat each step of a verification by hand, with tools that aren't ours.

The addresses and slots are those of the bundle at hand, so that a line can be copied and run (protocol,
sections 4.4 and 9).
"""

from __future__ import annotations

import json

from ledger_cli.language import Text
from ledger_proofs.bundles import Bundle
from ledger_proofs.checkpoints import checkpoint_slots, claim_slot

DEFAULT_NODE = "http://127.0.0.1:8545"


def build_instructions(bundle: Bundle, node: str | None) -> dict[int, Text]:
    """One instruction per step number."""
    url = node or DEFAULT_NODE
    slots = checkpoint_slots(bundle.checkpoint.log, bundle.checkpoint.size)
    anchor_call = _storage_call(url, bundle.anchor.checkpoint_log, slots[0])
    claim_call = (
        _storage_call(url, bundle.anchor.claim_register, claim_slot(bundle.claims.words[0].claim))
        if bundle.claims.words
        else "-"
    )
    return {
        1: Text(
            "sha256 of 0x00, salt, 0x01 and the JSON of [pointer, value] is the field's leaf; the leaves' "
            "RFC 9162 "
            "root, with their number, is the commitment (protocol 2)",
            "sha256(0x00、盐、0x01 与 [指针, 值] 的 JSON) 即该字段的叶；各叶的 RFC 9162 "
            "根与叶数构成承诺值（协议第 2 节）",
        ),
        2: Text(
            "compare `entry` with /body/claims, /body/windows and /body/holders; times as Unix seconds "
            "(protocol 3)",
            "将 `entry` 与 /body/claims、/body/windows、/body/holders 对照；时间为 Unix 秒（协议第 3 节）",
        ),
        3: Text(
            f"sha256 of 0x00 and the entry's 224 bytes is leaf {bundle.inclusion.index}; fold the path into "
            "it as "
            "RFC 9162 2.1.3.2 says: the root must be the checkpoint's",
            f"sha256(0x00 与条目的 224 字节) 即第 {bundle.inclusion.index} 叶；按 RFC 9162 2.1.3.2 "
            "与路径逐级合并："
            "所得的根须与检查点一致",
        ),
        4: Text(
            f"the word there must be the checkpoint's root: {anchor_call}",
            f"该处的值须为检查点的根：{anchor_call}",
        ),
        5: Text(
            "ecrecover over the EIP-712 digest of Authorship (protocol 5) must give the signer; ask the "
            "directory: "
            f"isEntitled({_hex(bundle.authorship.signer)}, institution, role, time)",
            "对 Authorship 的 EIP-712 摘要（协议第 5 节）执行 ecrecover 须得到签署者；再向目录合约查询："
            f"isEntitled({_hex(bundle.authorship.signer)}, 机构, 角色, 时间)",
        ),
        6: Text(
            f"signed at {bundle.authorship.signed_at}, anchored at {bundle.checkpoint.anchored_at}: "
            "at most 86400 s later, and not more than 300 s earlier (protocol 7.1)",
            f"签署于 {bundle.authorship.signed_at}，锚定于 {bundle.checkpoint.anchored_at}："
            "至多晚 86400 秒，且不早于 300 秒以上（协议第 7.1 节）",
        ),
        7: Text(
            f"the first claim's word at block {bundle.claims.as_of_block}: {claim_call}",
            f"区块 {bundle.claims.as_of_block} 处第一项权利的值：{claim_call}",
        ),
    }


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
