"""The body of a refusal record, schema `rx.refusal/1`, as a pharmacist signs it (protocol 11)."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, model_validator

from ledger_api.records.body_fields import BodyPart, Remark, refuse
from ledger_api.records.body_parts import Ref, Staff, WindowRef

SCHEMA_NAME: Final = "rx.refusal/1"
CHAIN_REFUSED: Final = "chain_refused"

RefusalReason = Literal["not_entitled", "chain_refused", "clinical", "pack", "identity", "expired", "other"]
ErrorName = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]
"""An error of the claim register, as the contract names it."""


class RefusalBody(BodyPart):
    """Everything that the pharmacist signs, besides the record's id, issuer and time."""

    prescription: WindowRef
    dispensing: Annotated[
        Ref | None, Field(description="The dispensing that the chain refused, where one was signed.")
    ] = None
    reason: RefusalReason
    chain_error: ErrorName | None = None
    note: Remark | None = None
    pharmacist: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        told = (self.dispensing is not None, self.chain_error is not None)
        if told != (self.reason == CHAIN_REFUSED,) * 2:
            raise refuse(
                "chain_refusal_incomplete",
                "`chain_refused` goes with the dispensing and the chain's error, and only it does",
                "chain_refused 须同时给出发药记录和链上错误；其他理由不得给出",
            )
        return self
