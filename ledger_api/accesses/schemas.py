"""API shapes of incoming demands and of accesses."""

from typing import Any, Self

from pydantic import Field, model_validator

from ledger_api.accesses.body import AccessDecision
from ledger_api.deliveries.models import DeliveryState
from ledger_api.demands.body import Purpose
from ledger_api.demands.models import AnswerState
from ledger_api.demands.schemas import RecordName
from ledger_api.records.body_fields import Remark, refuse
from ledger_api.signing.schemas import EXAMPLE_ID, Uuid
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import ApiModel


class DemandName(ApiModel):
    """Which demand is answered."""

    institution: int = Field(ge=1, le=MAX_INSTITUTION, examples=[900])
    id: Uuid = Field(examples=[EXAMPLE_ID])


class AccessRequest(ApiModel):
    """What the clerk answers. A refusal needs a reason."""

    demand: DemandName
    decision: AccessDecision = Field(examples=["granted"])
    reason: Remark | None = Field(default=None, examples=["该记录涉及另案，已报请上级"])

    @model_validator(mode="after")
    def _refusal_has_reason(self) -> Self:
        if self.decision == "refused" and self.reason is None:
            raise refuse("reason_missing", "a refused access needs a reason", "拒绝调阅须说明理由")
        return self


class IncomingDemandSummary(ApiModel):
    """A demand that reached the institution."""

    id: str = Field(examples=[EXAMPLE_ID])
    regulator: int = Field(examples=[900])
    subject: RecordName
    subject_kind: str = Field(examples=["prescription"])
    purpose: Purpose = Field(examples=["audit"])
    answer_by: int = Field(examples=[1_800_600_000], description="Unix seconds")
    received_at: int = Field(examples=[1_800_000_000])
    state: AnswerState = Field(examples=["open"])
    is_overdue: bool = Field(examples=[False])
    access_id: str | None = Field(examples=[None])
    delivery: DeliveryState | None = Field(examples=[None], description="Of the answer, once it is signed")


class IncomingDemandPage(ApiModel):
    """A page of incoming demands, the newest first."""

    items: list[IncomingDemandSummary]
    next_cursor: str | None = Field(examples=[None])


class IncomingDemandAnswer(ApiModel):
    """A demand in full: what it says, and how it was verified when it came."""

    summary: IncomingDemandSummary
    grounds: str = Field(examples=["抽查：结算金额与处方不符"])
    officer: dict[str, Any] = Field(examples=[{"name": "周监管（示例）", "code": "O-zhou"}])
    commitment: str
    bundle: dict[str, Any] = Field(description="The demand's bundle, rxledger.bundle/1 or /2")
