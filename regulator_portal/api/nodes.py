"""The nodes for programs: the JSON twin of the page of nodes, and retired pins."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.problems import problem_responses
from regulator_portal.api.dependencies import PartsDep, PrincipalDep, ReadSession
from regulator_portal.nodes.reporting import build_nodes_report
from regulator_portal.nodes.standings import list_retired_pins

router = APIRouter(prefix="/v1/nodes", route_class=StrictRoute, tags=["nodes"])
ROWS_A_PAGE = 100


class NodeAnswer(ApiModel):
    """How a node stood when it was last looked at. `name`: `own`, or another's host and port."""

    name: str = Field(examples=["own"])
    outcome: str = Field(description="passed, late, failed or could_not_check", examples=["passed"])
    problem: str | None = Field(description="Why, by code", examples=[None])
    block_number: int | None = Field(examples=[120])
    block_time: int | None = Field(description="Unix seconds", examples=[1_800_000_000])
    sealers: list[str] | None = Field(
        description="Who sealed that block; null where nobody's seals were checked",
        examples=[["0x" + "00" * 20]],
    )
    looked_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    answered_at: int | None = Field(description="Unix seconds", examples=[1_800_000_000])


class ValidatorAnswer(ApiModel):
    """A validator, and how many of the latest pinned blocks it sealed."""

    address: str = Field(examples=["0x" + "00" * 20])
    sealed: int = Field(examples=[98])
    counted: int = Field(examples=[100])


class NodesAnswer(ApiModel):
    """What vouches for the chain. `quorum` is 0 where the trust file names no validators."""

    quorum: int = Field(examples=[3])
    trust_block: int | None = Field(examples=[100])
    trust_at: int | None = Field(description="Unix seconds", examples=[1_800_000_000])
    validators: list[ValidatorAnswer]
    nodes: list[NodeAnswer]
    open_findings: list[str] = Field(description="Ids", examples=[[]])


class RetiredPinAnswer(ApiModel):
    """A pin that a sealed block contradicts. `place`: a block's number, or a checkpoint's size in `log`."""

    id: str = Field(examples=["9a3d7d1e-9f0e-4ad2-8f0a-6a5b4c3d2e1f"])
    kind: str = Field(description="block or checkpoint", examples=["block"])
    log: int | None = Field(examples=[None])
    place: int = Field(examples=[120])
    content: dict[str, str | int] = Field(examples=[{"hash": "0x" + "00" * 32}])
    contradicted_by: str = Field(examples=["block 120 is 0x" + "00" * 32])
    as_of_block: int = Field(examples=[130])
    retired_at: int = Field(description="Unix seconds", examples=[1_800_000_000])


class RetiredPinPage(ApiModel):
    """A page of retired pins, the latest first; the cursor is how many were listed."""

    items: list[RetiredPinAnswer]
    next_cursor: str | None = Field(examples=[None])


@router.get("", summary="How the nodes stand · 节点状况", responses=problem_responses(401))
def read_nodes(principal: PrincipalDep, parts: PartsDep, session: ReadSession) -> NodesAnswer:
    """Say what vouches for the chain, and whether nodes agree."""
    report = build_nodes_report(parts, session)
    return NodesAnswer(
        quorum=report.quorum,
        trust_block=report.trust_block,
        trust_at=report.trust_at,
        validators=[
            ValidatorAnswer(address=each.address, sealed=each.sealed, counted=each.counted)
            for each in report.validators
        ],
        nodes=[
            NodeAnswer(
                name=each.name,
                outcome=each.outcome,
                problem=each.problem,
                block_number=each.block_number,
                block_time=each.block_time,
                sealers=each.sealers,
                looked_at=each.looked_at,
                answered_at=each.answered_at,
            )
            for each in report.nodes
        ],
        open_findings=[each.id for each in report.open_findings],
    )


@router.get(
    "/retired-pins", summary="List retired pins · 已停用的钉住内容", responses=problem_responses(401, 422)
)
def list_pins(
    principal: PrincipalDep,
    session: ReadSession,
    cursor: Annotated[int, Query(ge=0, le=MAX_JSON_INTEGER)] = 0,
) -> RetiredPinPage:
    """List what a sealed block contradicts."""
    rows = list_retired_pins(session, cursor, ROWS_A_PAGE + 1)
    return RetiredPinPage(
        items=[
            RetiredPinAnswer(
                id=each.id,
                kind=each.kind,
                log=each.log,
                place=each.place,
                content=each.content,
                contradicted_by=each.contradicted_by,
                as_of_block=each.as_of_block,
                retired_at=each.retired_at,
            )
            for each in rows[:ROWS_A_PAGE]
        ],
        next_cursor=str(cursor + ROWS_A_PAGE) if len(rows) > ROWS_A_PAGE else None,
    )
