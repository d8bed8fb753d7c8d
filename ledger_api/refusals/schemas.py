"""API shapes of refusals, besides those that all signed records share."""

from pydantic import Field

from ledger_api.records.body_fields import Remark
from ledger_api.refusals.body import RefusalReason
from ledger_api.signing.schemas import Uuid, WindowPlace
from ledger_web.bodies import ApiModel


class RefusalRequest(ApiModel):
    """What isn't handed over, and why."""

    prescription: WindowPlace
    dispensing_id: Uuid | None = Field(
        default=None,
        examples=[None],
        description="With `chain_refused`: the dispensing that the chain refused",
    )
    reason: RefusalReason = Field(examples=["identity"])
    note: Remark | None = Field(default=None, examples=["No document was shown"])
