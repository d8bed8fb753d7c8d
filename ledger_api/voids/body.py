"""The body of a void record, schema `rx.void/1`, as a doctor signs it (protocol 11)."""

from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, model_validator

from ledger_api.prescriptions.body import MAX_CLAIMS
from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_api.records.body_parts import Staff, WindowRef

SCHEMA_NAME: Final = "rx.void/1"

VoidReason = Literal["withdrawn", "prescribing_error", "allergy", "patient_request", "duplicate", "other"]
Ordinals = Annotated[
    tuple[Annotated[int, Strict(), Field(ge=0, lt=MAX_CLAIMS)], ...],
    Field(min_length=1, max_length=MAX_CLAIMS),
]


class VoidBody(BodyPart):
    """Everything that the doctor signs, besides the record's id, issuer and time."""

    prescription: WindowRef
    ordinals: Annotated[Ordinals, Field(description="The claims taken back, ascending.")]
    reason: VoidReason
    note: Remark | None = None
    prescriber: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(left >= right for left, right in pairwise(self.ordinals)):
            raise refuse("ordinals_order", "claims must ascend, none twice", "份额序号须严格升序且不重复")
        return self
