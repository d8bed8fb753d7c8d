"""API shapes of reviews, besides those that all signed records share."""

from typing import Annotated

from pydantic import Field

from ledger_api.records.body_fields import Statement
from ledger_api.reviews.body import Decision, ReviewReason
from ledger_api.signing.schemas import RecordPlace
from ledger_web.bodies import ApiModel


class ReviewRequest(ApiModel):
    """What the pharmacist found. The prescription is the institution's own, or one that it fetched."""

    prescription: RecordPlace
    decision: Decision = Field(examples=["approved"])
    reasons: Annotated[list[ReviewReason], Field(min_length=1, max_length=8)] | None = Field(
        default=None, examples=[["dose"]], description="Required where it is rejected"
    )
    opinion: Statement | None = Field(
        default=None,
        examples=["Please check the daily dose."],
        description="Required where it is rejected: what the doctor should look at",
    )
