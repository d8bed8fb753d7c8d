"""Keeping findings: seen again they stay one, unseen they close, an auditor's note goes with them."""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ledger_proofs.reports import Comparison
from ledger_web.clock import Clock
from ledger_web.errors import FieldProblem, NotFound, Unprocessable
from regulator_portal.audit.service import AuditTrail
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.models import Finding, FindingState

MAX_NOTE_CHARACTERS = 1_000
MAX_WHERE_CHARACTERS = 400
NODE_CODES = tuple(code.value for code in FindingCode if code.is_about_node)


class FindingNotFound(NotFound):
    """There is no finding of that id."""

    code = "finding-not-found"
    title = "No such finding"
    title_zh = "没有该发现"

    def __init__(self) -> None:
        super().__init__("Check the id, or look in the list of findings.", "请核对编号，或查看发现列表。")


class NoteInvalid(Unprocessable):
    """An acknowledgement needs a note."""

    code = "note-invalid"
    title = "The note is not valid"
    title_zh = "备注无效"

    def __init__(self) -> None:
        super().__init__(
            f"Write what you found out or did, in 1 to {MAX_NOTE_CHARACTERS} characters.",
            f"请填写核查情况或处理措施，1 至 {MAX_NOTE_CHARACTERS} 字。",
            faults=[FieldProblem("/note", "is required", "必填", "note-invalid")],
        )


@dataclass(frozen=True)
class Found:
    """What a check has just shown. `place`: a position, a checkpoint's size or a block, as the code says.

    `subject`: the commitment of the record of `institution` that it is about, where links were judged; its
    entry may not be there yet, or never.
    """

    code: FindingCode
    log: int | None
    place: int | None
    evidence: tuple[Comparison, ...]
    as_of_block: int | None = None
    step: int | None = None
    step_code: str = ""
    where: str = ""
    subject: str = ""
    institution: int | None = None

    @property
    def fingerprint(self) -> str:
        """What makes it the same finding: its code, its log and its place; or its code and whose record."""
        place = f"{self.institution}|{self.subject}" if self.subject else f"{self.log}|{self.place}"
        return hashlib.sha256(f"{self.code}|{place}".encode()).hexdigest()


@dataclass(frozen=True)
class FindingFilter:
    """Which findings to list; None for all."""

    state: str | None = None
    code: str | None = None
    log: int | None = None
    place: int | None = None


class FindingRepository:
    """Reads and writes findings within the caller's unit of work."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def note(self, found: Found, check: str) -> Finding:
        """Note what a check found: a new row, or the same row seen again, open as from now.

        `check` is the id of the check, by which `close_unseen` knows what it showed.
        """
        now = self._clock()
        row = self._session.exec(
            select(Finding).where(Finding.fingerprint == found.fingerprint)
        ).one_or_none()
        if row is None:
            row = Finding(
                id=str(uuid.uuid4()),
                fingerprint=found.fingerprint,
                code=found.code,
                verdict=WORDS[found.code].verdict,
                log=found.log,
                place=found.place,
                subject=found.subject,
                institution=found.institution,
                evidence=[],
                first_seen=now,
                last_seen=now,
                times_seen=0,
                last_check=check,
            )
        row.evidence = [each._asdict() for each in found.evidence]
        row.log, row.place = found.log, found.place
        row.step, row.step_code, row.as_of_block = found.step, found.step_code, found.as_of_block
        row.where = found.where[:MAX_WHERE_CHARACTERS]
        row.last_seen, row.state, row.closed_at = now, FindingState.OPEN, None
        row.times_seen += 1
        row.last_check = check
        self._session.add(row)
        self._session.flush()
        return row

    def close_unseen(
        self,
        log: int | None,
        codes: Iterable[FindingCode],
        check: str,
        places: tuple[int, int] | None = None,
    ) -> int:
        """Close the open findings of these codes that a check has looked for and didn't show.

        `log` None means those of the chain; `places` (first, last) is where it has looked, None: everywhere.
        Returns how many were closed.
        """
        wanted = select(Finding).where(
            Finding.state == FindingState.OPEN,
            col(Finding.code).in_(list(codes)),
            Finding.last_check != check,
            col(Finding.log).is_(None) if log is None else col(Finding.log) == log,
        )
        if places is not None:
            wanted = wanted.where(col(Finding.place) >= places[0], col(Finding.place) <= places[1])
        closed = self._session.exec(wanted).all()
        for row in closed:
            row.state, row.closed_at = FindingState.CLOSED, self._clock()
            self._session.add(row)
        return len(closed)

    def close_unplaced(self, codes: Collection[FindingCode], check: str) -> None:
        """Close the open findings of these codes about no log and no place that a check didn't show."""
        closed = self._session.exec(
            select(Finding).where(
                Finding.state == FindingState.OPEN,
                col(Finding.code).in_(list(codes)),
                Finding.last_check != check,
                col(Finding.log).is_(None),
                col(Finding.place).is_(None),
            )
        ).all()
        self._close(closed)

    def close_acknowledged(self, codes: Collection[FindingCode]) -> None:
        """Close the open findings of these codes that an auditor has acknowledged."""
        closed = self._session.exec(
            select(Finding).where(
                Finding.state == FindingState.OPEN,
                col(Finding.code).in_(list(codes)),
                col(Finding.acknowledged_at).is_not(None),
            )
        ).all()
        self._close(closed)

    def _close(self, rows: Iterable[Finding]) -> None:
        for row in rows:
            row.state, row.closed_at = FindingState.CLOSED, self._clock()
            self._session.add(row)

    def close_about(self, subject: str, institution: int, codes: Collection[FindingCode]) -> int:
        """Close the open findings of these codes about a record of an institution; say how many."""
        closed = self._session.exec(
            select(Finding).where(
                Finding.state == FindingState.OPEN,
                Finding.subject == subject,
                Finding.institution == institution,
                col(Finding.code).in_(list(codes)),
            )
        ).all()
        for row in closed:
            row.state, row.closed_at = FindingState.CLOSED, self._clock()
            self._session.add(row)
        return len(closed)

    def list_about(self, subject: str, limit: int) -> Sequence[Finding]:
        """List the findings about a record, open ones first."""
        return self._session.exec(
            select(Finding)
            .where(Finding.subject == subject)
            .order_by(col(Finding.state).desc(), col(Finding.first_seen).desc(), col(Finding.id))
            .limit(limit)
        ).all()

    def get(self, finding_id: str) -> Finding:
        """Return a finding. Raises FindingNotFound."""
        row = self._session.get(Finding, finding_id)
        if row is None:
            raise FindingNotFound
        return row

    def list(self, wanted: FindingFilter, offset: int, limit: int) -> Sequence[Finding]:
        """List findings: open ones first, then the latest first; at most `limit` from `offset` on."""
        query = self._filter(wanted).order_by(
            col(Finding.state).desc(), col(Finding.first_seen).desc(), col(Finding.id)
        )
        return self._session.exec(query.offset(offset).limit(limit)).all()

    def list_open_codes(self, log: int) -> set[str]:
        """List the codes of a log's open findings, each once however many there are."""
        wanted = select(Finding.code).where(Finding.state == FindingState.OPEN, Finding.log == log)
        return set(self._session.exec(wanted.distinct()).all())

    def find_open(self, codes: Collection[FindingCode]) -> Finding | None:
        """Find the open finding of some codes that was seen last, whatever it is about."""
        wanted = select(Finding).where(col(Finding.state) == FindingState.OPEN, col(Finding.code).in_(codes))
        return self._session.exec(wanted.order_by(col(Finding.last_seen).desc()).limit(1)).first()

    def list_open_of(self, log: int, code: FindingCode) -> Sequence[Finding]:
        """List a log's open findings of one code."""
        return self._session.exec(
            select(Finding).where(
                Finding.state == FindingState.OPEN, Finding.log == log, Finding.code == code
            )
        ).all()

    def count_shown(self, log: int, codes: Iterable[FindingCode], check: str) -> int:
        """Count the findings of these codes that a check has shown of a log so far."""
        wanted = (
            select(func.count())
            .select_from(Finding)
            .where(Finding.log == log, col(Finding.code).in_(list(codes)), Finding.last_check == check)
        )
        return self._session.exec(wanted).one()

    def count_open(self) -> dict[int | None, int]:
        """Count open findings by log, without those about nodes; None stands for those of the chain."""
        rows = self._session.execute(
            select_columns(col(Finding.log), func.count())
            .where(col(Finding.state) == FindingState.OPEN, col(Finding.code).not_in(NODE_CODES))
            .group_by(col(Finding.log))
        )
        return {row[0]: row[1] for row in rows}

    def count_open_of_nodes(self) -> int:
        """Count open findings about nodes."""
        found = self._session.execute(
            select_columns(func.count()).where(
                col(Finding.state) == FindingState.OPEN, col(Finding.code).in_(NODE_CODES)
            )
        )
        return int(found.scalar_one())

    def acknowledge(self, finding_id: str, actor: str, note: str, audit: AuditTrail) -> Finding:
        """Keep an auditor's note with a finding; it stays open or closed as it is.

        Raises FindingNotFound or NoteInvalid. The caller commits.
        """
        words = note.strip()
        if not 0 < len(words) <= MAX_NOTE_CHARACTERS or not all(
            each.isprintable() or each in "\r\n\t" for each in words
        ):
            raise NoteInvalid
        row = self.get(finding_id)
        row.acknowledged_by, row.acknowledged_at, row.acknowledged_note = actor, self._clock(), words
        self._session.add(row)
        audit.note(actor, "finding.acknowledged", f"finding:{row.id}", {"code": row.code})
        return row

    def _filter(self, wanted: FindingFilter) -> SelectOfScalar[Finding]:
        query = select(Finding)
        for column, value in (
            (Finding.state, wanted.state),
            (Finding.code, wanted.code),
            (Finding.log, wanted.log),
            (Finding.place, wanted.place),
        ):
            if value is not None:
                query = query.where(col(column) == value)
        return query
