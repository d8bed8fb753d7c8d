"""The body of an access record, schema `rx.access/1`: the answer to a demand (protocol 11).

A granted access names the hash of the wrapped key that is handed over with it, so that the clerk signs for
just these bytes; a refused one says why.
"""

from typing import Annotated, Final, Literal, Self, cast

from pydantic import Field, model_validator

from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_api.records.body_parts import HashText, Ref, Staff
from ledger_proofs.types import JsonValue

SCHEMA_NAME: Final = "rx.access/1"

AccessDecision = Literal["granted", "refused"]


class AccessBody(BodyPart):
    """Everything that the clerk signs, besides the record's id, issuer and time."""

    demand: Ref
    subject: Ref
    decision: AccessDecision
    reason: Remark | None = None
    wrapped_key_sha256: Annotated[
        HashText | None, Field(description="SHA-256 of the wrapped key handed over; only when granted.")
    ] = None
    clerk: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.decision == "granted") != (self.wrapped_key_sha256 is not None):
            raise refuse(
                "key_and_decision",
                "a wrapped key goes with a granted access, and with no other",
                "准予调阅须附封装密钥，拒绝时不得附带",
            )
        if self.decision == "refused" and self.reason is None:
            raise refuse("reason_missing", "a refused access needs a reason", "拒绝调阅须说明理由")
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))
