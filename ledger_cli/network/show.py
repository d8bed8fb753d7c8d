"""How a survey and what was found are shown: tables for people, plain data for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from ledger_cli.network.survey import NodeState, Survey
from ledger_cli.network.watch import Finding
from ledger_cli.screen import Screen
from ledger_cli.verdicts import verdict_text
from ledger_proofs.reports import Outcome


def show_status(screen: Screen, survey: Survey) -> None:
    """One line for each node, then who seals."""
    table = Table()
    for en, zh in (
        ("node", "节点"),
        ("height", "高度"),
        ("behind", "落后"),
        ("round", "轮次"),
        ("peers", "连接"),
        ("pool", "交易池"),
        ("block age", "区块距今"),
    ):
        table.add_column(screen.pick(en, zh), overflow="fold")
    for node in survey.nodes:
        table.add_row(
            node.url,
            str(node.height),
            str(survey.highest - node.height),
            "?" if node.head is None else str(node.head.round),
            str(node.peers),
            "?" if node.pool is None else str(node.pool.waiting),
            f"{node.asked_at - node.block_time:.1f} s",
        )
    screen.show(table)
    for url, reason in survey.unreached:
        screen.say(f"? {url}: {reason.en}", f"? {url}：{reason.zh}", style="magenta")
    listed = " ".join(f"0x{validator.hex()}" for validator in survey.validators)
    count = len(survey.validators)
    screen.say(f"{count} validators: {listed}", f"{count} 个验证节点：{listed}")


def show_findings(screen: Screen, findings: Sequence[Finding]) -> None:
    """Each finding with what to do, or that there is none."""
    if not findings:
        screen.say("✓ nothing wrong was found", "✓ 未发现问题", style="green")
    for finding in findings:
        outcome = Outcome.FAILED if finding.certain else Outcome.COULD_NOT_CHECK
        screen.show(verdict_text(outcome, screen.language))
        what, remedy = finding.what.in_(screen.language), finding.remedy.in_(screen.language)
        screen.say(f"  {finding.code}  {finding.where}", f"  {finding.code}  {finding.where}", style="bold")
        screen.say(f"  {what}", f"  {what}")
        screen.say(f"  → {remedy}", f"  → {remedy}")


def survey_json(survey: Survey) -> dict[str, Any]:
    """The survey as plain data."""
    return {
        "height": survey.highest,
        "validators": [f"0x{validator.hex()}" for validator in survey.validators],
        "nodes": [_node_json(node, survey.highest) for node in survey.nodes],
        "unreached": [
            {"node": url, "reason": reason.en, "reason_zh": reason.zh} for url, reason in survey.unreached
        ],
    }


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings as plain data, in both languages."""
    return [
        {
            "code": finding.code,
            "where": finding.where,
            "certain": finding.certain,
            "message": finding.what.en,
            "message_zh": finding.what.zh,
            "remedy": finding.remedy.en,
            "remedy_zh": finding.remedy.zh,
        }
        for finding in findings
    ]


def _node_json(node: NodeState, highest: int) -> dict[str, Any]:
    return {
        "node": node.url,
        "client": node.client,
        "chain_id": node.chain_id,
        "genesis_hash": node.genesis_hash,
        "height": node.height,
        "behind": highest - node.height,
        "round": None if node.head is None else node.head.round,
        "peers": node.peers,
        "pool": None if node.pool is None else node.pool.waiting,
        "block_time": node.block_time,
        "block_age_seconds": round(node.asked_at - node.block_time, 3),
    }
