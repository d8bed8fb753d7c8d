"""Findings for programs: list, read, acknowledge."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import OnceDep, PartsDep, PrincipalDep, ReadSession, open_trail
from regulator_portal.api.idempotent import IdempotencyKey, answer_once
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.findings.models import Finding
from regulator_portal.findings.service import FindingFilter, FindingRepository

router = APIRouter(prefix="/v1/findings", route_class=StrictRoute, tags=["findings"])


class ComparisonAnswer(ApiModel):
    """One thing that was compared."""

    what: str = Field(examples=["root"])
    expected: str = Field(examples=["0x" + "00" * 32])
    observed: str = Field(examples=["0x" + "11" * 32])


class FindingAnswer(ApiModel):
    """One finding. `place` is a position, a checkpoint's size or a block's number, as the code says."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    code: str = Field(examples=["log.root_differs"])
    verdict: str = Field(examples=["failed"])
    state: str = Field(examples=["open"])
    title: str = Field(examples=["The entries that the gateway serves don't give the root on the chain"])
    title_zh: str = Field(examples=["网关提供的条目算不出链上的根"])
    log: int | None = Field(examples=[4_294_967_297])
    place: int | None = Field(examples=[17])
    institution: int | None = Field(description="Whose record it is about", examples=[None])
    subject: str = Field(description="That record's commitment; empty for findings of logs", examples=[""])
    step: int | None = Field(description="Of a verification's report", examples=[None])
    step_code: str = Field(examples=[""])
    where: str = Field(examples=[""])
    as_of_block: int | None = Field(examples=[120])
    evidence: list[ComparisonAnswer]
    repeat_by_hand: str = Field(examples=["Fetch the log's entry tiles from position 0, ..."])
    repeat_by_hand_zh: str = Field(examples=["自位置 0 起获取该日志的条目瓦片……"])
    first_seen: int = Field(description="Unix seconds", examples=[1_800_000_000])
    last_seen: int = Field(description="Unix seconds", examples=[1_800_000_000])
    times_seen: int = Field(examples=[1])
    closed_at: int | None = Field(examples=[None])
    acknowledged_by: str | None = Field(examples=[None])
    acknowledged_at: int | None = Field(examples=[None])
    acknowledged_note: str | None = Field(examples=[None])


class FindingPage(ApiModel):
    """A page of findings: open ones first, then the latest first."""

    items: list[FindingAnswer]
    next_cursor: str | None = Field(examples=[None])


class AcknowledgementRequest(ApiModel):
    """What an auditor found out or did. No patient's data."""

    note: str = Field(max_length=1_000, examples=["The gateway was restored from a backup; log sent again."])


@router.get("", summary="List findings · 列出发现", responses=problem_responses(401, 422))
def list_findings(
    principal: PrincipalDep,
    parts: PartsDep,
    session: ReadSession,
    page: PageDep,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    code: Annotated[FindingCode | None, Query()] = None,
    log: Annotated[int | None, Query(ge=1, le=MAX_JSON_INTEGER)] = None,
) -> FindingPage:
    """List findings by state, code and log."""
    offset = page.cursor or 0
    wanted = FindingFilter(state, code, log)
    rows, more = page.cut(FindingRepository(session, parts.clock).list(wanted, offset, page.fetch))
    return FindingPage(
        items=[build_finding_answer(row) for row in rows],
        next_cursor=str(offset + len(rows)) if more else None,
    )


@router.get("/{finding_id}", summary="Read a finding · 查看发现", responses=problem_responses(401, 404))
def read_finding(
    finding_id: str, principal: PrincipalDep, parts: PartsDep, session: ReadSession
) -> FindingAnswer:
    """Answer with a finding and its evidence."""
    return build_finding_answer(FindingRepository(session, parts.clock).get(finding_id))


@router.post(
    "/{finding_id}/acknowledgements",
    status_code=201,
    summary="Acknowledge a finding with a note · 附备注确认知悉",
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
    response_model=FindingAnswer,
)
def acknowledge_finding(
    finding_id: str,
    acknowledgement: AcknowledgementRequest,
    principal: PrincipalDep,
    parts: PartsDep,
    once: OnceDep,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Keep a note with the finding; it stays open until a later check no longer shows it."""

    def act() -> FindingAnswer:
        with parts.database.writing() as session:
            trail = open_trail(session, parts, request)
            repository = FindingRepository(session, parts.clock)
            return build_finding_answer(
                repository.acknowledge(finding_id, principal.scope, acknowledgement.note, trail)
            )

    return answer_once(once, request, principal, key, acknowledgement.model_dump_json().encode(), 201, act)


def build_finding_answer(row: Finding) -> FindingAnswer:
    """Build the API shape of a stored finding."""
    words = WORDS[FindingCode(row.code)]
    return FindingAnswer(
        id=row.id,
        code=row.code,
        verdict=row.verdict,
        state=row.state,
        title=words.title_en,
        title_zh=words.title_zh,
        log=row.log,
        place=row.place,
        institution=row.institution,
        subject=row.subject,
        step=row.step,
        step_code=row.step_code,
        where=row.where,
        as_of_block=row.as_of_block,
        evidence=[ComparisonAnswer(**each) for each in row.evidence],
        repeat_by_hand=words.repeat_en,
        repeat_by_hand_zh=words.repeat_zh,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        times_seen=row.times_seen,
        closed_at=row.closed_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_note=row.acknowledged_note,
    )
