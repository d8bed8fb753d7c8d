"""Jobs for programs: start, list, follow."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import OnceDep, PartsDep, PrincipalDep, ReadSession, open_trail
from regulator_portal.api.idempotent import IdempotencyKey, answer_once
from regulator_portal.idempotency.once import OnceOnly
from regulator_portal.identity.principal import Principal
from regulator_portal.jobs import service as jobs
from regulator_portal.jobs.models import Job, JobKind
from regulator_portal.jobs.service import JobRepository
from regulator_portal.parts import Parts

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["jobs"])

LogNumber = Annotated[
    int,
    Path(ge=1, le=MAX_JSON_INTEGER, description="institution * 2^32 + generation", examples=[4_294_967_297]),
]
_RESPONSES = problem_responses(400, 401, 403, 404, 409, 422, 503)


class JobAnswer(ApiModel):
    """One job. `state`: queued, running, done, could_not_check (see `problem`) or failed."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    kind: str = Field(examples=["recheck"])
    log: int = Field(examples=[4_294_967_297])
    state: str = Field(examples=["running"])
    done: int = Field(description="Entries looked at", examples=[256])
    total: int = Field(description="Entries to look at", examples=[1000])
    findings: int = Field(description="Findings that this job noted", examples=[0])
    asked_by: str = Field(examples=["auditor:3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    asked_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    started_at: int | None = Field(examples=[1_800_000_000])
    ended_at: int | None = Field(examples=[None])
    as_of_block: int | None = Field(examples=[120])
    problem: str | None = Field(examples=[None])
    problem_message: str = Field(examples=[""])
    problem_message_zh: str = Field(examples=[""])


class JobPage(ApiModel):
    """A page of jobs, the latest first."""

    items: list[JobAnswer]
    next_cursor: str | None = Field(examples=[None])


@router.post(
    "/logs/{log}/mirrorings",
    status_code=202,
    summary="Mirror a log now · 立即镜像日志",
    responses=_RESPONSES,
    response_model=JobAnswer,
)
def start_mirroring(
    log: LogNumber,
    principal: PrincipalDep,
    parts: PartsDep,
    once: OnceDep,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Fetch what the log has grown by, and compare the root at every new checkpoint."""
    return _start(JobKind.MIRROR, log, principal, parts, once, request, key)


@router.post(
    "/logs/{log}/rechecks",
    status_code=202,
    summary="Recheck a log from its start · 从头重新核对日志",
    responses=_RESPONSES,
    response_model=JobAnswer,
)
def start_recheck(
    log: LogNumber,
    principal: PrincipalDep,
    parts: PartsDep,
    once: OnceDep,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Fetch all entries again, and compare them with the own copy, and every root with its pin."""
    return _start(JobKind.RECHECK, log, principal, parts, once, request, key)


@router.post(
    "/logs/{log}/sweeps",
    status_code=202,
    summary="Verify a log's entries one by one · 逐条核验日志条目",
    responses=_RESPONSES,
    response_model=JobAnswer,
)
def start_sweep(
    log: LogNumber,
    principal: PrincipalDep,
    parts: PartsDep,
    once: OnceDep,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Fetch and verify the evidence of each entry that wasn't verified yet."""
    return _start(JobKind.SWEEP, log, principal, parts, once, request, key)


@router.get("/jobs", summary="List jobs · 列出任务", responses=problem_responses(401, 422))
def list_jobs(
    principal: PrincipalDep,
    session: ReadSession,
    page: PageDep,
    log: Annotated[int | None, Query(ge=1, le=MAX_JSON_INTEGER)] = None,
) -> JobPage:
    """List jobs, the latest first."""
    offset = page.cursor or 0
    rows, more = page.cut(JobRepository(session).list_page(log, offset, page.fetch))
    return JobPage(
        items=[build_job_answer(row) for row in rows], next_cursor=str(offset + len(rows)) if more else None
    )


@router.get("/jobs/{job_id}", summary="How far is a job? · 任务进度", responses=problem_responses(401, 404))
def read_job(job_id: str, principal: PrincipalDep, session: ReadSession) -> JobAnswer:
    """Answer with a job's state and progress."""
    return build_job_answer(JobRepository(session).get(job_id))


def start_job(kind: JobKind, log: int, principal: Principal, parts: Parts, request: Request, key: str) -> Job:
    """Queue a job and wake the worker, for the API and the pages alike. Raises LogNotFound."""
    with parts.database.writing() as session:
        trail = open_trail(session, parts, request)
        job = jobs.start(session, parts.clock, trail, kind, log, principal.scope, key)
    parts.work.wake()
    return job


def build_job_answer(job: Job) -> JobAnswer:
    """Build the API shape of a stored job."""
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        log=job.log,
        state=job.state,
        done=job.done,
        total=job.total,
        findings=job.findings,
        asked_by=job.asked_by,
        asked_at=job.asked_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        as_of_block=job.as_of_block,
        problem=job.problem,
        problem_message=job.problem_en,
        problem_message_zh=job.problem_zh,
    )


def _start(
    kind: JobKind,
    log: int,
    principal: Principal,
    parts: Parts,
    once: OnceOnly,
    request: Request,
    key: str | None,
) -> Response:
    def act() -> JobAnswer:
        return build_job_answer(start_job(kind, log, principal, parts, request, str(key)))

    return answer_once(once, request, principal, key, b"", 202, act)
