"""Which lot records speak of a pack: where a regulator goes on from a token that it saw on the chain."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ledger_api.identity.dependencies import require
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.lots.repository import LotRepository
from ledger_api.parts import ReadSession
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import InstitutionRole
from ledger_web.bodies import ApiModel, StrictRoute
from ledger_web.problems import problem_responses

router = APIRouter(prefix="/v1/evidence", route_class=StrictRoute, tags=["log"])

RegulatorDep = Annotated[Principal, Depends(require(Role.REGULATOR))]


class LotRecordName(ApiModel):
    """A lot record: its evidence is at `/v1/evidence/{id}`."""

    institution: int = Field(examples=[401])
    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])


class LotRecordList(ApiModel):
    """The lot records that speak of a pack: that commissioned it, or recalled it or its whole lot."""

    items: list[LotRecordName]


@router.get(
    "/lots",
    summary="Find the lot records of a pack · 查找包装所属批次的记录",
    responses=problem_responses(401, 403, 422),
)
def list_lots(
    _regulator: RegulatorDep,
    session: ReadSession,
    token: Annotated[str, Query(pattern=r"^0x[0-9a-f]{64}$", description="The pack's token")],
) -> LotRecordList:
    """Name the lot records of this gateway's manufacturers that speak of a pack."""
    makers = [
        tenant.number
        for tenant in IdentityRepository(session).list_institutions()
        if tenant.roles & InstitutionRole.MANUFACTURER
    ]
    lots = LotRepository(session)
    found = [record for maker in makers for record in lots.list_about(maker, [bytes.fromhex(token[2:])])]
    return LotRecordList(
        items=[
            LotRecordName(institution=record.institution, id=record.id, commitment=to_hex(record.commitment))
            for record in sorted(found, key=lambda record: record.sequence or 0)
        ]
    )
