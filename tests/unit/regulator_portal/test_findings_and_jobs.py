"""Findings are never doubled or deleted; one job of a kind per log; the trail is append-only."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger_proofs.reports import Comparison
from ledger_web.clock import system_clock
from ledger_web.database import Database
from regulator_portal.audit.service import AuditTrail
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.service import (
    FindingFilter,
    FindingNotFound,
    FindingRepository,
    Found,
    NoteInvalid,
)
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.jobs.service import JobNotFound, JobRepository, queue_own, start
from regulator_portal.mirror.errors import LogNotFound
from regulator_portal.mirror.models import MirroredLog
from regulator_portal.mirror.repository import MirrorRepository

LOG = 1 << 32 | 1
FOUND = Found(FindingCode.ROOT_DIFFERS, LOG, 8, (Comparison("root", "0x1", "0x2"),), 3)


def test_the_same_thing_found_again_is_the_same_row(database: Database) -> None:
    for check in ("a", "b"):
        with database.writing() as session:
            FindingRepository(session, system_clock).note(FOUND, check)
    with database.reading() as session:
        rows = FindingRepository(session, system_clock).list(FindingFilter(), 0, 10)
    assert [(row.times_seen, row.state, row.verdict) for row in rows] == [(2, "open", "failed")]


def test_a_check_closes_only_what_it_has_looked_for_and_where(database: Database) -> None:
    with database.writing() as session:
        FindingRepository(session, system_clock).note(FOUND, "a")
    for log, codes, places in (
        (LOG + 1, (FOUND.code,), None),
        (LOG, (FindingCode.ENTRY_CHANGED,), None),
        (LOG, (FOUND.code,), (0, 7)),
        (None, (FOUND.code,), None),
    ):
        with database.writing() as session:
            assert FindingRepository(session, system_clock).close_unseen(log, codes, "b", places) == 0
    with database.writing() as session:
        assert FindingRepository(session, system_clock).close_unseen(LOG, (FOUND.code,), "a") == 0
        assert FindingRepository(session, system_clock).close_unseen(LOG, (FOUND.code,), "b", (8, 8)) == 1
    with database.writing() as session:
        again = FindingRepository(session, system_clock).note(FOUND, "c")
        assert (again.state, again.closed_at, again.times_seen) == ("open", None, 2)


def test_every_code_has_its_words() -> None:
    assert set(WORDS) == set(FindingCode)
    for words in WORDS.values():
        assert words.verdict in ("failed", "late", "withheld")
        assert all((words.title_en, words.title_zh, words.repeat_en, words.repeat_zh))


def test_an_acknowledgement_needs_words_and_is_noted(database: Database) -> None:
    with database.writing() as session:
        finding = FindingRepository(session, system_clock).note(FOUND, "a")
    with database.writing() as session:
        repository, audit = FindingRepository(session, system_clock), AuditTrail(session, system_clock, "r")
        for note in ("", "  ", "x" * 1001, "a\x00b"):
            with pytest.raises(NoteInvalid):
                repository.acknowledge(finding.id, "auditor:1", note, audit)
        with pytest.raises(FindingNotFound):
            repository.acknowledge("nothing", "auditor:1", "seen", audit)
        repository.acknowledge(finding.id, "auditor:1", " asked the hospital ", audit)
    with database.reading() as session:
        assert (
            FindingRepository(session, system_clock).get(finding.id).acknowledged_note == "asked the hospital"
        )
        assert [row.action for row in AuditTrail(session, system_clock, "r").list_page(None, 9)] == [
            "finding.acknowledged"
        ]


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_audit_trail_refuses_changes(database: Database, act: str) -> None:
    with database.writing() as session:
        AuditTrail(session, system_clock, "r").note("a", "b", "c")
    with pytest.raises(DBAPIError), database.writing() as session:
        session.connection().execute(text(act))


def test_one_job_of_a_kind_is_under_way_per_log(database: Database) -> None:
    with database.writing() as session:
        MirrorRepository(session).add(MirroredLog(log=LOG, institution=1, generation=1))
    ids = []
    for key in ("k", "k", "other"):
        with database.writing() as session:
            audit = AuditTrail(session, system_clock, "r")
            ids.append(start(session, system_clock, audit, JobKind.RECHECK, LOG, "auditor:1", key).id)
    assert len(set(ids)) == 1
    with database.writing() as session:
        assert queue_own(session, system_clock, JobKind.RECHECK, LOG).id == ids[0]
        jobs = JobRepository(session)
        job = jobs.get(ids[0])
        job.state = JobState.DONE
        jobs.add(job)
    with database.writing() as session:
        audit = AuditTrail(session, system_clock, "r")
        assert start(session, system_clock, audit, JobKind.RECHECK, LOG, "auditor:1", "k").id == ids[0]
        assert start(session, system_clock, audit, JobKind.RECHECK, LOG, "auditor:1", "new").id != ids[0]
        with pytest.raises(LogNotFound):
            start(session, system_clock, audit, JobKind.MIRROR, 5, "auditor:1")
        with pytest.raises(JobNotFound):
            JobRepository(session).get("nothing")


def test_peoples_jobs_come_first_and_sweeps_last(database: Database) -> None:
    with database.writing() as session:
        mirror = MirrorRepository(session)
        mirror.add(MirroredLog(log=LOG, institution=1, generation=1))
        queue_own(session, system_clock, JobKind.SWEEP, LOG)
        queue_own(session, system_clock, JobKind.MIRROR, LOG)
        found = JobRepository(session).find_next()
        assert found is not None
        assert found.kind == JobKind.MIRROR
        audit = AuditTrail(session, system_clock, "r")
        start(session, system_clock, audit, JobKind.RECHECK, LOG, "auditor:1")
        found = JobRepository(session).find_next()
        assert found is not None
        assert found.kind == JobKind.RECHECK
