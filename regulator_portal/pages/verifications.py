"""Results of verifications: one under its own address, and the list of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import JsonValue

from ledger_web.languages import language_of
from regulator_portal.api.dependencies import PartsDep, ReadSession
from regulator_portal.pages.csv_export import Cell, answer_csv, format_time
from regulator_portal.pages.filters import Option, build_url, read_number, read_option
from regulator_portal.pages.people import say_actor
from regulator_portal.pages.site import ROWS_A_PAGE, AuditorDep, Both, PagesDep
from regulator_portal.pages.wording import VERDICT_OPTIONS, WAYS
from regulator_portal.parts import Parts
from regulator_portal.verification.models import Verification, Way
from regulator_portal.verification.repository import VerificationRepository

EXPORTED_A_QUERY = 500
router = APIRouter(prefix="/verifications")
Text = Annotated[str, Query(max_length=100)]
SUMMARIES: dict[str, Both] = {
    "passed": ("Every step passed: the record stands as stated.", "各步骤均通过：记录与所述一致。"),
    "failed": (
        "At least one step contradicts what stands on the trusted chain. Don't rely on this evidence.",
        "至少一个步骤与所信任的链相悖。请勿采信该证据。",
    ),
    "late": (
        "The record is genuine, but was anchored too late: its signed time can't be relied on.",
        "记录属实，但锚定过迟：其签署时间不可采信。",
    ),
    "could_not_check": (
        "At least one step could not be checked. This says nothing against the record: try again later.",
        "至少一个步骤无法核验。这并不说明记录有误，请稍后重试。",
    ),
    "withheld": (
        "The gateway answered, and gave no evidence for this record. There was nothing to verify.",
        "网关有应答，但未就该记录提供证据，无从核验。",
    ),
}


@dataclass(frozen=True)
class VerificationRow:
    """One verification of the list."""

    id: str
    at: int
    outcome: str
    how: Both
    reference: str
    entry_url: str | None
    as_of_block: int | None
    asked_by: Both


@dataclass(frozen=True)
class VerificationsPage:
    """A page of verifications, newest first."""

    rows: tuple[VerificationRow, ...]
    outcome: str
    outcomes: Sequence[Option]
    next_url: str | None
    first_url: str | None
    csv_url: str
    json_url: str


@dataclass(frozen=True)
class VerificationPage:
    """One result.

    `report` has no steps where nothing came to verify; `answer` then says what the gateway did.
    """

    row: VerificationRow
    summary: Both
    answer: Both | None
    commitment: str | None
    report: dict[str, JsonValue] | None
    json_url: str


@router.get("")
def show_verifications(
    request: Request,
    auditor: AuditorDep,
    pages: PagesDep,
    session: ReadSession,
    outcome: Text = "",
    before: Text = "",
) -> Response:
    """Show what was verified."""
    wanted = read_option("outcome", outcome, [value for value, _, _ in VERDICT_OPTIONS])
    cursor = read_number("before", before)
    found = VerificationRepository(session).list_page(wanted, cursor, ROWS_A_PAGE + 1)
    shown = found[:ROWS_A_PAGE]
    more = len(found) > ROWS_A_PAGE
    names: dict[str, Both] = {row.asked_by: say_actor(session, row.asked_by) for row in shown}
    page = VerificationsPage(
        rows=tuple(_build_row(row, names[row.asked_by]) for row in shown),
        outcome=outcome,
        outcomes=VERDICT_OPTIONS,
        next_url=build_url("/verifications", {"outcome": outcome, "before": shown[-1].sequence})
        if more
        else None,
        first_url=build_url("/verifications", {"outcome": outcome}) if cursor is not None else None,
        csv_url=build_url("/verifications.csv", {"outcome": outcome}),
        json_url=build_url("/v1/verifications", {"outcome": outcome}),
    )
    return pages.render(request, "verifications.html", page)


@router.get(".csv")
def export_verifications(
    request: Request, auditor: AuditorDep, parts: PartsDep, outcome: Text = ""
) -> Response:
    """Export every verification of an outcome."""
    wanted = read_option("outcome", outcome, [value for value, _, _ in VERDICT_OPTIONS])
    is_chinese = language_of(request) == "zh"
    return answer_csv(
        "verifications", _HEADINGS_ZH if is_chinese else _HEADINGS, _list_cells(parts, wanted, is_chinese)
    )


@router.get("/{verification_id}")
def show_verification(
    request: Request, verification_id: str, auditor: AuditorDep, pages: PagesDep, session: ReadSession
) -> Response:
    """Show a result: numbered steps, each with what was compared with what."""
    row = VerificationRepository(session).get(verification_id)
    page = VerificationPage(
        row=_build_row(row, say_actor(session, row.asked_by)),
        summary=SUMMARIES[row.outcome],
        answer=_find_answer(row),
        commitment=row.commitment,
        report=dict(row.report) if row.report.get("steps") else None,  # type: ignore[arg-type] # stored as JSON
        json_url=f"/v1/verifications/{row.id}",
    )
    return pages.render(request, "verification.html", page)


def _build_row(row: Verification, who: Both) -> VerificationRow:
    entry_url = None
    if row.log is not None and row.position is not None:
        entry_url = f"/logs/{row.log}/entries/{row.position}"
    return VerificationRow(
        row.id, row.at, row.outcome, WAYS[Way(row.how)], row.reference, entry_url, row.as_of_block, who
    )


def _find_answer(row: Verification) -> Both | None:
    """Find what was said where no evidence came: which gateway fault it was, in both languages."""
    problem = row.report.get("problem")
    if not isinstance(problem, dict):
        return None
    return str(problem["message"]), str(problem["message_zh"])


def _list_cells(parts: Parts, outcome: str | None, is_chinese: bool) -> Iterator[Sequence[Cell]]:
    before: int | None = None
    while True:
        with parts.database.reading() as session:
            found = VerificationRepository(session).list_page(outcome, before, EXPORTED_A_QUERY)
            names = {row.asked_by: say_actor(session, row.asked_by) for row in found}
        for row in found:
            yield (
                format_time(row.at),
                row.outcome,
                WAYS[Way(row.how)][is_chinese],
                row.reference,
                row.log,
                row.position,
                row.commitment,
                row.as_of_block,
                names[row.asked_by][is_chinese],
                row.id,
            )
        if len(found) < EXPORTED_A_QUERY:
            return
        before = found[-1].sequence


_HEADINGS = (
    "when", "verdict", "how", "what was verified", "log", "position", "commitment", "as of block", "asked by",
    "id",
)  # fmt: skip
_HEADINGS_ZH = (
    "时间", "结果", "方式", "核验对象", "日志", "位置", "承诺", "截至区块", "核验人", "编号",
)  # fmt: skip
