"""The body of a dispensing record, schema `rx.dispensing/1`, as a pharmacist signs it (protocol 11.2).

It names the prescriptions' windows with the claims it uses, the pharmacist's own review, the packs with what
was taken from them, and the charges, line by line. `use` is what the chain is told: its hash is the terms of
the record's entry. `review` is the review of the first prescription where there are several.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Annotated, Final, Literal, Self, cast

from pydantic import Field, Strict, ValidationError, model_validator

from ledger_api.prescriptions.body import MAX_CLAIMS, Amount, LineNumber
from ledger_api.records.body_fields import BodyPart, CalendarDay, Code, CodeSystem, Label, Unit, refuse
from ledger_api.records.body_parts import HashText, InstitutionId, MinorAmount, Ref, Staff, WindowRef
from ledger_proofs.types import MAX_INSTITUTION, MAX_UINT32, JsonValue
from ledger_web.errors import Unprocessable
from ledger_web.faults import explain_faults

SCHEMA_NAME: Final = "rx.dispensing/1"
CURRENCY: Final = "CNY"
MAX_PRESCRIPTIONS: Final = 16  # protocol 8: grants of one item
MAX_PACKS: Final = 64
MAX_CHARGES: Final = 128
MAX_FLAGS: Final = 16

Units = Annotated[int, Strict(), Field(ge=1, le=MAX_UINT32)]
Place = Annotated[int, Strict(), Field(ge=0, lt=MAX_PRESCRIPTIONS)]
"""The place of a prescription in `prescriptions`, from 0."""
FlagCode = Annotated[str, Strict(), Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=32)]
Ordinal = Annotated[int, Strict(), Field(ge=0, lt=MAX_CLAIMS)]


class UsedClaim(BodyPart):
    """One claim of a prescription that is used, with the line and quantity that it stands for."""

    ordinal: Ordinal
    line: LineNumber
    quantity: Amount


class DispensedPrescription(WindowRef):
    """A prescription's window, and the claims of it that are used."""

    claims: Annotated[tuple[UsedClaim, ...], Field(min_length=1, max_length=MAX_CLAIMS)]


class LinePlace(BodyPart):
    """A line of one of the prescriptions."""

    prescription: Place
    line: LineNumber


class Product(BodyPart):
    """What a pack holds, by some system of codes."""

    code_system: CodeSystem
    code: Code
    name: Label


class DispensedPack(BodyPart):
    """One pack: its canonical trace code and token, its units, what of it was taken, and for which line.

    `flags` are what a check of the pack found and the pharmacist went on with.
    """

    code: Annotated[str, Strict(), Field(pattern=r"^(cn20|gs1|other):[!-~]{1,200}$")]
    form: Literal["cn20", "gs1", "other"]
    token: HashText
    product: Product | None = None
    lot: Code | None = None
    expires_on: CalendarDay | None = None
    unit: Unit
    total_units: Units
    units_used: Units
    line: LinePlace
    flags: Annotated[tuple[FlagCode, ...], Field(max_length=MAX_FLAGS)]

    @model_validator(mode="after")
    def _within_the_pack(self) -> Self:
        if self.units_used > self.total_units:
            raise refuse(
                "pack_units", "more units used than the pack holds", "使用的制剂单位多于包装所含数量"
            )
        if not self.code.startswith(self.form + ":"):
            raise refuse("pack_form", "the code isn't of that form", "编码与所述形式不符")
        return self


class Charge(BodyPart):
    """What one line costs: quantity times price, rounded to minor units, half up."""

    prescription: Place
    line: LineNumber
    name: Label
    quantity: Amount
    unit_price_minor: MinorAmount
    amount_minor: MinorAmount

    @model_validator(mode="after")
    def _multiplied(self) -> Self:
        if self.amount_minor != price_of(self.quantity.value, self.unit_price_minor):
            raise refuse(
                "amount_differs",
                "the amount must be quantity times price, rounded half up",
                "金额必须等于数量乘单价，四舍五入",
            )
        return self


class Charges(BodyPart):
    """All lines and their sum. Money is in minor units (fen)."""

    currency: Literal["CNY"]
    lines: Annotated[tuple[Charge, ...], Field(min_length=1, max_length=MAX_CHARGES)]
    total_minor: MinorAmount

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.total_minor != sum(line.amount_minor for line in self.lines):
            raise refuse("total_differs", "the total must be the sum of the lines", "合计必须等于各行之和")
        places = [(line.prescription, line.line) for line in self.lines]
        if any(left >= right for left, right in pairwise(places)):
            raise refuse(
                "charges_order", "each line is charged once, in order", "每个处方行只计费一次，并按顺序排列"
            )
        return self


class StatedClaim(BodyPart):
    """A claim in the use, with the restore count that it had."""

    claim: HashText
    restore_count: Annotated[int, Strict(), Field(ge=0, lt=2**14)]


class StatedPack(BodyPart):
    """Units of a pack in the use."""

    token: HashText
    total_units: Units
    units_used: Units


class StatedUse(BodyPart):
    """What the chain is told (protocol 4.2, 11.1)."""

    kind: Literal[1]
    spender: InstitutionId
    payer: Annotated[int, Strict(), Field(ge=0, le=MAX_INSTITUTION)]
    claims: Annotated[tuple[StatedClaim, ...], Field(min_length=1, max_length=MAX_CLAIMS)]
    packs: Annotated[tuple[StatedPack, ...], Field(max_length=MAX_PACKS)]


class DispensingBody(BodyPart):
    """Everything that the pharmacist signs, besides the record's id, issuer and time."""

    prescriptions: Annotated[
        tuple[DispensedPrescription, ...], Field(min_length=1, max_length=MAX_PRESCRIPTIONS)
    ]
    review: Annotated[Ref, Field(description="The dispensing institution's own approving review.")]
    pharmacist: Staff
    packs: Annotated[tuple[DispensedPack, ...], Field(max_length=MAX_PACKS)]
    charges: Charges
    is_offline: Literal[True] | None = None
    use: StatedUse

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _verify_claims(self.prescriptions)
        lines = _lines_of(self.prescriptions)
        if [(charge.prescription, charge.line) for charge in self.charges.lines] != lines:
            raise refuse(
                "charges_incomplete",
                "charge each line that is dispensed, and no other",
                "须对每个发出的处方行计费，且不得包含其他行",
            )
        if any((pack.line.prescription, pack.line.line) not in lines for pack in self.packs):
            raise refuse("pack_line", "a pack is for a line that isn't dispensed", "包装所属的处方行未发出")
        stated = [(pack.token, pack.total_units, pack.units_used) for pack in self.use.packs]
        if sorted((pack.token, pack.total_units, pack.units_used) for pack in self.packs) != stated:
            raise refuse(
                "packs_differ",
                "the use must state the packs' tokens and units, ascending, none twice",
                "use 中须按令牌升序列出各包装的令牌与数量，不得重复",
            )
        if len(self.use.claims) != sum(len(each.claims) for each in self.prescriptions):
            raise refuse("claims_differ", "the use must state each claim once", "use 中每个份额恰好列出一次")
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", exclude_none=True))


class DispensingInvalid(Unprocessable):
    """The dispensing isn't of the schema: `faults` name each member at fault."""

    code = "dispensing-invalid"
    title = "The dispensing does not fit its schema"
    title_zh = "发药记录不符合规定的结构"


def parse_body(value: JsonValue) -> DispensingBody:
    """Parse a complete body from strictly parsed JSON. Raises DispensingInvalid."""
    try:
        return DispensingBody.model_validate(value)
    except ValidationError as error:
        raise DispensingInvalid(
            "Correct the members named in `errors`. The schema is docs/schemas/rx.dispensing-1.schema.json.",
            "请更正 errors 中列出的各项。结构见 docs/schemas/rx.dispensing-1.schema.json。",
            faults=explain_faults(error.errors(include_url=False, include_input=False)).faults,
        ) from None


def price_of(quantity: str, unit_price_minor: int) -> int:
    """Return quantity times price in minor units, rounded half up."""
    with localcontext(prec=64):  # of the longest quantity and price no digit is lost
        return int((Decimal(quantity) * unit_price_minor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _verify_claims(prescriptions: Sequence[DispensedPrescription]) -> None:
    for each in prescriptions:
        ordinals = [claim.ordinal for claim in each.claims]
        if any(left >= right for left, right in pairwise(ordinals)):
            raise refuse("claims_order", "claims must ascend, none twice", "份额须严格升序且不重复")
    windows = [(each.institution, each.id, each.window) for each in prescriptions]
    if len(set(windows)) != len(windows):
        raise refuse("prescription_repeated", "name each prescription's window once", "同一处方时段只列一次")


def _lines_of(prescriptions: Sequence[DispensedPrescription]) -> list[tuple[int, int]]:
    """Return the lines that are dispensed: (place of the prescription, line's number), ascending."""
    return sorted({(place, claim.line) for place, each in enumerate(prescriptions) for claim in each.claims})
