"""Findings: the list with its filters, one finding with its evidence, and its acknowledgement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response

from ledger_proofs.types import institution_of
from ledger_web.errors import ServiceError
from ledger_web.languages import language_of
from ledger_web.problems import status_of
from regulator_portal.api.dependencies import OnceDep, PartsDep, ReadSession, open_trail
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.models import Finding, FindingState
from regulator_portal.findings.service import FindingFilter, FindingRepository, NoteInvalid
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import Option, build_url, read_number, read_option
from regulator_portal.pages.forms import read_form
from regulator_portal.pages.meaning import Meaning
from regulator_portal.pages.meanings import find_meaning
from regulator_portal.pages.once import redirect_once
from regulator_portal.pages.people import say_actor
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, Both, PagesDep
from regulator_portal.parts import Parts
from regulator_portal.sources.files import InstitutionName, Sources

EXPORTED_A_QUERY = 500
router = APIRouter(prefix="/findings")
Text = Annotated[str, Query(max_length=100)]
STATE_OPTIONS: Sequence[Option] = (
    ("open", "open", "未关闭"),
    ("closed", "closed", "已关闭"),
    ("all", "all", "全部"),
)
CODE_OPTIONS: Sequence[Option] = tuple(
    (code.value, words.title_en, words.title_zh) for code, words in WORDS.items()
)
CHAIN: Both = ("the chain", "链")
NODE: Both = ("a node", "节点")
_CHECKPOINT_CODES = (
    FindingCode.ROOT_DIFFERS,
    FindingCode.PIN_DIFFERS,
    FindingCode.NOT_EXTENSION,
    FindingCode.NODE_PIN_RETIRED,
)


@dataclass(frozen=True)
class FindingRow:
    """One finding of a list. `place` is said in words; `place_url` leads to the entry, where it is one."""

    id: str
    code: str
    verdict: str
    title: Both
    institution: Both
    institution_number: int | None
    log: int | None
    place: Both | None
    place_url: str | None
    first_seen: int
    last_seen: int
    times_seen: int
    is_open: bool
    is_acknowledged: bool


@dataclass(frozen=True)
class FindingFilters:
    """The filters as they stand in the URL; what is open is shown unless something else is asked for."""

    state: str = "open"
    code: str = ""
    log: str = ""

    @property
    def is_set(self) -> bool:
        """Whether any is set."""
        return bool(self.code or self.log or self.state != "open")

    def as_query(self) -> dict[str, str | int | None]:
        """Return them as they stand in the URL."""
        return {"state": "" if self.state == "open" else self.state, "code": self.code, "log": self.log}


@dataclass(frozen=True)
class FindingsPage:
    """A page of findings."""

    rows: tuple[FindingRow, ...]
    filters: FindingFilters
    states: Sequence[Option]
    codes: Sequence[Option]
    logs: Sequence[Option]
    next_url: str | None
    first_url: str | None
    csv_url: str
    json_url: str


@dataclass(frozen=True)
class FindingPage:
    """One finding. `typed_note` and `refusal`: what was sent and why it wasn't taken."""

    row: FindingRow
    meaning: Meaning
    evidence: list[dict[str, str]]
    step: int | None
    step_code: str
    where: str
    as_of_block: int | None
    closed_at: int | None
    repeat: Both
    acknowledged_by: Both | None
    acknowledged_at: int | None
    note: str | None
    key: str
    json_url: str
    typed_note: str = ""
    refusal: ServiceError | None = None


@router.get("")
def show_findings(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
    state: Text = "open",
    code: Text = "",
    log: Text = "",
    offset: Text = "",
) -> Response:
    """Show findings, open ones first."""
    filters = FindingFilters(state or "open", code, log)
    begin = read_number("offset", offset) or 0
    found = FindingRepository(session, parts.clock).list(read_filter(filters), begin, ROWS_A_PAGE + 1)
    query = filters.as_query()
    more = len(found) > ROWS_A_PAGE
    page = FindingsPage(
        rows=tuple(build_finding_row(row, parts.sources) for row in found[:ROWS_A_PAGE]),
        filters=filters,
        states=STATE_OPTIONS,
        codes=CODE_OPTIONS,
        logs=list_log_options(MirrorRepository(session), parts.sources),
        next_url=build_url("/findings", {**query, "offset": begin + ROWS_A_PAGE}) if more else None,
        first_url=build_url("/findings", query) if begin else None,
        csv_url=build_url("/findings.csv", query),
        json_url=build_url(
            "/v1/findings",
            {"state": "" if filters.state == "all" else filters.state, "code": code, "log": log},
        ),
    )
    return pages.render(request, "findings.html", page)


@router.get(".csv")
def export_findings(
    request: Request,
    auditor: AuditorDep,
    parts: PartsDep,
    state: Text = "open",
    code: Text = "",
    log: Text = "",
) -> Response:
    """Export every finding that the filters let through."""
    wanted = read_filter(FindingFilters(state or "open", code, log))
    is_chinese = language_of(request) == "zh"
    headings = _HEADINGS_ZH if is_chinese else _HEADINGS
    return answer_csv("findings", headings, _list_cells(parts, wanted, is_chinese))


@router.get("/{finding_id}")
def show_finding(
    request: Request,
    finding_id: str,
    auditor: AuditorDep,
    parts: PartsDep,
    pages: PagesDep,
    session: ReadSession,
) -> Response:
    """Show a finding with its evidence."""
    return pages.render(request, "finding.html", build_finding_page(parts, finding_id))


@router.post("/{finding_id}/acknowledgement")
async def acknowledge_finding(
    request: Request, finding_id: str, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, once: OnceDep
) -> Response:
    """Keep the auditor's note with the finding."""
    form = await read_form(request)

    def act() -> str:
        with parts.database.writing() as session:
            trail = open_trail(session, parts, request)
            repository = FindingRepository(session, parts.clock)
            repository.acknowledge(finding_id, auditor.scope, form.text("note"), trail)
        return f"/findings/{finding_id}"

    try:
        return await redirect_once(once, request, auditor, act, form)
    except NoteInvalid as refusal:
        page = build_finding_page(parts, finding_id, form.text("note"), refusal)
        return pages.render(request, "finding.html", page, status=status_of(refusal))


def read_filter(filters: FindingFilters) -> FindingFilter:
    """Read the filters of a URL. Raises FilterInvalid."""
    state = read_option("state", filters.state, [value for value, _, _ in STATE_OPTIONS])
    code = read_option("code", filters.code, [value for value, _, _ in CODE_OPTIONS])
    return FindingFilter(None if state == "all" else state, code, read_number("log", filters.log))


def build_finding_row(row: Finding, sources: Sources) -> FindingRow:
    """Build a row of a stored finding."""
    words = WORDS[FindingCode(row.code)]
    institution = _find_institution(row, sources)
    nobody = NODE if FindingCode(row.code).is_about_node else CHAIN
    place, place_url = _say_place(row)
    return FindingRow(
        id=row.id,
        code=row.code,
        verdict=row.verdict,
        title=(words.title_en, words.title_zh),
        institution=nobody if institution is None else (institution.name_en, institution.name_zh),
        institution_number=None if institution is None else institution.number,
        log=row.log,
        place=place,
        place_url=place_url,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        times_seen=row.times_seen,
        is_open=row.state == FindingState.OPEN,
        is_acknowledged=row.acknowledged_at is not None,
    )


def _find_institution(row: Finding, sources: Sources) -> InstitutionName | None:
    if FindingCode(row.code).is_about_node:
        return None
    if row.institution is not None:
        return sources.name_of(row.institution)
    return None if row.log is None else sources.name_of(institution_of(row.log))


def build_finding_page(
    parts: Parts, finding_id: str, typed_note: str = "", refusal: ServiceError | None = None
) -> FindingPage:
    """Build the page of a finding. Raises FindingNotFound."""
    with parts.database.reading() as session:
        row = FindingRepository(session, parts.clock).get(finding_id)
        who = None if row.acknowledged_by is None else say_actor(session, row.acknowledged_by)
    words = WORDS[FindingCode(row.code)]
    return FindingPage(
        row=build_finding_row(row, parts.sources),
        meaning=find_meaning(row.code),
        evidence=row.evidence,
        step=row.step,
        step_code=row.step_code,
        where=row.where,
        as_of_block=row.as_of_block,
        closed_at=row.closed_at,
        repeat=(words.repeat_en, words.repeat_zh),
        acknowledged_by=who,
        acknowledged_at=row.acknowledged_at,
        note=row.acknowledged_note,
        key=str(uuid4()),
        json_url=f"/v1/findings/{finding_id}",
        typed_note=typed_note,
        refusal=refusal,
    )


def list_log_options(repository: MirrorRepository, sources: Sources) -> list[Option]:
    """List the logs by their institution's name, for a filter or a form."""
    options = []
    for log in repository.list_logs():
        name = sources.name_of(log.institution)
        suffix = f" · {log.generation}" if log.generation > 1 else ""
        options.append((str(log.log), name.name_en + suffix, name.name_zh + suffix))
    return options


def _say_place(row: Finding) -> tuple[Both | None, str | None]:
    if row.subject:
        shown = f"{row.subject[:10]}…{row.subject[-6:]}"
        return (f"record {shown}", f"记录 {shown}"), f"/records/{row.subject}"
    if row.place is None:
        return None, None
    if row.log is None:
        return (f"block {row.place:,}", f"区块 {row.place:,}"), None
    if row.code in _CHECKPOINT_CODES:
        return (f"checkpoint {row.place:,}", f"检查点 {row.place:,}"), f"/logs/{row.log}/checkpoints"
    return (f"position {row.place:,}", f"位置 {row.place:,}"), f"/logs/{row.log}/entries/{row.place}"


def _list_cells(parts: Parts, wanted: FindingFilter, is_chinese: bool) -> Iterator[Sequence[Cell]]:
    offset = 0
    while True:
        with parts.database.reading() as session:
            found = FindingRepository(session, parts.clock).list(wanted, offset, EXPORTED_A_QUERY)
        for row in found:
            shown = build_finding_row(row, parts.sources)
            yield (
                shown.verdict,
                shown.code,
                shown.title[is_chinese],
                shown.institution[is_chinese],
                shown.log,
                row.place,
                row.step,
                row.state,
                format_time(row.first_seen),
                format_time(row.last_seen),
                row.times_seen,
                format_time(row.acknowledged_at),
                row.acknowledged_note,
                row.id,
            )
        if len(found) < EXPORTED_A_QUERY:
            return
        offset += len(found)


_HEADINGS = (
    "verdict", "code", "what was found", "institution", "log", "place", "step", "state", "first seen",
    "last seen", "times seen", "acknowledged", "note", "id",
)  # fmt: skip
_HEADINGS_ZH = (
    "结果", "代码", "发现", "机构", "日志", "位置", "步骤", "状态", "首次发现",
    "最近发现", "次数", "知悉时间", "备注", "编号",
)  # fmt: skip
