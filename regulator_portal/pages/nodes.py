"""The nodes: what vouches for the chain, whether they agree, who sealed what was pinned, and retired pins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from ledger_proofs.json_members import to_hex
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.mirror.models import PinnedBlock
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.nodes.models import NodeStanding, PinKind, RetiredPin
from regulator_portal.nodes.reporting import NodesReport, build_nodes_report
from regulator_portal.nodes.standings import (
    AGREES,
    BEHIND,
    CONTRADICTS,
    OWN_NODE,
    SILENT,
    list_retired_pins,
)
from regulator_portal.pages.csv_export import format_time
from regulator_portal.pages.filters import build_url, read_number
from regulator_portal.pages.findings import FindingRow, build_finding_row
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, Both, PagesDep
from regulator_portal.pages.wording import say_node_problem
from regulator_portal.sources.files import Sources

router = APIRouter(prefix="/nodes")
Text = Annotated[str, Query(max_length=100)]
_MEMBERS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "hash": ("hash", "哈希"),
        "root": ("root", "根"),
        "previous_size": ("extends", "延伸自"),
        "anchored_at": ("anchoring time", "锚定时间"),
        "pinned_at": ("pinned", "钉住时间"),
    }
)
_TIMES: Final = frozenset({"anchored_at", "pinned_at"})
_CONTRADICTIONS: Final = (
    (r"block (\d+) is (0x.*)", r"区块 \1 为 \2"),
    (r"its root is (0x.*)", r"其根为 \1"),
    (r"no checkpoint of that size", "不存在该大小的检查点"),
    (r"block (\d+) is of a later time than the pin", r"区块 \1 的时间晚于钉住时间"),
)
_STANDINGS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        AGREES: ("agrees", "一致"),
        BEHIND: ("behind", "落后"),
        CONTRADICTS: ("contradicts", "相悖"),
        SILENT: ("silent", "无应答"),
    }
)
TRUST_OUTDATED: Final = "validators.trust_outdated"
UNHELD: Final[Both] = ("can't be checked", "无法核对")
"""How a node stands that answers, by validators whom the trust file doesn't know."""
OWN: Both = ("This portal's own node", "本方节点")


@dataclass(frozen=True)
class NodeRow:
    """One node. `seals`: how many sealed its latest block; None where nobody's seals were checked."""

    name: Both
    outcome: str
    stands: Both
    problem: Both | None
    block_number: int | None
    block_time: int | None
    seals: int | None
    answered_at: int | None
    looked_at: int


@dataclass(frozen=True)
class BlockRow:
    """One pinned block. `sealers`: who sealed it, None where that wasn't checked; `missing`: who didn't."""

    number: int
    hash: str
    pinned_at: int
    sealers: tuple[str, ...] | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class NodesPage:
    """All nodes with a page of the blocks that were pinned."""

    tab: str
    report: NodesReport
    is_outdated: bool
    nodes: tuple[NodeRow, ...]
    findings: tuple[FindingRow, ...]
    note: str
    blocks: tuple[BlockRow, ...]
    next_url: str | None
    first_url: str | None
    json_url: str


@dataclass(frozen=True)
class RetiredRow:
    """A pin that isn't trusted further, with what contradicts it."""

    what: Both
    institution: Both | None
    content: Both
    contradicted_by: Both
    as_of_block: int
    retired_at: int


@dataclass(frozen=True)
class RetiredPage:
    """A page of retired pins, the latest first."""

    tab: str
    rows: tuple[RetiredRow, ...]
    next_url: str | None
    first_url: str | None
    json_url: str


@router.get("")
def show_nodes(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    below: Text = "",
) -> Response:
    """Show how the nodes stand, and a page of pinned blocks with who sealed them."""
    cursor = read_number("below", below)
    report = build_nodes_report(parts, session)
    found = MirrorRepository(session).list_latest_blocks(ROWS_A_PAGE + 1, cursor)
    rows = found[:ROWS_A_PAGE]
    validators = tuple(each.address for each in report.validators)
    page = NodesPage(
        tab="nodes",
        report=report,
        is_outdated=any(each.problem == TRUST_OUTDATED for each in report.nodes if each.name == OWN_NODE),
        nodes=tuple(_build_node_row(each) for each in report.nodes),
        findings=tuple(build_finding_row(each, parts.sources) for each in report.open_findings),
        note=parts.trust.note,
        blocks=tuple(_build_block_row(each, validators) for each in rows),
        next_url=build_url("/nodes", {"below": rows[-1].number}) if len(found) > ROWS_A_PAGE else None,
        first_url="/nodes" if cursor is not None else None,
        json_url="/v1/nodes",
    )
    return pages.render(request, "nodes.html", page)


@router.get("/retired-pins")
def show_retired_pins(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    offset: Text = "",
) -> Response:
    """Show pins that a sealed header contradicts."""
    begin = read_number("offset", offset) or 0
    found = list_retired_pins(session, begin, ROWS_A_PAGE + 1)
    path, more = "/nodes/retired-pins", len(found) > ROWS_A_PAGE
    page = RetiredPage(
        tab="retired",
        rows=tuple(_build_retired_row(each, parts.sources) for each in found[:ROWS_A_PAGE]),
        next_url=build_url(path, {"offset": begin + ROWS_A_PAGE}) if more else None,
        first_url=path if begin else None,
        json_url=f"/v1{path}",
    )
    return pages.render(request, "nodes_retired.html", page)


def _build_node_row(row: NodeStanding) -> NodeRow:
    return NodeRow(
        name=OWN if row.name == OWN_NODE else (row.name, row.name),
        outcome=row.outcome,
        stands=UNHELD if row.problem == TRUST_OUTDATED else _STANDINGS[row.outcome],
        problem=None if row.problem is None else say_node_problem(row.problem),
        block_number=row.block_number,
        block_time=row.block_time,
        seals=None if row.sealers is None else len(row.sealers),
        answered_at=row.answered_at,
        looked_at=row.looked_at,
    )


def _build_block_row(row: PinnedBlock, validators: tuple[str, ...]) -> BlockRow:
    sealers = None if row.sealers is None else tuple(row.sealers)
    missing = () if sealers is None else tuple(each for each in validators if each not in sealers)
    return BlockRow(row.number, to_hex(row.hash), row.pinned_at, sealers, missing)


def _say_content(content: Mapping[str, str | int]) -> Both:
    said = [
        (*_MEMBERS[name], format_time(int(value)) if name in _TIMES else str(value))
        for name, value in content.items()
        if name in _MEMBERS
    ]
    return (
        " · ".join(f"{english}: {value}" for english, _chinese, value in said),
        " · ".join(f"{chinese}：{value}" for _english, chinese, value in said),
    )


def _say_contradiction(english: str) -> Both:
    """Say in Chinese too what retiring states in English."""
    for pattern, chinese in _CONTRADICTIONS:
        if re.fullmatch(pattern, english):
            return english, re.sub(pattern, chinese, english)
    return english, english


def _build_retired_row(row: RetiredPin, sources: Sources) -> RetiredRow:
    if row.kind == PinKind.BLOCK:
        what: Both = (f"block {row.place:,}", f"区块 {row.place:,}")
    else:
        what = (f"checkpoint {row.place:,} of log {row.log}", f"日志 {row.log} 的检查点 {row.place:,}")
    name = None if row.log is None else sources.name_of(row.log >> 32)
    return RetiredRow(
        what=what,
        institution=None if name is None else (name.name_en, name.name_zh),
        content=_say_content(row.content),
        contradicted_by=_say_contradiction(row.contradicted_by),
        as_of_block=row.as_of_block,
        retired_at=row.retired_at,
    )
