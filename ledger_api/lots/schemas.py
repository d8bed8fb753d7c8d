"""API shapes of lots, besides those that all signed records share."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from ledger_api.lots.body import MAX_PACKS, LotEvent, UnitsPerPack
from ledger_api.records.body_fields import CalendarDay, Code, CodeSystem, Label, Remark, Unit
from ledger_proofs.packs import MAX_PACK_CODE_CHARACTERS
from ledger_web.bodies import ApiModel

PackCodeText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PACK_CODE_CHARACTERS)]

EXAMPLE_LOT: dict[str, Any] = {
    "event": "commissioned",
    "product": {
        "code_system": "rxledger-example-drug",
        "code": "EX-0009",
        "name": "苯磺酸氨氯地平片",
        "specification": "5mg*7片",
    },
    "lot": "EX20260901",
    "made_on": "2026-09-01",
    "expires_on": "2028-08-31",
    "unit": "盒",
    "units_per_pack": 1,
    "codes": ["83012345678901234567", "83012345678901234568"],
}


def _show_example(schema: dict[str, Any]) -> None:
    schema["examples"] = [EXAMPLE_LOT]


class ProductRequest(ApiModel):
    """What is in the packs."""

    code_system: CodeSystem
    code: Code
    name: Label
    specification: Label


class LotRequest(ApiModel):
    """A lot with the codes on its packs. A recall states the lot as it was commissioned."""

    model_config = ConfigDict(json_schema_extra=_show_example)

    event: LotEvent
    product: ProductRequest
    lot: Code
    made_on: CalendarDay
    expires_on: CalendarDay
    unit: Unit
    units_per_pack: UnitsPerPack
    codes: Annotated[list[PackCodeText], Field(max_length=MAX_PACKS)] = Field(
        default=[],
        description="As scanned. Only their tokens go into the record. A recall without codes is of the whole"
        " lot; a lot of more packs is commissioned by several records.",
    )
    reason: Remark | None = Field(default=None, description="Of a recall, and only of a recall")
