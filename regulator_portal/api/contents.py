"""Contents handed over for a demand, for programs: the JSON twin of the page."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, asked_by
from regulator_portal.api.records import HASH, HashPath
from regulator_portal.contents.service import ContentService

router = APIRouter(prefix="/v1/demands", route_class=StrictRoute, tags=["records"])


class ContentAnswer(ApiModel):
    """What came. `record` is null unless it gives the demanded record's commitment."""

    demand: str = Field(examples=[HASH])
    commitment: str = Field(examples=[HASH])
    institution: int = Field(examples=[201])
    outcome: str = Field(
        description="passed, failed, withheld, pending (unanswered) or could_not_check", examples=["passed"]
    )
    code: str = Field(examples=["passed"])
    message: str = Field(examples=["The content gives the demanded record's commitment."])
    message_zh: str = Field(examples=["内容与所要求记录的承诺一致。"])
    record: dict[str, Any] | None = Field(examples=[None])


@router.get(
    "/{commitment}/content",
    summary="Read a content handed over · 读取所提供的内容",
    responses=problem_responses(401, 404, 422),
)
def read_content(
    commitment: HashPath, principal: PrincipalDep, parts: PartsDep, request: Request, response: Response
) -> ContentAnswer:
    """Fetch and verify what was handed over. Nothing is kept; that it was read is noted."""
    service = ContentService(parts.database, parts.clock, parts.sources, parts.gateways)
    found = service.read(bytes.fromhex(commitment[2:]), asked_by(principal, request))
    response.headers["Cache-Control"] = "no-store"
    return ContentAnswer(
        demand=found.demand,
        commitment=found.commitment,
        institution=found.institution,
        outcome=found.outcome,
        code=found.code,
        message=found.words[0],
        message_zh=found.words[1],
        record=found.record if isinstance(found.record, dict) else None,
    )
