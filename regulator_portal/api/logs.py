"""Mirrored logs for programs: the log, its entries, its pinned checkpoints."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlmodel import Session

from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import MAX_JSON_INTEGER, MAX_UINT16
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, ReadSession
from regulator_portal.api.jobs import LogNumber
from regulator_portal.api.overview import LogAnswer, build_log_answer
from regulator_portal.findings.service import FindingRepository
from regulator_portal.mirror.errors import EntryNotFound
from regulator_portal.mirror.models import EntryVerdict, MirroredEntry, MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.repository import EntryFilter, MirrorRepository
from regulator_portal.overview.service import LogOverview, build_log_overview
from regulator_portal.parts import Parts

router = APIRouter(prefix="/v1/logs", route_class=StrictRoute, tags=["logs"])

Position = Annotated[int, Path(ge=0, le=MAX_JSON_INTEGER, description="from 0", examples=[17])]
_RESPONSES = problem_responses(401, 404, 422)


class EntryAnswer(ApiModel):
    """One mirrored entry. What can't be read of a malformed one is null."""

    position: int = Field(examples=[17])
    entry: str = Field(description="Its bytes, as the root was computed from them", examples=["0x00"])
    kind: int | None = Field(examples=[1])
    commitment: str | None = Field(examples=["0x" + "00" * 32])
    author: str | None = Field(description="Hash of the author's signature", examples=["0x" + "00" * 32])
    claim_count: int | None = Field(examples=[2])
    not_before: int | None = Field(description="Unix seconds", examples=[1_800_000_000])
    not_after: int | None = Field(description="Unix seconds", examples=[1_800_086_400])
    terms: str | None = Field(examples=["0x" + "00" * 32])
    verdict: str = Field(examples=["passed"])
    step: int | None = Field(description="The step that decided, if it didn't pass", examples=[None])
    step_code: str | None = Field(examples=[None])
    as_of_block: int | None = Field(examples=[120])
    verified_at: int | None = Field(description="Unix seconds", examples=[1_800_000_000])


class EntryPage(ApiModel):
    """A page of a log's entries, in their order; the cursor is a position."""

    items: list[EntryAnswer]
    next_cursor: str | None = Field(examples=[None])


class PinnedCheckpointAnswer(ApiModel):
    """A checkpoint as the chain had it when it was pinned, and whether the own copy's root is the same."""

    size: int = Field(examples=[123])
    previous_size: int = Field(examples=[120])
    root: str = Field(examples=["0x" + "00" * 32])
    anchored_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    outcome: str = Field(description="pending, passed, failed or barred", examples=["passed"])
    block_number: int = Field(description="As of which it was pinned", examples=[120])
    block_hash: str = Field(examples=["0x" + "00" * 32])
    pinned_at: int = Field(description="Unix seconds", examples=[1_800_000_000])


class PinnedCheckpointPage(ApiModel):
    """A page of a log's pinned checkpoints, the largest first; the cursor is a size."""

    items: list[PinnedCheckpointAnswer]
    next_cursor: str | None = Field(examples=[None])


@router.get("/{log}", summary="Read a mirrored log · 查看日志镜像", responses=_RESPONSES)
def read_log(log: LogNumber, principal: PrincipalDep, parts: PartsDep, session: ReadSession) -> LogAnswer:
    """Answer with how a log stands against the chain."""
    return build_log_answer(get_log_overview(parts, session, log))


@router.get("/{log}/entries", summary="List mirrored entries · 列出已镜像条目", responses=_RESPONSES)
def list_entries(
    log: LogNumber,
    principal: PrincipalDep,
    session: ReadSession,
    page: PageDep,
    verdict: Annotated[EntryVerdict | None, Query()] = None,
    kind: Annotated[int | None, Query(ge=0, le=MAX_UINT16)] = None,
) -> EntryPage:
    """List a log's entries by verdict and kind."""
    repository = MirrorRepository(session)
    row = repository.get_log(log)
    found = repository.list_entries(row, EntryFilter(verdict, kind), page.cursor, page.fetch)
    rows, more = page.cut(found)
    return EntryPage(
        items=[build_entry_answer(each) for each in rows],
        next_cursor=str(rows[-1].position) if more else None,
    )


@router.get("/{log}/entries/{position}", summary="Read a mirrored entry · 查看条目", responses=_RESPONSES)
def read_entry(
    log: LogNumber, position: Position, principal: PrincipalDep, session: ReadSession
) -> EntryAnswer:
    """Answer with the entry at a position."""
    return build_entry_answer(get_entry(MirrorRepository(session), log, position))


@router.get(
    "/{log}/checkpoints", summary="List pinned checkpoints · 列出已钉住的检查点", responses=_RESPONSES
)
def list_checkpoints(
    log: LogNumber, principal: PrincipalDep, session: ReadSession, page: PageDep
) -> PinnedCheckpointPage:
    """List what the portal pinned of the log on the chain."""
    repository = MirrorRepository(session)
    repository.get_log(log)
    rows, more = page.cut(repository.list_latest_checkpoints(log, page.cursor, page.fetch))
    return PinnedCheckpointPage(
        items=[_build_checkpoint_answer(each) for each in rows],
        next_cursor=str(rows[-1].size) if more else None,
    )


def get_log_overview(parts: Parts, session: Session, log: int) -> LogOverview:
    """Return a log as the overview shows it. Raises LogNotFound."""
    row: MirroredLog = MirrorRepository(session).get_log(log)
    open_findings = FindingRepository(session, parts.clock).count_open().get(log, 0)
    return build_log_overview(row, parts.sources, parts.clock(), open_findings)


def get_entry(repository: MirrorRepository, log: int, position: int) -> MirroredEntry:
    """Return the entry at a position. Raises LogNotFound or EntryNotFound."""
    repository.get_log(log)
    entry = repository.find_entry(log, position)
    if entry is None:
        raise EntryNotFound
    return entry


def build_entry_answer(row: MirroredEntry) -> EntryAnswer:
    """Build the API shape of a mirrored entry."""
    try:
        entry = parse_entry(row.entry)
    except MalformedInput:
        entry = None
    return EntryAnswer(
        position=row.position,
        entry=to_hex(row.entry),
        kind=None if entry is None else entry.kind,
        commitment=None if entry is None else to_hex(entry.record),
        author=None if entry is None else to_hex(entry.author),
        claim_count=None if entry is None else entry.claim_count,
        not_before=None if entry is None else entry.not_before,
        not_after=None if entry is None else entry.not_after,
        terms=None if entry is None else to_hex(entry.terms),
        verdict=row.verdict,
        step=row.step,
        step_code=row.step_code,
        as_of_block=row.as_of_block,
        verified_at=row.verified_at,
    )


def _build_checkpoint_answer(row: PinnedCheckpoint) -> PinnedCheckpointAnswer:
    return PinnedCheckpointAnswer(
        size=row.size,
        previous_size=row.previous_size,
        root=to_hex(row.root),
        anchored_at=row.anchored_at,
        outcome=row.outcome,
        block_number=row.block_number,
        block_hash=to_hex(row.block_hash),
        pinned_at=row.pinned_at,
    )
