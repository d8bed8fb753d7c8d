"""Jobs: what runs and what ran, with progress that keeps itself up to date, and starting one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from ledger_proofs.types import MAX_JSON_INTEGER, institution_of
from ledger_web.languages import language_of
from regulator_portal.api.dependencies import OnceDep, PartsDep, ReadSession
from regulator_portal.api.jobs import start_job
from regulator_portal.jobs.models import Job, JobKind, JobState
from regulator_portal.jobs.service import UNDER_WAY, JobRepository
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import FilterInvalid, Option, build_url, read_number, read_option
from regulator_portal.pages.findings import list_log_options
from regulator_portal.pages.forms import read_form
from regulator_portal.pages.once import redirect_once
from regulator_portal.pages.people import say_actor
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, Both, PagesDep
from regulator_portal.pages.wording import JOB_EFFECTS, JOB_KINDS, JOB_STATES
from regulator_portal.parts import Parts

EXPORTED_A_QUERY = 500
router = APIRouter(prefix="/jobs")
Text = Annotated[str, Query(max_length=100)]
KIND_OPTIONS: Sequence[Option] = tuple((kind, *words) for kind, words in JOB_KINDS.items())
_ICONS = {JobState.QUEUED: "hourglass", JobState.RUNNING: "activity", JobState.DONE: "check"}


@dataclass(frozen=True)
class JobRow:
    """One job. `verdict` is set where the job's end is one of the verdicts; else `icon` goes with `state`."""

    id: str
    kind: Both
    log: int
    name: Both
    state: Both
    icon: str
    verdict: str | None
    problem: Both | None
    done: int
    total: int
    findings: int
    asked_by: Both
    asked_at: int
    started_at: int | None
    ended_at: int | None
    as_of_block: int | None
    is_under_way: bool


@dataclass(frozen=True)
class JobsPage:
    """A page of jobs, the latest first. `rows_url` answers the table alone."""

    rows: tuple[JobRow, ...]
    kinds: Sequence[Option]
    logs: Sequence[Option]
    rows_url: str
    is_moving: bool
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class JobPage:
    """One job."""

    row: JobRow
    is_moving: bool
    findings_url: str


@dataclass(frozen=True)
class NewJobPage:
    """What starting a job will do, to be confirmed."""

    kind: str
    title_text: Both
    effect: Both
    log: int
    name: Both
    key: str


@router.get("")
def show_jobs(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    offset: Text = "",
) -> Response:
    """Show jobs."""
    return pages.render(request, "jobs.html", _build_jobs_page(parts, session, offset))


@router.get("/rows")
def show_rows(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    offset: Text = "",
) -> Response:
    """Show the table of jobs alone, for the page that keeps itself up to date."""
    return pages.render(request, "parts/job_rows.html", _build_jobs_page(parts, session, offset))


@router.get(".csv")
def export_jobs(request: Request, auditor: AuditorDep, parts: PartsDep) -> Response:
    """Export all jobs."""
    is_chinese = language_of(request) == "zh"
    return answer_csv("jobs", _HEADINGS_ZH if is_chinese else _HEADINGS, _list_cells(parts, is_chinese))


@router.get("/new")
def show_new_job(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    kind: Text = "",
    log: Text = "",
) -> Response:
    """Say what starting a job will do, and ask for confirmation."""
    wanted, number = read_job_request(kind, log)
    row = MirrorRepository(session).get_log(number)
    name = parts.sources.name_of(row.institution)
    page = NewJobPage(
        wanted, JOB_KINDS[wanted], JOB_EFFECTS[wanted], number, (name.name_en, name.name_zh), str(uuid4())
    )
    return pages.render(request, "job_new.html", page)


@router.post("")
async def start(request: Request, auditor: AuditorDep, parts: PartsDep, once: OnceDep) -> Response:
    """Start the confirmed job, and lead to it."""
    form = await read_form(request)
    kind, log = read_job_request(form.text("kind"), form.text("log"))

    def act() -> str:
        return f"/jobs/{start_job(kind, log, auditor, parts, request, form.text('key')).id}"

    return await redirect_once(once, request, auditor, act, form)


@router.get("/{job_id}")
def show_job(
    request: Request, job_id: str, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, session: ReadSession
) -> Response:
    """Show a job."""
    return pages.render(request, "job.html", _build_job_page(parts, session, job_id))


@router.get("/{job_id}/card")
def show_job_card(
    request: Request, job_id: str, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, session: ReadSession
) -> Response:
    """Show a job's state alone, for the page that keeps itself up to date."""
    return pages.render(request, "parts/job_card.html", _build_job_page(parts, session, job_id))


def read_job_request(kind: str, log: str) -> tuple[JobKind, int]:
    """Read which job is asked for. Raises FilterInvalid."""
    wanted = read_option("kind", kind, list(JobKind))
    number = read_number("log", log)
    if wanted is None:
        raise FilterInvalid("kind", "is missing", "缺少此项")
    if number is None or not 0 < number <= MAX_JSON_INTEGER:
        raise FilterInvalid("log", "is missing or no log's number", "缺少日志编号或编号无效")
    return JobKind(wanted), number


def build_job_row(job: Job, name: Both, who: Both) -> JobRow:
    """Build a row of a stored job."""
    verdict = {JobState.FAILED: "could_not_check", JobState.COULD_NOT_CHECK: "could_not_check"}
    return JobRow(
        id=job.id,
        kind=JOB_KINDS[job.kind],
        log=job.log,
        name=name,
        state=JOB_STATES[job.state],
        icon=_ICONS.get(JobState(job.state), "help-circle"),
        verdict=verdict.get(JobState(job.state)),
        problem=(job.problem_en, job.problem_zh) if job.problem_en else None,
        done=job.done,
        total=job.total,
        findings=job.findings,
        asked_by=who,
        asked_at=job.asked_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        as_of_block=job.as_of_block,
        is_under_way=job.state in UNDER_WAY,
    )


def _build_jobs_page(parts: Parts, session: Session, offset: str) -> JobsPage:
    begin = read_number("offset", offset) or 0
    found = JobRepository(session).list_page(None, begin, ROWS_A_PAGE + 1)
    rows = tuple(_build_row(parts, session, job) for job in found[:ROWS_A_PAGE])
    more = len(found) > ROWS_A_PAGE
    return JobsPage(
        rows=rows,
        kinds=KIND_OPTIONS,
        logs=list_log_options(MirrorRepository(session), parts.sources),
        rows_url=build_url("/jobs/rows", {"offset": begin or None}),
        is_moving=any(row.is_under_way for row in rows),
        next_url=build_url("/jobs", {"offset": begin + ROWS_A_PAGE}) if more else None,
        first_url="/jobs" if begin else None,
    )


def _build_job_page(parts: Parts, session: Session, job_id: str) -> JobPage:
    row = _build_row(parts, session, JobRepository(session).get(job_id))
    return JobPage(row, row.is_under_way, build_url("/findings", {"log": row.log}))


def _build_row(parts: Parts, session: Session, job: Job) -> JobRow:
    name = parts.sources.name_of(institution_of(job.log))
    return build_job_row(job, (name.name_en, name.name_zh), say_actor(session, job.asked_by))


def _list_cells(parts: Parts, is_chinese: bool) -> Iterator[Sequence[Cell]]:
    offset = 0
    while True:
        with parts.database.reading() as session:
            found = JobRepository(session).list_page(None, offset, EXPORTED_A_QUERY)
            rows = [_build_row(parts, session, job) for job in found]
        for row in rows:
            yield (
                format_time(row.asked_at),
                row.kind[is_chinese],
                row.name[is_chinese],
                row.log,
                row.state[is_chinese],
                row.problem[is_chinese] if row.problem else "",
                row.done,
                row.total,
                row.findings,
                format_time(row.started_at),
                format_time(row.ended_at),
                row.asked_by[is_chinese],
                row.id,
            )
        if len(found) < EXPORTED_A_QUERY:
            return
        offset += len(found)


_HEADINGS = (
    "asked for", "what", "institution", "log", "state", "problem", "done", "total", "findings", "began",
    "ended", "asked by", "id",
)  # fmt: skip
_HEADINGS_ZH = (
    "提出时间", "任务", "机构", "日志", "状态", "原因", "已完成", "总数", "发现", "开始",
    "结束", "提出者", "编号",
)  # fmt: skip
