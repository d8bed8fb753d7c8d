"""The body of a reversal record, schema `rx.reversal/1`: a settlement taken back (protocol 11)."""

from itertools import pairwise
from typing import Annotated, Final, Literal, Self, cast

from pydantic import Field, model_validator

from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_api.records.body_parts import HashText, Ref, Staff
from ledger_proofs.types import JsonValue

SCHEMA_NAME: Final = "rx.reversal/1"
MAX_CLAIMS: Final = 64

ReversalReason = Literal["billing_error", "returned", "audit", "other"]


class ReversalBody(BodyPart):
    """Everything that the adjudicator signs. `claims` are those of the settlement that is taken back."""

    settlement: Ref
    dispensing: Ref
    claims: Annotated[tuple[HashText, ...], Field(min_length=1, max_length=MAX_CLAIMS)]
    reason: ReversalReason
    note: Remark | None = None
    adjudicator: Staff

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(left >= right for left, right in pairwise(self.claims)):
            raise refuse("claims_order", "claims must ascend, none twice", "份额键须严格升序且不重复")
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))
