"""Attacks on the log: a checkpoint that is no extension, an entry removed, an entry inserted.

The contract refuses the first. The others need no chain: the gateway's operator rewrites the log where it is
stored. The gateway doesn't notice; the regulator's portal does, whose copy and pins are its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger_api.anchoring.node import NodeChain
from ledger_chain.transactions import anchor_call
from ledger_cli.attacks.log_tampering import (
    Rewrite,
    forged_prescription,
    insert_entry,
    log_rewritten,
    remove_entry,
)
from ledger_cli.attacks.portal_access import judge_findings
from ledger_cli.attacks.results import CONTRACT, Ending, Result, caught, compare
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import PEOPLES
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.errors import CouldNotCheck
from ledger_cli.language import Text
from ledger_proofs import merkle
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.digests import sha256
from ledger_proofs.types import Address, Hash, log_id

LOG = log_id(PEOPLES.number, 1)
FEWER = ("log.entries_withheld", "log.entry_changed", "log.root_differs")
OTHERS = ("log.entry_changed", "log.root_differs", "log.entries_withheld")
"""Findings, the most telling of each attack first."""


def extend_log(stage: Stage) -> Result:
    """A prescription is issued, and the gateway anchors the longer log."""
    before = _get_head(stage)
    stage.note("issuing a prescription, which the gateway anchors", "开具一张处方，由网关锚定")
    stage.await_final(stage.issue(VISITS[8], 75).id)
    after = _get_head(stage)
    over = Text(f"over {before.size}", f"大于 {before.size}")
    grown = compare("size of the log's head on the chain", "链上日志头部的大小", over, after.size)
    outcome = Ending.PASSED if after.size > before.size else Ending.REFUSED
    said = Text(
        f"the contract took the checkpoint of size {after.size}: it continues that of size {before.size}",
        f"合约接受了大小为 {after.size} 的检查点：它由大小 {before.size} 者延伸而来",
    )
    return Result(outcome, CONTRACT, "anchored", said, evidence=(grown,))


def fork_log(stage: Stage) -> Result:
    """The operator changes the first entry, grows the log, and anchors it with the institution's own key."""
    stage.insider.await_quiet(LOG)
    head = _get_head(stage)
    leaves = [_forged_leaf(0), *stage.insider.list_leaves(LOG, head.size)[1:], _forged_leaf(1)]
    proof, root = merkle.consistency_proof(leaves, head.size), merkle.root(leaves)
    deployment = stage.stack.deployment
    account = Address(stage.insider.keystore.anchoring_address(PEOPLES.number))
    call = anchor_call(LOG, len(leaves), root, proof)
    refusal = stage.reader.find_refusal(account, deployment.checkpoint_log, call)
    stage.note("sending the transaction, signed with the institution's key", "以机构密钥签名并发送交易")
    node = NodeChain(stage.rpc_url, deployment)
    receipt, recorded = stage.insider.anchor(node, LOG, len(leaves), root, proof)
    return _judge_fork(head, _get_head(stage), root, refusal, receipt.succeeded, recorded)


def leave_log(stage: Stage) -> Result:
    """Nobody touches the log, and the portal fetches and compares it all over again."""
    stage.insider.await_quiet(LOG)
    portal = stage.get_portal()
    stage.note("the portal rechecks the log from its start", "监管门户从头重新核对日志")
    portal.recheck(LOG)
    return judge_findings(portal.list_open(LOG), (), portal.url, LOG)


def append_properly(stage: Stage) -> Result:
    """A prescription is issued; it goes to the log's end, and the portal mirrors it."""
    portal = stage.get_portal()
    stage.note("issuing a prescription, which goes to the log's end", "开具一张处方，追加至日志末尾")
    stage.await_final(stage.issue(VISITS[8], 76).id)
    stage.note("the portal mirrors what is new", "监管门户镜像新增部分")
    portal.mirror(LOG)
    return judge_findings(portal.list_open(LOG), (), portal.url, LOG)


def take_entry_out(stage: Stage) -> Result:
    """The operator deletes an entry of the log, closes the gap, and makes tiles and head anew."""
    position = _choose_position(stage)
    stage.note(f"deleting entry {position} in the gateway's database", f"在网关数据库中删除第 {position} 条")
    return _found_by_portal(stage, remove_entry(position), FEWER)


def slip_entry_in(stage: Stage) -> Result:
    """The operator puts a prescription that never was between two that were."""
    position = _choose_position(stage)
    (record_id,) = stage.find_final()
    stage.note(
        f"inserting a forged entry at {position} in the gateway's database",
        f"在网关数据库的位置 {position} 插入伪造条目",
    )
    domain = stage.stack.deployment.domain()
    with forged_prescription(stage.insider, LOG, record_id, domain) as forged:
        return _found_by_portal(stage, insert_entry(forged, position), OTHERS)


def _choose_position(stage: Stage) -> int:
    """One in the middle, which the portal has mirrored."""
    stage.find_final(2)
    stage.insider.await_quiet(LOG)
    stage.get_portal().mirror(LOG)
    return _get_head(stage).size // 2


def _found_by_portal(stage: Stage, rewrite: Rewrite, telling: Sequence[str]) -> Result:
    portal = stage.get_portal()
    with log_rewritten(stage.insider, LOG, rewrite):
        stage.note("the portal rechecks the log from its start", "监管门户从头重新核对日志")
        portal.recheck(LOG)
        found = portal.list_open(LOG)
    stage.note("everything is put back; the portal rechecks once more", "已恢复原状；监管门户再次核对")
    portal.recheck(LOG)
    result = caught(judge_findings(found, telling, portal.url, LOG))
    still_open = sum(not portal.is_closed(finding) for finding in found)
    noted = compare("findings still open after all was put back", "恢复后仍未关闭的发现", 0, still_open)
    return replace(result, evidence=(*result.evidence, noted))


def _judge_fork(
    before: Checkpoint,
    after: Checkpoint,
    root: Hash,
    refusal: str | None,
    succeeded: bool,
    recorded: Checkpoint | None,
) -> Result:
    compared = (
        compare("root that must be continued", "须由其延伸的根", f"0x{before.root.hex()}", f"0x{root.hex()}"),
        compare("status of the transaction (0: reverted)", "交易状态（0：已回退）", 0, int(succeeded)),
        compare("size of the log's head on the chain", "链上日志头部的大小", before.size, after.size),
    )
    if succeeded or recorded is not None:
        said = Text("the contract took a log that rewrites its past", "合约接受了改写过去的日志")
        return Result(Ending.CAME_THROUGH, CONTRACT, "anchored", said, evidence=compared)
    reason = refusal or "reverted"
    said = Text(f"the contract refused it: {reason}", f"合约拒绝：{reason}")
    return Result(Ending.REFUSED, CONTRACT, reason.split("(", 1)[0], said, evidence=compared)


def _get_head(stage: Stage) -> Checkpoint:
    head = stage.reader.head(LOG)
    if head is None:
        raise CouldNotCheck(
            "attack.nothing_anchored",
            "the hospital has nothing anchored yet; issue a prescription first",
            "该医院尚无已锚定的条目；请先开具处方",
        )
    return head


def _forged_leaf(number: int) -> Hash:
    return Hash(sha256(b"an entry that nobody signed" + bytes([number])))
