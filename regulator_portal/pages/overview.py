"""The overview: every log at one glance, the own node, and what needs a look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter, Request, Response

from ledger_web.languages import language_of
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.mirror.models import MirroredLog
from regulator_portal.overview.service import ChainState, LogOverview, Overview, build_overview
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.site import AuditorDep, Both, PagesDep
from regulator_portal.pages.wording import find_log_outcome, say_chain_problem
from regulator_portal.register.models import RegisterMirror, RegisterState

router = APIRouter()


@dataclass(frozen=True)
class VerdictCounts:
    """How many entries' evidence came out how; `pending` wasn't looked at yet."""

    passed: int
    failed: int
    late: int
    withheld: int
    could_not_check: int
    pending: int

    @classmethod
    def of(cls, logs: Sequence[MirroredLog]) -> Self:
        """Add up the counts of logs."""
        return cls(
            sum(log.passed_count for log in logs),
            sum(log.failed_count for log in logs),
            sum(log.late_count for log in logs),
            sum(log.withheld_count for log in logs),
            sum(log.could_not_check_count for log in logs),
            sum(log.pending_count for log in logs),
        )

    def listed(self) -> Iterator[tuple[str, int]]:
        """Yield each outcome with its count."""
        for outcome in ("passed", "failed", "late", "withheld", "could_not_check", "pending"):
            yield outcome, getattr(self, outcome)


@dataclass(frozen=True)
class ChainNotice:
    """The own node in words.

    `as_of_block`: the block as of which the mirror speaks while it can't be asked. `node_findings`: how many
    findings about nodes are open.
    """

    outcome: str
    line: Both
    detail: Both
    as_of_block: int | None
    node_findings: int = 0


@dataclass(frozen=True)
class RegisterNotice:
    """The claim register's events in words."""

    outcome: str
    line: Both
    problem: Both | None


@dataclass(frozen=True)
class OverviewRow:
    """One log of the table."""

    log: int
    institution: int
    name: Both
    generation: int
    outcome: str
    problem: Both | None
    head_size: int
    size: int
    anchored_at: int | None
    age_seconds: int | None
    counts: VerdictCounts
    open_findings: int


@dataclass(frozen=True)
class OverviewPage:
    """What the overview shows; `note` is what the trust file says of the chain."""

    chain: ChainNotice
    note: str
    rows: tuple[OverviewRow, ...]
    counts: VerdictCounts
    institution_count: int
    entry_count: int
    mirrored_count: int
    open_findings: int
    register: RegisterNotice


@router.get("/")
def show_overview(
    request: Request, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, session: ReadSession
) -> Response:
    """Show the overview."""
    overview = build_overview(session, parts.reader, parts.sources, parts.clock, parts.trust.note)
    return pages.render(request, "overview.html", build_overview_page(overview))


@router.get("/overview.csv")
def export_overview(request: Request, auditor: AuditorDep, parts: PartsDep, session: ReadSession) -> Response:
    """Export the table of logs."""
    overview = build_overview(session, parts.reader, parts.sources, parts.clock, parts.trust.note)
    page = build_overview_page(overview)
    is_chinese = language_of(request) == "zh"
    return answer_csv("logs", _HEADINGS_ZH if is_chinese else _HEADINGS, _list_cells(page, is_chinese))


def build_overview_page(overview: Overview) -> OverviewPage:
    """Build the page's context."""
    return OverviewPage(
        chain=build_chain_notice(overview.chain),
        note=overview.chain.note,
        rows=tuple(_build_row(each) for each in overview.logs),
        counts=VerdictCounts.of([each.log for each in overview.logs]),
        institution_count=len({each.institution.number for each in overview.logs}),
        entry_count=overview.entry_count,
        mirrored_count=overview.mirrored_count,
        open_findings=overview.open_findings,
        register=build_register_notice(overview.register),
    )


def build_register_notice(register: RegisterMirror) -> RegisterNotice:
    """Say up to which block acts are mirrored, and how many."""
    outcome = "pending" if register.state == RegisterState.NEVER_CHECKED else register.state
    problem = (register.problem_en, register.problem_zh) if register.problem_en else None
    if register.as_of_block is None:
        return RegisterNotice(outcome, ("nothing mirrored yet", "尚未镜像"), problem)
    block, acts = register.as_of_block, register.act_count
    english = f"{acts:,} {'act' if acts == 1 else 'acts'} as of block {block:,}"
    return RegisterNotice(outcome, (english, f"截至区块 {block:,} 共 {acts:,} 次操作"), problem)


def build_chain_notice(chain: ChainState) -> ChainNotice:
    """Put the own node's state into words: wrong, silent, or as of which block."""
    if chain.open_findings:
        line = ("contradicts what was pinned", "与已钉住的内容相悖")
        detail = (
            "What the own node says contradicts what this portal pinned before. Rely on nothing new until it"
            " is"
            " explained.",
            "本方节点的应答与本门户此前钉住的内容相悖；查明之前，请勿采信新的内容。",
        )
        return ChainNotice("failed", line, detail, chain.pinned_block, chain.node_findings)
    if chain.problem is not None or chain.block is None:
        detail = say_chain_problem(chain.problem or "chain-unreachable")
        return ChainNotice("could_not_check", detail, detail, chain.pinned_block, chain.node_findings)
    line = (f"at block {chain.block:,}", f"区块高度 {chain.block:,}")
    return ChainNotice("passed", line, line, chain.block, chain.node_findings)


def _build_row(overview: LogOverview) -> OverviewRow:
    log, institution = overview.log, overview.institution
    return OverviewRow(
        log=log.log,
        institution=log.institution,
        name=(institution.name_en, institution.name_zh),
        generation=log.generation,
        outcome=find_log_outcome(log.state, log.head_size),
        problem=(log.problem_en, log.problem_zh) if log.problem_en else None,
        head_size=overview.entry_count,
        size=overview.mirrored_count,
        anchored_at=log.head_anchored_at,
        age_seconds=overview.age_seconds,
        counts=VerdictCounts.of([log]),
        open_findings=overview.open_findings,
    )


_HEADINGS = (
    "institution", "name", "log", "verdict", "problem", "entries on chain", "entries mirrored",
    "last checkpoint", "passed", "failed", "late", "withheld", "could not check", "not yet", "open findings",
)  # fmt: skip
_HEADINGS_ZH = (
    "机构", "名称", "日志", "结果", "原因", "链上条目", "已镜像条目",
    "最近检查点", "通过", "不通过", "迟到", "未提供", "无法核验", "尚未核验", "未关闭的发现",
)  # fmt: skip


def _list_cells(page: OverviewPage, is_chinese: bool) -> Iterator[Sequence[Cell]]:
    for row in page.rows:
        yield (
            row.institution,
            row.name[is_chinese],
            row.log,
            row.outcome,
            row.problem[is_chinese] if row.problem else "",
            row.head_size,
            row.size,
            format_time(row.anchored_at),
            *(count for _, count in row.counts.listed()),
            row.open_findings,
        )
