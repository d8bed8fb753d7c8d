"""A log: how it stands against the chain, its entries with filters, its pinned checkpoints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.languages import language_of
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.api.logs import get_log_overview
from regulator_portal.mirror.models import MirroredEntry, MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.repository import EntryFilter, MirrorRepository
from regulator_portal.overview.service import LogOverview
from regulator_portal.pages.anchoring import list_holding_checkpoints
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import Option, build_url, read_hash, read_number, read_option
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, Both, PagesDep
from regulator_portal.pages.wording import (
    ENTRY_VERDICT_OPTIONS,
    KIND_OPTIONS,
    find_log_line,
    find_log_outcome,
    say_kind,
)
from regulator_portal.parts import Parts

EXPORTED_A_QUERY = 1000
router = APIRouter(prefix="/logs")
LogPath = Annotated[int, Path(ge=1, le=MAX_JSON_INTEGER)]
Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class LogHead:
    """What stands above both tables of a log. `line` says its state in words."""

    log: MirroredLog
    name: Both
    outcome: str
    line: Both
    problem: Both | None
    age_seconds: int | None
    open_findings: int


@dataclass(frozen=True)
class EntryRow:
    """One entry of the table; what can't be read of a malformed one is None."""

    position: int
    kind: Both
    commitment: str | None
    claim_count: int | None
    not_before: int | None
    not_after: int | None
    anchored_at: int | None
    verdict: str
    step: int | None
    step_code: str | None


@dataclass(frozen=True)
class EntryFilters:
    """The filters as they stand in the URL."""

    verdict: str = ""
    kind: str = ""
    commitment: str = ""
    from_position: str = ""

    @property
    def is_set(self) -> bool:
        """Whether any is set."""
        return bool(self.verdict or self.kind or self.commitment or self.from_position)

    def as_query(self) -> dict[str, str | int | None]:
        """Return them as they stand in the URL."""
        return {
            "verdict": self.verdict,
            "kind": self.kind,
            "commitment": self.commitment,
            "from": self.from_position,
        }


@dataclass(frozen=True)
class LogEntriesPage:
    """A log with a page of its entries."""

    head: LogHead
    tab: str
    rows: tuple[EntryRow, ...]
    filters: EntryFilters
    verdicts: Sequence[Option]
    kinds: Sequence[Option]
    next_url: str | None
    first_url: str | None
    csv_url: str
    json_url: str


@dataclass(frozen=True)
class CheckpointRow:
    """One pinned checkpoint."""

    size: int
    previous_size: int
    root: str
    anchored_at: int
    outcome: str
    block_number: int
    pinned_at: int


@dataclass(frozen=True)
class LogCheckpointsPage:
    """A log with a page of its pinned checkpoints, the largest first."""

    head: LogHead
    tab: str
    rows: tuple[CheckpointRow, ...]
    next_url: str | None
    first_url: str | None
    csv_url: str
    json_url: str


@router.get("/{log}")
def show_entries(
    request: Request,
    log: LogPath,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    verdict: Text = "",
    kind: Text = "",
    commitment: Text = "",
    first: Annotated[str, Query(alias="from", max_length=100)] = "",
    after: Text = "",
) -> Response:
    """Show a log and its entries."""
    overview = get_log_overview(parts, session, log)
    filters = EntryFilters(verdict, kind, commitment, first)
    reading = EntryReading(session, overview.log, filters)
    cursor = read_number("after", after)
    found = reading.read(cursor, ROWS_A_PAGE + 1)
    rows = found[:ROWS_A_PAGE]
    path, query = f"/logs/{log}", filters.as_query()
    more = len(found) > ROWS_A_PAGE
    page = LogEntriesPage(
        head=build_log_head(overview),
        tab="entries",
        rows=tuple(rows),
        filters=filters,
        verdicts=ENTRY_VERDICT_OPTIONS,
        kinds=KIND_OPTIONS,
        next_url=build_url(path, {**query, "after": rows[-1].position}) if more else None,
        first_url=build_url(path, query) if cursor is not None else None,
        csv_url=build_url(f"{path}/entries.csv", query),
        json_url=build_url(f"/v1/logs/{log}/entries", {"verdict": verdict, "kind": kind}),
    )
    return pages.render(request, "log_entries.html", page)


@router.get("/{log}/entries.csv")
def export_entries(
    request: Request,
    log: LogPath,
    auditor: AuditorDep,
    parts: PartsDep,
    session: ReadSession,
    verdict: Text = "",
    kind: Text = "",
    commitment: Text = "",
    first: Annotated[str, Query(alias="from", max_length=100)] = "",
) -> Response:
    """Export every entry that the filters let through."""
    filters = EntryFilters(verdict, kind, commitment, first)
    row = MirrorRepository(session).get_log(log)
    EntryReading(session, row, filters)  # refuses a filter before the answer begins
    is_chinese = language_of(request) == "zh"
    headings = _ENTRY_HEADINGS_ZH if is_chinese else _ENTRY_HEADINGS
    return answer_csv(f"log-{log}-entries", headings, _list_entry_cells(parts, row, filters, is_chinese))


@router.get("/{log}/checkpoints")
def show_checkpoints(
    request: Request,
    log: LogPath,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    below: Text = "",
) -> Response:
    """Show a log and the checkpoints that were pinned of it."""
    overview = get_log_overview(parts, session, log)
    cursor = read_number("below", below)
    found = MirrorRepository(session).list_latest_checkpoints(log, cursor, ROWS_A_PAGE + 1)
    rows = tuple(_build_checkpoint_row(each) for each in found[:ROWS_A_PAGE])
    path = f"/logs/{log}/checkpoints"
    page = LogCheckpointsPage(
        head=build_log_head(overview),
        tab="checkpoints",
        rows=rows,
        next_url=build_url(path, {"below": rows[-1].size}) if len(found) > ROWS_A_PAGE else None,
        first_url=path if cursor is not None else None,
        csv_url=f"{path}.csv",
        json_url=f"/v1{path}",
    )
    return pages.render(request, "log_checkpoints.html", page)


@router.get("/{log}/checkpoints.csv")
def export_checkpoints(
    request: Request, log: LogPath, auditor: AuditorDep, parts: PartsDep, session: ReadSession
) -> Response:
    """Export every pinned checkpoint of a log."""
    MirrorRepository(session).get_log(log)
    headings = _CHECKPOINT_HEADINGS_ZH if language_of(request) == "zh" else _CHECKPOINT_HEADINGS
    return answer_csv(f"log-{log}-checkpoints", headings, _list_checkpoint_cells(parts, log))


class EntryReading:
    """Reads a log's entries as rows, within filters, each with its anchoring time. Raises FilterInvalid."""

    def __init__(self, session: Session, log: MirroredLog, filters: EntryFilters) -> None:
        self._session = session
        self._repository = MirrorRepository(session)
        self._log = log
        kind = read_option("kind", filters.kind, [value for value, _, _ in KIND_OPTIONS])
        verdict = read_option("verdict", filters.verdict, [value for value, _, _ in ENTRY_VERDICT_OPTIONS])
        self._wanted = EntryFilter(verdict, None if kind is None else int(kind))
        self._record = read_hash("commitment", filters.commitment)
        self._first = read_number("from", filters.from_position) or 0

    def read(self, after: int | None, limit: int) -> list[EntryRow]:
        """Read at most `limit` rows of positions above `after`."""
        begin = max(-1 if after is None else after, self._first - 1)
        if self._record is None:
            found = self._repository.list_entries(self._log, self._wanted, begin, limit)
        else:
            found = [
                entry
                for entry in self._repository.list_entries_of(self._record)
                if self._fits(entry) and entry.position > begin
            ]
        holding = list_holding_checkpoints(self._session, self._log.log, [entry.position for entry in found])
        return [build_entry_row(entry, holding.get(entry.position)) for entry in found]

    def _fits(self, entry: MirroredEntry) -> bool:
        wanted = self._wanted
        return (
            entry.log == self._log.log
            and wanted.verdict in (None, entry.verdict)
            and wanted.kind in (None, entry.kind)
        )


def build_entry_row(row: MirroredEntry, holding: PinnedCheckpoint | None) -> EntryRow:
    """Build a row of an entry and the first checkpoint that holds it."""
    try:
        entry = parse_entry(row.entry)
    except MalformedInput:
        entry = None
    return EntryRow(
        position=row.position,
        kind=say_kind(0 if entry is None else entry.kind),
        commitment=None if entry is None else to_hex(entry.record),
        claim_count=None if entry is None else entry.claim_count,
        not_before=None if entry is None else _shown_time(entry.not_before),
        not_after=None if entry is None else _shown_time(entry.not_after),
        anchored_at=None if holding is None else holding.anchored_at,
        verdict=row.verdict,
        step=row.step,
        step_code=row.step_code,
    )


def build_log_head(overview: LogOverview) -> LogHead:
    """Build what stands above a log's tables."""
    log, institution = overview.log, overview.institution
    return LogHead(
        log=log,
        name=(institution.name_en, institution.name_zh),
        outcome=find_log_outcome(log.state, log.head_size),
        line=find_log_line(log.state, log.head_size),
        problem=(log.problem_en, log.problem_zh) if log.problem_en else None,
        age_seconds=overview.age_seconds,
        open_findings=overview.open_findings,
    )


LATEST_SHOWN_TIME = 253_402_300_799
"""The last second of the year 9999: what a gateway states beyond it can't be written as a date."""


def _shown_time(at: int) -> int | None:
    return at if 0 < at <= LATEST_SHOWN_TIME else None


def _build_checkpoint_row(row: PinnedCheckpoint) -> CheckpointRow:
    return CheckpointRow(
        row.size,
        row.previous_size,
        to_hex(row.root),
        row.anchored_at,
        row.outcome,
        row.block_number,
        row.pinned_at,
    )


def _read_chunk(parts: Parts, log: MirroredLog, filters: EntryFilters, after: int | None) -> list[EntryRow]:
    with parts.database.reading() as session:
        return EntryReading(session, log, filters).read(after, EXPORTED_A_QUERY)


def _list_entry_cells(
    parts: Parts, log: MirroredLog, filters: EntryFilters, is_chinese: bool
) -> Iterator[Sequence[Cell]]:
    after: int | None = None
    while rows := _read_chunk(parts, log, filters, after):
        for row in rows:
            yield (
                row.position,
                row.kind[is_chinese],
                row.commitment,
                row.claim_count,
                format_time(row.not_before),
                format_time(row.not_after),
                format_time(row.anchored_at),
                row.verdict,
                row.step,
                row.step_code,
            )
        after = rows[-1].position


def _list_checkpoint_cells(parts: Parts, log: int) -> Iterator[Sequence[Cell]]:
    below: int | None = None
    while True:
        with parts.database.reading() as session:
            found = MirrorRepository(session).list_latest_checkpoints(log, below, EXPORTED_A_QUERY)
        for each in found:
            yield (
                each.size,
                each.previous_size,
                to_hex(each.root),
                format_time(each.anchored_at),
                each.outcome,
                each.block_number,
                format_time(each.pinned_at),
            )
        if not found:
            return
        below = found[-1].size


_ENTRY_HEADINGS = (
    "position", "kind", "commitment", "claims", "not before", "not after", "anchoring time", "verdict",
    "step", "code",
)  # fmt: skip
_ENTRY_HEADINGS_ZH = (
    "位置", "类别", "承诺", "份额数", "时段起", "时段止", "锚定时间", "结果", "步骤", "代码",
)  # fmt: skip
_CHECKPOINT_HEADINGS = (
    "size", "extends", "root", "anchoring time", "own copy's root", "as of block", "pinned",
)  # fmt: skip
_CHECKPOINT_HEADINGS_ZH = ("大小", "延伸自", "根", "锚定时间", "自有副本的根", "截至区块", "钉住时间")
