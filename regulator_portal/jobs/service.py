"""Starting and following jobs. One of a kind is under way per log; asking again gives the same one."""

import hashlib
import uuid
from collections.abc import Sequence

from sqlalchemy import case, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from ledger_web.clock import Clock
from ledger_web.errors import NotFound
from regulator_portal.audit.service import AuditTrail
from regulator_portal.identity.principal import SYSTEM
from regulator_portal.jobs.models import Job, JobKind, JobState
from regulator_portal.mirror.errors import LogNotFound
from regulator_portal.mirror.models import MirroredLog

UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


class JobNotFound(NotFound):
    """There is no job of that id."""

    code = "job-not-found"
    title = "No such job"
    title_zh = "没有该任务"

    def __init__(self) -> None:
        super().__init__("Check the id, or look in the list of jobs.", "请核对编号，或查看任务列表。")


class JobRepository:
    """Reads and writes jobs within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, job_id: str) -> Job:
        """Return a job. Raises JobNotFound."""
        job = self._session.get(Job, job_id, populate_existing=True)
        if job is None:
            raise JobNotFound
        return job

    def find_under_way(self, log: int, kind: JobKind) -> Job | None:
        """Find the job of a kind that waits or runs for a log."""
        return self._session.exec(
            select(Job).where(Job.log == log, Job.kind == kind, col(Job.state).in_(UNDER_WAY))
        ).one_or_none()

    def find_by_key(self, asked_by: str, key_sha256: str) -> Job | None:
        """Find the job that somebody started with an idempotency key."""
        return self._session.exec(
            select(Job).where(Job.asked_by == asked_by, Job.key_sha256 == key_sha256)
        ).one_or_none()

    def find_next(self) -> Job | None:
        """Find the job to do now: people's first, sweeps last, else the one that waits longest."""
        return self._session.exec(
            select(Job)
            .where(col(Job.state).in_(UNDER_WAY))
            .order_by(
                case((col(Job.asked_by) == SYSTEM, 1), else_=0),
                case((col(Job.kind) == JobKind.SWEEP, 1), else_=0),
                col(Job.asked_at),
                col(Job.id),
            )
            .limit(1)
        ).one_or_none()

    def list_page(self, log: int | None, offset: int, limit: int) -> Sequence[Job]:
        """List jobs, the latest first; at most `limit` from `offset` on."""
        wanted = select(Job)
        if log is not None:
            wanted = wanted.where(Job.log == log)
        ordered = wanted.order_by(col(Job.asked_at).desc(), col(Job.id))
        return self._session.exec(ordered.offset(offset).limit(limit)).all()

    def forget_own_ended_before(self, time: int) -> None:
        """Delete the portal's own jobs that ended well before a time and found nothing."""
        self._session.connection().execute(
            delete(Job).where(
                col(Job.asked_by) == SYSTEM,
                col(Job.state).not_in(UNDER_WAY),
                col(Job.ended_at) < time,
                col(Job.findings) == 0,
            )
        )

    def add(self, job: Job) -> None:
        """Add or update a job, at once."""
        self._session.add(job)
        self._session.flush()


def start(
    session: Session,
    clock: Clock,
    audit: AuditTrail,
    kind: JobKind,
    log: int,
    asked_by: str,
    key: str | None = None,
) -> Job:
    """Queue a job for a log, and return it; the caller commits, and wakes the worker (`parts.work.wake()`).

    The same `key` of the same person gives the same job again; a job of that kind that is under way for the
    log is returned instead of a second one. Raises LogNotFound.
    """
    repository = JobRepository(session)
    key_sha256 = None if key is None else hashlib.sha256(f"{kind}|{log}|{key}".encode()).hexdigest()
    if key_sha256 is not None:
        given = repository.find_by_key(asked_by, key_sha256)
        if given is not None:
            return given
    if session.get(MirroredLog, log) is None:
        raise LogNotFound
    under_way = repository.find_under_way(log, kind)
    if under_way is not None:
        return under_way
    job = Job(
        id=str(uuid.uuid4()),
        kind=kind,
        log=log,
        asked_by=asked_by,
        key_sha256=key_sha256,
        asked_at=clock(),
    )
    try:
        with session.begin_nested():
            repository.add(job)
    except IntegrityError:  # somebody else's came first
        found = repository.find_under_way(log, kind)
        if found is None:
            raise
        return found
    audit.note(asked_by, "job.started", f"job:{job.id}", {"kind": kind, "log": log})
    return job


def queue_own(session: Session, clock: Clock, kind: JobKind, log: int) -> Job:
    """Queue a job that the portal does by itself, unless one of that kind is under way for the log."""
    repository = JobRepository(session)
    under_way = repository.find_under_way(log, kind)
    if under_way is not None:
        return under_way
    job = Job(id=str(uuid.uuid4()), kind=kind, log=log, asked_by=SYSTEM, asked_at=clock())
    repository.add(job)
    return job
