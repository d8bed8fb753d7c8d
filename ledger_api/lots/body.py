"""The body of a lot record, schema `rx.lot/1`, as a manufacturer's releaser signs it (protocol 11).

Packs stand in it by their tokens alone, never by their codes. A recall names the lot as its commissioning
did, and the packs it is about; none for the whole lot.
"""

from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, model_validator

from ledger_api.records.body_fields import (
    BodyPart,
    CalendarDay,
    Code,
    CodeSystem,
    Label,
    Remark,
    Unit,
    refuse,
)
from ledger_api.records.body_parts import HashText, Staff
from ledger_proofs.types import MAX_UINT32

SCHEMA_NAME: Final = "rx.lot/1"
COMMISSIONED: Final = "commissioned"
RECALLED: Final = "recalled"
MAX_PACKS: Final = 1500  # a record has at most 262,144 bytes and 4,096 fields (protocol 1)

LotEvent = Literal["commissioned", "recalled"]
UnitsPerPack = Annotated[int, Strict(), Field(ge=1, le=MAX_UINT32)]


class Product(BodyPart):
    """What is in the packs."""

    code_system: CodeSystem
    code: Code
    name: Label
    specification: Label


class LotBody(BodyPart):
    """Everything that the releaser signs, besides the record's id, issuer and time."""

    event: LotEvent
    product: Product
    lot: Code
    made_on: CalendarDay
    expires_on: CalendarDay
    unit: Unit
    units_per_pack: UnitsPerPack
    packs: Annotated[
        tuple[HashText, ...],
        Field(
            max_length=MAX_PACKS, description="Tokens, ascending; a recall without packs is of the whole lot."
        ),
    ]
    reason: Remark | None = None
    releaser: Staff

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(left >= right for left, right in pairwise(self.packs)):
            raise refuse("packs_order", "tokens must ascend, none twice", "令牌须严格升序且不重复")
        if self.expires_on < self.made_on:  # the one accepted spelling of days sorts as the days do
            raise refuse("lot_days", "the lot expires before it was made", "有效期早于生产日期")
        if self.event == COMMISSIONED and not self.packs:
            raise refuse("lot_empty", "a commissioned lot has packs", "赋码批次须至少有一个包装")
        if (self.event == RECALLED) != (self.reason is not None):
            raise refuse(
                "recall_reason",
                "a recall, and nothing else, gives its reason",
                "召回须说明原因，其他情形不填写",
            )
        return self
