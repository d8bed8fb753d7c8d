"""API shapes of voids, besides those that all signed records share."""

from typing import Annotated

from pydantic import Field

from ledger_api.prescriptions.body import MAX_CLAIMS
from ledger_api.records.body_fields import Remark
from ledger_api.records.body_parts import MAX_WINDOW
from ledger_api.signing.schemas import EXAMPLE_ID, Uuid
from ledger_api.voids.body import VoidReason
from ledger_web.bodies import ApiModel

Ordinal = Annotated[int, Field(ge=0, lt=MAX_CLAIMS)]


class VoidRequest(ApiModel):
    """Which claims of one window of a prescription of the hospital are taken back, and why."""

    prescription_id: Uuid = Field(examples=[EXAMPLE_ID])
    window: Annotated[int, Field(ge=0, le=MAX_WINDOW)] = Field(default=0, examples=[0])
    ordinals: Annotated[list[Ordinal], Field(min_length=1, max_length=MAX_CLAIMS)] | None = Field(
        default=None, examples=[[0, 2]], description="Left out: every claim that isn't used yet"
    )
    reason: VoidReason = Field(examples=["prescribing_error"])
    note: Remark | None = Field(default=None, examples=["Wrong strength"])
