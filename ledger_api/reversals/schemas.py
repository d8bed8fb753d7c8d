"""API shapes of reversals."""

from pydantic import Field

from ledger_api.records.body_fields import Remark
from ledger_api.reversals.body import ReversalReason
from ledger_api.signing.schemas import EXAMPLE_ID, Uuid
from ledger_web.bodies import ApiModel


class ReversalPrepare(ApiModel):
    """Which settlement is taken back, and why."""

    settlement_id: Uuid = Field(examples=[EXAMPLE_ID])
    reason: ReversalReason = Field(examples=["billing_error"])
    note: Remark | None = Field(default=None, examples=["金额录入有误"])
