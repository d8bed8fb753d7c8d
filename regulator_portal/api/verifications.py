"""Verifications for programs: send a bundle, get its report; list and read earlier ones."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, JsonValue
from starlette.concurrency import run_in_threadpool

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_web.bodies import ApiModel, RawBody, StrictRoute, takes_body
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import OnceDep, PartsDep, PrincipalDep, ReadSession, asked_by
from regulator_portal.api.idempotent import IdempotencyKey, answer_once
from regulator_portal.verification.models import Verification
from regulator_portal.verification.repository import VerificationRepository

router = APIRouter(prefix="/v1/verifications", route_class=StrictRoute, tags=["verifications"])

VerificationOutcome = Literal["passed", "failed", "late", "could_not_check", "withheld"]


class VerificationAnswer(ApiModel):
    """One verification and its report: numbered steps, each with what was compared. The bundle isn't kept."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    how: str = Field(description="upload, reference, record or position", examples=["upload"])
    outcome: str = Field(examples=["passed"])
    at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    as_of_block: int | None = Field(examples=[120])
    log: int | None = Field(examples=[4_294_967_297])
    position: int | None = Field(examples=[17])
    commitment: str | None = Field(examples=["0x" + "00" * 32])
    report: dict[str, JsonValue] = Field(examples=[{"outcome": "passed", "as_of_block": 120, "steps": []}])


class VerificationPage(ApiModel):
    """A page of verifications, the latest first."""

    items: list[VerificationAnswer]
    next_cursor: str | None = Field(examples=[None])


@router.post(
    "",
    status_code=201,
    summary="Verify an evidence bundle · 核验证据包",
    responses=problem_responses(400, 401, 403, 409, 413, 415, 422, 503),
    response_model=VerificationAnswer,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
)
@takes_body(max_bytes=MAX_BUNDLE_BYTES, strict_json=False)
async def verify_bundle(
    content: RawBody,
    principal: PrincipalDep,
    parts: PartsDep,
    once: OnceDep,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Verify the bundle in the body, step by step. A bundle that fails is an answer, not a refusal."""
    asked = asked_by(principal, request)

    def act() -> VerificationAnswer:
        return build_verification_answer(parts.verification.verify_bytes(content, asked))

    return await run_in_threadpool(answer_once, once, request, principal, key, content, 201, act)


@router.get("", summary="List verifications · 列出核验", responses=problem_responses(401, 422))
def list_verifications(
    principal: PrincipalDep,
    session: ReadSession,
    page: PageDep,
    outcome: Annotated[VerificationOutcome | None, Query()] = None,
) -> VerificationPage:
    """List verifications, the latest first."""
    found = VerificationRepository(session).list_page(outcome, page.cursor, page.fetch)
    rows, more = page.cut(found)
    return VerificationPage(
        items=[build_verification_answer(row) for row in rows],
        next_cursor=str(rows[-1].sequence) if more else None,
    )


@router.get(
    "/{verification_id}", summary="Read a verification · 查看核验", responses=problem_responses(401, 404)
)
def read_verification(
    verification_id: str, principal: PrincipalDep, session: ReadSession
) -> VerificationAnswer:
    """Answer with a verification and its report."""
    return build_verification_answer(VerificationRepository(session).get(verification_id))


def build_verification_answer(row: Verification) -> VerificationAnswer:
    """Build the API shape of a stored verification."""
    return VerificationAnswer(
        id=row.id,
        how=row.how,
        outcome=row.outcome,
        at=row.at,
        as_of_block=row.as_of_block,
        log=row.log,
        position=row.position,
        commitment=row.commitment,
        report=dict(row.report),  # type: ignore[arg-type] # stored as JSON, read as JSON
    )
