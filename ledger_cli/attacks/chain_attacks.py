"""The attack on the chain itself: whoever owns all its nodes begins it anew, one prescription short."""

from __future__ import annotations

from dataclasses import replace

from ledger_cli.attacks import portal_check
from ledger_cli.attacks.log_attacks import LOG
from ledger_cli.attacks.portal_access import judge_findings
from ledger_cli.attacks.replaced_chain import replaced_chain
from ledger_cli.attacks.results import Result, caught, compare
from ledger_cli.attacks.stage import Stage

TELLING = ("chain.replaced", "chain.rolled_back", "checkpoint.pin_differs")


def keep_chain(stage: Stage) -> Result:
    """The portal makes a full round against the chain that it always had."""
    portal = stage.get_portal()
    stage.insider.await_quiet(LOG)
    stage.note("the portal makes a full round against its chain", "监管门户对其所用的链做一轮完整核对")
    findings = portal_check.check_with_node(stage.stack.home, stage.rpc_url)
    return judge_findings(findings, TELLING, portal.url, None)


def replace_chain(stage: Stage) -> Result:
    """A second chain, the same in everything that a trust file pins, and without the last prescription."""
    portal = stage.get_portal()
    stage.find_final()
    stage.insider.await_quiet(LOG)
    portal.mirror(LOG)
    with replaced_chain(stage, LOG) as replaced:
        stage.note("the portal makes a full round against the new chain", "监管门户对新链做一轮完整核对")
        findings = portal_check.check_with_node(stage.stack.home, replaced.rpc_url)
        old_size, new_size = replaced.sizes[LOG]
    genesis = f"0x{stage.trust.genesis_hash.hex()}"
    result = caught(judge_findings(findings, TELLING, None, None))
    same = compare("block 0, which the trust file pins", "信任文件所钉住的 0 号区块", genesis, genesis)
    shorter = compare("size of the hospital's log", "该医院日志的大小", old_size, new_size)
    return replace(result, evidence=(*result.evidence, shorter, same))
