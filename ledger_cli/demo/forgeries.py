"""Forged evidence, and forged anchorings: what the verifier says of them, and the contracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ledger_chain.transactions import anchor_call
from ledger_cli.attacks.stage import Stage
from ledger_cli.demo.honest_acts import Props
from ledger_cli.demo.story import Story, describe_report
from ledger_cli.embedded.people import CHINESE, PEOPLES
from ledger_proofs import merkle
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.digests import sha256
from ledger_proofs.entries import Entry
from ledger_proofs.types import Address, Hash, log_id

Alteration = Callable[[dict[str, Any]], None]
NOBODY = Address(b"\x42" * 20)


def tell_forged_bundles(story: Story, stage: Stage, props: Props) -> None:
    """One thing altered at a time: the step that notices says so."""
    for forgery in _list_forgeries(stage, parse_bundle(props.bundle)):
        forged = _altered(props.bundle, forgery.alter)
        story.tell(forgery.act, forgery.act_zh, forgery.expected, partial(_verify, stage, forged))
    other_chain = replace(stage.trust, genesis_hash=Hash(bytes(32)))
    story.tell(
        "a verifier who trusts another chain",
        "信任另一条链的核验者",
        "step 4 failed: anchor.other_chain at genesis_hash",
        lambda: describe_report(stage.verify(props.bundle, other_chain)),
    )
    story.tell(
        "a truncated bundle", "截断的证据包", "json.syntax", partial(_verify, stage, props.bundle[:-40])
    )


@dataclass(frozen=True)
class _Forgery:
    act: str
    act_zh: str
    expected: str
    alter: Alteration


def _list_forgeries(stage: Stage, bundle: Bundle) -> list[_Forgery]:
    return [
        _Forgery(
            "alter the entry's window",
            "篡改条目时段",
            "step 2 failed: entry.mismatch at not_before",
            _set_window,
        ),
        _Forgery("another root", "替换根", "step 3 failed: proof.root_mismatch", _set_root),
        _Forgery(
            "a tree of the forger's own",
            "伪造自己的树",
            "step 4 failed: anchor.mismatch at root",
            partial(_plant_in_own_tree, stage, bundle.entry),
        ),
        _Forgery(
            "an earlier anchoring time",
            "提前锚定时间",
            "step 4 failed: anchor.mismatch at anchored_at",
            _set_time,
        ),
        _Forgery("another storage proof", "替换存储证明", "step 4 failed: anchor.storage_proofs", _set_proof),
        _Forgery("another signature", "替换签名", "step 5 failed: author.hash", _set_signature),
    ]


def _verify(stage: Stage, content: bytes) -> str:
    return describe_report(stage.verify(content))


def _set_window(document: dict[str, Any]) -> None:
    document["entry"]["not_after"] += 1


def _set_root(document: dict[str, Any]) -> None:
    document["checkpoint"]["root"] = "0x" + "ab" * 32


def _set_time(document: dict[str, Any]) -> None:
    document["checkpoint"]["anchored_at"] -= 3600
    document["anchor"]["storage_proofs"] = None


def _set_proof(document: dict[str, Any]) -> None:
    document["anchor"]["storage_proofs"][0]["value"] = "0x" + "ab" * 32


def _set_signature(document: dict[str, Any]) -> None:
    document["authorship"]["signature"] = "0x" + "11" * 64 + "1b"


def _plant_in_own_tree(stage: Stage, entry: Entry, document: dict[str, Any]) -> None:
    """Put the entry into a made-up tree of the same size as the chain's, with a path that is right for it."""
    head = stage.reader.head(log_id(PEOPLES.number, 1))
    if head is None:
        return
    last = head.size - 1
    leaves = [*(sha256(number.to_bytes(4, "big")) for number in range(last)), entry.leaf_hash()]
    path = ["0x" + node.hex() for node in merkle.inclusion_proof(leaves, last)]
    root = "0x" + merkle.root(leaves).hex()
    document["inclusion"] |= {"index": last, "size": head.size, "path": path}
    document["checkpoint"] |= {"size": head.size, "previous_size": head.previous_size, "root": root}
    document["anchor"]["storage_proofs"] = None


def tell_refused_anchorings(story: Story, stage: Stage) -> None:
    """Checkpoints that the contract doesn't take. Asked as the account, by a call that changes nothing."""
    log = log_id(PEOPLES.number, 1)
    head = stage.reader.head(log)
    account = stage.reader.find_account(PEOPLES.number) or NOBODY
    foreign = stage.reader.find_account(CHINESE.number) or NOBODY
    if head is None:
        return
    forked_leaves = [sha256(number.to_bytes(4, "big")) for number in range(head.size + 5)]
    forked_root = merkle.root(forked_leaves)
    forked_proof = merkle.consistency_proof(forked_leaves, head.size)

    def offered(sender: Address, size: int, root: bytes, proof: list[Hash]) -> str:
        call = anchor_call(log, size, root, proof)
        refusal = stage.reader.find_refusal(sender, stage.stack.deployment.checkpoint_log, call)
        return refusal.split("(", 1)[0] if refusal is not None else "accepted"

    story.tell(
        "anchor the same size with another root",
        "同一大小、不同根",
        "CheckpointLogRootMismatch",
        lambda: offered(account, head.size, forked_root, []),
    )
    story.tell(
        "another hospital's account anchors",
        "他院账户锚定",
        "CheckpointLogNotAccount",
        lambda: offered(foreign, head.size + 5, forked_root, list(forked_proof)),
    )
    story.tell(
        "anchor size zero",
        "锚定大小为零",
        "CheckpointLogSizeZero",
        lambda: offered(account, 0, forked_root, []),
    )
    story.tell(
        "anchor what is recorded already: nothing happens",
        "锚定已记录的检查点：不变",
        "accepted",
        lambda: offered(account, head.size, head.root, []),
    )


def _altered(content: bytes, alter: Alteration) -> bytes:
    document: dict[str, Any] = json.loads(content)
    alter(document)
    return json.dumps(document, ensure_ascii=False).encode("utf-8")
