"""API shapes of restores, besides those that all signed records share."""

from pydantic import Field

from ledger_api.records.body_fields import Remark
from ledger_api.restores.body import RestoreReason
from ledger_api.signing.schemas import EXAMPLE_ID, Uuid
from ledger_web.bodies import ApiModel


class RestoreRequest(ApiModel):
    """Which of your institution's dispensings to undo, as a whole, and why."""

    dispensing_id: Uuid = Field(examples=[EXAMPLE_ID])
    reason: RestoreReason = Field(examples=["returned"])
    note: Remark | None = Field(default=None, examples=[None])
