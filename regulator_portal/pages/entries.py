"""One entry: what stands in it, what its evidence showed, and the seven steps of its latest verification."""

from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from pydantic import JsonValue

from ledger_proofs import merkle
from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import MAX_JSON_INTEGER
from regulator_portal.api.dependencies import OnceDep, PartsDep, ReadSession, asked_by
from regulator_portal.api.logs import get_entry, get_log_overview
from regulator_portal.findings.service import FindingFilter, FindingRepository
from regulator_portal.mirror.models import MirroredEntry
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.pages.findings import FindingRow, build_finding_row
from regulator_portal.pages.logs import EntryRow, LogPath, build_entry_row
from regulator_portal.pages.once import redirect_once
from regulator_portal.pages.site import AuditorDep, Both, PagesDep
from regulator_portal.verification.models import Verification
from regulator_portal.verification.repository import VerificationRepository

FINDINGS_SHOWN = 20
router = APIRouter(prefix="/logs/{log}/entries")
PositionPath = Annotated[int, Path(ge=0, le=MAX_JSON_INTEGER)]


@dataclass(frozen=True)
class EntryPage:
    """One entry. `report` is that of the latest verification that somebody asked for, None before."""

    log: int
    name: Both
    row: EntryRow
    author: str | None
    terms: str | None
    leaf: str
    checkpoint_size: int | None
    verified_at: int | None
    findings: tuple[FindingRow, ...]
    report: dict[str, JsonValue] | None
    verification_id: str | None
    verification_at: int | None
    previous_url: str | None
    next_url: str | None
    json_url: str
    key: str


@router.get("/{position}")
def show_entry(
    request: Request,
    log: LogPath,
    position: PositionPath,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show an entry."""
    repository = MirrorRepository(session)
    overview = get_log_overview(parts, session, log)
    entry = get_entry(repository, log, position)
    holding = repository.find_checkpoint_holding(log, position)
    latest = next(iter(VerificationRepository(session).list_of_entry(log, position, 1)), None)
    author, terms = _read_hashes(entry)
    path = f"/logs/{log}/entries"
    page = EntryPage(
        log=log,
        name=(overview.institution.name_en, overview.institution.name_zh),
        row=build_entry_row(entry, holding),
        author=author,
        terms=terms,
        leaf=to_hex(merkle.leaf_hash(entry.entry)),
        checkpoint_size=None if holding is None else holding.size,
        verified_at=entry.verified_at,
        findings=tuple(
            build_finding_row(found, parts.sources)
            for found in FindingRepository(session, parts.clock).list(
                FindingFilter(log=log, place=position), 0, FINDINGS_SHOWN
            )
            if found.code.startswith(ENTRY_CODES)
        ),
        report=_find_report(latest),
        verification_id=None if latest is None else latest.id,
        verification_at=None if latest is None else latest.at,
        previous_url=f"{path}/{position - 1}" if position > overview.log.base_size else None,
        next_url=f"{path}/{position + 1}" if position + 1 < overview.log.size else None,
        json_url=f"/v1{path}/{position}",
        key=str(uuid4()),
    )
    return pages.render(request, "entry.html", page)


ENTRY_CODES = ("evidence.", "entry.", "log.entry_")
"""The findings whose place is an entry's position."""


@router.post("/{position}/verification")
async def verify_entry(
    request: Request,
    log: LogPath,
    position: PositionPath,
    auditor: AuditorDep,
    parts: PartsDep,
    once: OnceDep,
) -> Response:
    """Fetch and verify the entry's evidence now, and show the result under its own address."""
    asked = asked_by(auditor, request)

    def act() -> str:
        with parts.database.reading() as session:
            get_entry(MirrorRepository(session), log, position)
        return f"/verifications/{parts.verification.verify_position(log, position, asked).id}"

    return await redirect_once(once, request, auditor, act)


def _read_hashes(row: MirroredEntry) -> tuple[str | None, str | None]:
    try:
        entry = parse_entry(row.entry)
    except MalformedInput:
        return None, None
    return to_hex(entry.author), to_hex(entry.terms)


def _find_report(latest: Verification | None) -> dict[str, JsonValue] | None:
    if latest is None or not latest.report.get("steps"):
        return None
    return dict(latest.report)  # type: ignore[arg-type] # stored as JSON, read as JSON
