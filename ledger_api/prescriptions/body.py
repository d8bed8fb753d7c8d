"""The body of a prescription record, schema `rx.prescription/1`, as a doctor signs it.

Item types are those of the national e-prescription interface (rxItemTypeCode: 11 western medicine, 12
patent Chinese medicine, 13 decoction pieces). A *claim* is the smallest part of a line that is dispensed on
its own; the claims of a line add up to its quantity. A *window* is when the claims can be used; each further
window is a repeat and becomes an entry of its own. *Holders* are the one-time addresses, one per claim, whose
keys hand claims over.

What holds on any day stands here; what depends on the day of issue, in `prescribing_rules`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final, Literal, Self, cast

from pydantic import Field, Strict, ValidationError, model_validator

from ledger_api.records.body_fields import (
    BodyPart,
    CalendarDay,
    Code,
    CodeSystem,
    HolderAddress,
    Label,
    Name,
    PositiveDecimal,
    Remark,
    Unit,
    UtcTime,
    refuse,
)
from ledger_proofs.types import JsonValue
from ledger_web.errors import Unprocessable
from ledger_web.faults import explain_faults

SCHEMA_NAME: Final = "rx.prescription/1"
MAX_LINES: Final = 60
MAX_CLAIMS: Final = 64  # protocol 3.1, kind 1
MAX_WINDOWS: Final = 12
MAX_DAYS: Final = 84  # twelve weeks: the longest supply there is (long-term prescriptions)
DECOCTION_PIECES: Final = "13"
RESIDENT_ID_CARD: Final = "01"

PrescriptionType = Literal["ordinary", "emergency", "paediatric", "narcotic_psychotropic_1", "psychotropic_2"]
ItemType = Literal["11", "12", "13"]
ControlClass = Literal["narcotic", "psychotropic_1", "psychotropic_2", "toxic", "radioactive"]
ControlForm = Literal["injection", "sustained_release", "other"]
ControlIndication = Literal["severe_pain", "adhd"]
SupplyReasonCode = Literal["chronic", "elderly", "special", "long_term"]
Days = Annotated[int, Strict(), Field(ge=1, le=MAX_DAYS)]
LineNumber = Annotated[int, Strict(), Field(ge=1, le=MAX_LINES)]


class Patient(BodyPart):
    """Whom it is for. Personal data: stands only in the encrypted record and in what the holder discloses."""

    name: Name
    id_type: Annotated[
        str,
        Strict(),
        Field(pattern=r"^[0-9]{2}$", description="psnCertType of the insurer: 01 is the resident ID card."),
    ]
    id_number: Code
    sex: Literal["male", "female", "unknown"]
    birth_date: CalendarDay
    insurance_number: Code | None = None

    @model_validator(mode="after")
    def _id_card_shape(self) -> Self:
        number = self.id_number
        shaped = (
            len(number) == 18 and number.isascii() and number[:17].isdigit() and number[17] in "0123456789X"
        )
        if self.id_type == RESIDENT_ID_CARD and not shaped:
            raise refuse(
                "id_number_shape",
                "id_number of a resident ID card (id_type 01) has 17 digits and a digit or X (GB 11643)",
                "居民身份证（id_type 01）号码须为 17 位数字加一位数字或 X（GB 11643）",
            )
        return self


class Prescriber(BodyPart):
    """The doctor who signs, by her code with the national insurer (drCode), and her department."""

    name: Name
    code: Code
    department_code: Code | None = None
    department_name: Name | None = None


class Diagnosis(BodyPart):
    """A diagnosis the prescription rests on."""

    system: CodeSystem
    code: Code
    name: Label


class Amount(BodyPart):
    """A positive number with its unit."""

    value: PositiveDecimal
    unit: Unit


class Control(BodyPart):
    """What the limits for controlled drugs need to know of a line."""

    control_class: Annotated[ControlClass, Field(alias="class")]
    form: ControlForm
    indication: ControlIndication | None = None


class Line(BodyPart):
    """One drug: what, how it is taken, for how many days, and how much is supplied in each window."""

    number: LineNumber
    item_type: Annotated[
        ItemType,
        Field(description="rxItemTypeCode: 11 western, 12 patent Chinese medicine, 13 decoction pieces."),
    ]
    code_system: CodeSystem
    code: Code
    name: Label
    specification: Label
    dose: Amount
    frequency: Annotated[
        str,
        Strict(),
        Field(pattern=r"^[A-Z0-9]{1,10}$", description="usedFrquCodg, such as QD, BID, TID, QID, QN or ST."),
    ]
    route: Annotated[Label, Field(max_length=50)]
    days: Days
    quantity: Amount
    control: Control | None = None
    note: Remark | None = None


class Claim(BodyPart):
    """A numbered right to a part of a line."""

    ordinal: Annotated[int, Strict(), Field(ge=0, lt=MAX_CLAIMS)]
    line: LineNumber
    part: Annotated[int, Strict(), Field(ge=1, le=MAX_CLAIMS)]
    quantity: Amount


class Window(BodyPart):
    """When the claims can be used; both bounds count."""

    not_before: UtcTime
    not_after: UtcTime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.not_after < self.not_before:
            raise refuse("window_reversed", "a window ends before it begins", "时段的结束时间早于开始时间")
        return self


class SupplyReason(BodyPart):
    """Why more is supplied than the usual days."""

    code: SupplyReasonCode
    text: Remark


Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=MAX_LINES)]
Diagnoses = Annotated[tuple[Diagnosis, ...], Field(min_length=1, max_length=16)]
Claims = Annotated[tuple[Claim, ...], Field(min_length=1, max_length=MAX_CLAIMS)]
Windows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=MAX_WINDOWS)]
Holders = Annotated[tuple[HolderAddress, ...], Field(max_length=MAX_CLAIMS)]


class PrescriptionBody(BodyPart):
    """Everything that the doctor signs, besides the record's id, issuer and time."""

    type: PrescriptionType
    patient: Patient
    prescriber: Prescriber
    diagnoses: Diagnoses
    lines: Lines
    claims: Claims
    windows: Windows
    holders: Annotated[
        Holders,
        Field(description="One one-time address per claim, or none: then only the issuer itself dispenses."),
    ]
    supply_reason: SupplyReason | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        verify_line_numbers(self.lines)
        verify_claims(self.lines, self.claims)
        verify_windows(self.windows)
        verify_holders(self.holders, len(self.claims))
        return self

    def as_json(self) -> dict[str, JsonValue]:
        """Return the body as the JSON object that goes into the record; absent members are left out."""
        return cast("dict[str, JsonValue]", self.model_dump(mode="json", by_alias=True, exclude_none=True))


class PrescriptionInvalid(Unprocessable):
    """The prescription isn't of the schema: `faults` name each member at fault."""

    code = "prescription-invalid"
    title = "The prescription does not fit its schema"
    title_zh = "处方不符合规定的结构"


def invalid_prescription(error: ValidationError) -> PrescriptionInvalid:
    """Make the refusal of a body or draft that isn't of its schema."""
    return PrescriptionInvalid(
        "Correct the members named in `errors`. The schema is docs/schemas/rx.prescription-1.schema.json.",
        "请更正 errors 中列出的各项。结构见 docs/schemas/rx.prescription-1.schema.json。",
        faults=explain_faults(error.errors(include_url=False, include_input=False)).faults,
    )


def parse_body(value: JsonValue) -> PrescriptionBody:
    """Parse a complete body from strictly parsed JSON. Raises PrescriptionInvalid."""
    try:
        return PrescriptionBody.model_validate(value)
    except ValidationError as error:
        raise invalid_prescription(error) from None


def verify_line_numbers(lines: Sequence[Line]) -> None:
    """Lines are numbered 1, 2, 3, ... in their order."""
    if [line.number for line in lines] != list(range(1, len(lines) + 1)):
        raise refuse(
            "line_numbers",
            "lines must be numbered 1, 2, 3, ... in their order",
            "处方行须按顺序从 1 开始编号",
        )


def verify_claims(lines: Sequence[Line], claims: Sequence[Claim]) -> None:
    """Claims are numbered from 0, the parts of a line from 1, and together they are exactly its quantity."""
    if [claim.ordinal for claim in claims] != list(range(len(claims))):
        raise refuse(
            "claim_ordinals",
            "claims must be numbered 0, 1, 2, ... in their order",
            "权利份额须按顺序从 0 开始编号",
        )
    by_line: Mapping[int, list[Claim]] = {line.number: [] for line in lines}
    for claim in claims:
        if claim.line not in by_line:
            raise refuse(
                "claim_line_unknown", "a claim names a line that isn't there", "权利份额指向不存在的处方行"
            )
        by_line[claim.line].append(claim)
    for line in lines:
        parts = by_line[line.number]
        if [claim.part for claim in parts] != list(range(1, len(parts) + 1)):
            raise refuse(
                "claim_parts",
                "the claims of a line must be its parts 1, 2, 3, ... in their order",
                "同一处方行的权利份额须按顺序从第 1 份开始编号",
            )
        units = {claim.quantity.unit for claim in parts}
        total = sum((Decimal(claim.quantity.value) for claim in parts), Decimal())
        if units != {line.quantity.unit} or total != Decimal(line.quantity.value):
            raise refuse(
                "claim_quantities",
                "the claims of each line must add up to its quantity, in the same unit",
                "每个处方行各权利份额的数量之和须等于该行数量，且单位相同",
            )


def verify_windows(windows: Sequence[Window]) -> None:
    """Windows ascend and don't meet: at any time at most one is open."""
    for earlier, later in pairwise(windows):
        # The one accepted spelling of times sorts as the times do.
        if later.not_before <= earlier.not_after:
            raise refuse(
                "windows_overlap",
                "windows must follow each other without meeting",
                "各时段须依次排列，不得重叠或相接",
            )


def verify_holders(holders: Sequence[str], claim_count: int) -> None:
    """There are no holders, or one for each claim, each another."""
    if holders and len(holders) != claim_count:
        raise refuse(
            "holder_count",
            "give one holder address per claim, or none at all",
            "须为每个权利份额给出一个持有地址，或全部不给",
        )
    if len(set(holders)) != len(holders):
        raise refuse(
            "holder_repeated",
            "holder addresses are one-time: each claim needs its own",
            "持有地址为一次性地址：每个权利份额须各不相同",
        )
