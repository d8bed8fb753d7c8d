"""The body of a review record, schema `rx.review/1`, as a pharmacist signs it (protocol 11)."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ledger_api.records.body_fields import BodyPart, Statement, refuse
from ledger_api.records.body_parts import Ref, Staff

SCHEMA_NAME: Final = "rx.review/1"
APPROVED: Final = "approved"

Decision = Literal["approved", "rejected"]
ReviewReason = Literal[
    "identity", "incomplete", "dose", "interaction", "duplicate", "allergy", "indication", "other"
]
Reasons = Annotated[tuple[ReviewReason, ...], Field(min_length=1, max_length=8)]


class ReviewBody(BodyPart):
    """Everything that the pharmacist signs, besides the record's id, issuer and time."""

    prescription: Ref
    decision: Decision
    reasons: Annotated[Reasons | None, Field(description="What was found; none for a plain approval.")] = None
    opinion: Annotated[Statement | None, Field(description="Required where it is rejected.")] = None
    pharmacist: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.reasons is not None and len(set(self.reasons)) != len(self.reasons):
            raise refuse("reason_repeated", "name each reason once", "同一理由只列一次")
        if self.decision != APPROVED and (self.reasons is None or self.opinion is None):
            raise refuse(
                "rejection_unexplained",
                "a rejection gives at least one reason, and an opinion that the doctor can act on",
                "审核不通过须至少列明一项理由，并写明医师可据以处理的审核意见",
            )
        return self
