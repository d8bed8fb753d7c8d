"""The overview for programs: the JSON twin of the start page."""

from fastapi import APIRouter
from pydantic import Field

from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, ReadSession
from regulator_portal.overview.service import ChainState, LogOverview, Overview, build_overview

router = APIRouter(prefix="/v1/overview", route_class=StrictRoute, tags=["overview"])


class ChainAnswer(ApiModel):
    """The regulator's own node. `block` is null when it can't be asked; `problem` then says why, by code."""

    block: int | None = Field(examples=[120])
    problem: str | None = Field(examples=[None])
    pinned_block: int | None = Field(examples=[118])
    pinned_at: int | None = Field(description="Unix seconds", examples=[1_800_000_000])
    note: str = Field(examples=["a development chain of one node"])
    open_findings: int = Field(examples=[0])


class CountsAnswer(ApiModel):
    """Entries by what verifying their evidence showed; `pending` wasn't looked at yet."""

    passed: int = Field(examples=[120])
    failed: int = Field(examples=[0])
    late: int = Field(examples=[0])
    withheld: int = Field(examples=[0])
    could_not_check: int = Field(examples=[0])
    pending: int = Field(examples=[3])


class LogAnswer(ApiModel):
    """One log against the chain, as of block `as_of_block`."""

    log: int = Field(examples=[4_294_967_297])
    institution: int = Field(examples=[1])
    institution_name: str = Field(examples=["Example Hospital"])
    institution_name_zh: str = Field(examples=["示例医院"])
    generation: int = Field(examples=[1])
    state: str = Field(
        description="never_checked, passed, failed, withheld or could_not_check", examples=["passed"]
    )
    problem: str | None = Field(examples=[None])
    problem_message: str = Field(examples=[""])
    problem_message_zh: str = Field(examples=[""])
    entry_count: int = Field(description="Entries that the chain counts", examples=[123])
    mirrored_count: int = Field(
        description="Entries kept, under a checkpoint of the same root", examples=[123]
    )
    base_size: int = Field(examples=[0])
    head_size: int = Field(examples=[123])
    checkpoint_count: int = Field(examples=[7])
    last_checkpoint_at: int | None = Field(description="Unix seconds", examples=[1_800_000_000])
    last_checkpoint_age_seconds: int | None = Field(examples=[42])
    as_of_block: int | None = Field(examples=[120])
    closed_size: int | None = Field(examples=[None])
    successor: int | None = Field(examples=[None])
    checked_at: int | None = Field(examples=[1_800_000_000])
    rechecked_at: int | None = Field(examples=[None])
    open_findings: int = Field(examples=[0])
    evidence: CountsAnswer


class RegisterAnswer(ApiModel):
    """The claim register's events, mirrored up to `as_of_block`."""

    state: str = Field(description="never_checked, passed, failed or could_not_check", examples=["passed"])
    problem: str | None = Field(examples=[None])
    as_of_block: int | None = Field(examples=[120])
    act_count: int = Field(examples=[42])
    refusal_count: int = Field(examples=[1])
    checked_at: int | None = Field(examples=[1_800_000_000])
    rechecked_at: int | None = Field(examples=[None])


class OverviewAnswer(ApiModel):
    """Everything at one glance, as the portal has it at `at` (Unix seconds)."""

    at: int = Field(examples=[1_800_000_000])
    institution_count: int = Field(examples=[2])
    entry_count: int = Field(examples=[123])
    mirrored_count: int = Field(examples=[123])
    open_findings: int = Field(examples=[0])
    chain: ChainAnswer
    register_events: RegisterAnswer
    logs: list[LogAnswer]


@router.get("", summary="Overview · 总览", responses=problem_responses(401, 503))
def read_overview(principal: PrincipalDep, parts: PartsDep, session: ReadSession) -> OverviewAnswer:
    """Say what is mirrored and verified, what was found, and how the own node is."""
    found = build_overview(session, parts.reader, parts.sources, parts.clock, parts.trust.note)
    return build_overview_answer(found)


def build_overview_answer(overview: Overview) -> OverviewAnswer:
    """Build the API shape of the overview."""
    return OverviewAnswer(
        at=overview.now,
        institution_count=len({each.institution.number for each in overview.logs}),
        entry_count=overview.entry_count,
        mirrored_count=overview.mirrored_count,
        open_findings=overview.open_findings,
        chain=_build_chain_answer(overview.chain),
        register_events=RegisterAnswer(
            state=overview.register.state,
            problem=overview.register.problem,
            as_of_block=overview.register.as_of_block,
            act_count=overview.register.act_count,
            refusal_count=overview.register.refusal_count,
            checked_at=overview.register.checked_at,
            rechecked_at=overview.register.rechecked_at,
        ),
        logs=[build_log_answer(each) for each in overview.logs],
    )


def build_log_answer(overview: LogOverview) -> LogAnswer:
    """Build the API shape of one log."""
    log = overview.log
    return LogAnswer(
        log=log.log,
        institution=log.institution,
        institution_name=overview.institution.name_en,
        institution_name_zh=overview.institution.name_zh,
        generation=log.generation,
        state=log.state,
        problem=log.problem,
        problem_message=log.problem_en,
        problem_message_zh=log.problem_zh,
        entry_count=overview.entry_count,
        mirrored_count=overview.mirrored_count,
        base_size=log.base_size,
        head_size=log.head_size,
        checkpoint_count=log.checkpoint_count,
        last_checkpoint_at=log.head_anchored_at,
        last_checkpoint_age_seconds=overview.age_seconds,
        as_of_block=log.as_of_block,
        closed_size=log.closed_size,
        successor=log.successor,
        checked_at=log.checked_at,
        rechecked_at=log.rechecked_at,
        open_findings=overview.open_findings,
        evidence=CountsAnswer(
            passed=log.passed_count,
            failed=log.failed_count,
            late=log.late_count,
            withheld=log.withheld_count,
            could_not_check=log.could_not_check_count,
            pending=log.pending_count,
        ),
    )


def _build_chain_answer(chain: ChainState) -> ChainAnswer:
    return ChainAnswer(
        block=chain.block,
        problem=chain.problem,
        pinned_block=chain.pinned_block,
        pinned_at=chain.pinned_at,
        note=chain.note,
        open_findings=chain.open_findings,
    )
