"""API shapes of dispensings, besides those that all signed records share."""

from typing import Annotated

from pydantic import Field

from ledger_api.dispenses.body import MAX_CHARGES, MAX_FLAGS, MAX_PACKS, MAX_PRESCRIPTIONS
from ledger_api.lots.schemas import PackCodeText
from ledger_api.packs.policy import PackFlag
from ledger_api.packs.schemas import CheckedPackAnswer
from ledger_api.prescriptions.body import MAX_CLAIMS, MAX_LINES, MAX_WINDOWS
from ledger_api.records.body_fields import Unit
from ledger_api.signing.schemas import (
    EXAMPLE_HASH,
    EXAMPLE_ID,
    HashHex,
    PrepareAnswer,
    SignatureText,
    SubmitRequest,
    Uuid,
)
from ledger_proofs.types import MAX_INSTITUTION, MAX_JSON_INTEGER, MAX_UINT32
from ledger_web.bodies import ApiModel

MAX_PRICE_MINOR = 10**12

Place = Annotated[int, Field(ge=0, lt=MAX_PRESCRIPTIONS)]
LineNumber = Annotated[int, Field(ge=1, le=MAX_LINES)]
Units = Annotated[int, Field(ge=1, le=MAX_UINT32)]
FlagName = Annotated[PackFlag, Field(strict=False)]
"""A flag by its name: a JSON string."""
Ordinal = Annotated[int, Field(ge=0, lt=MAX_CLAIMS)]


class Taking(ApiModel):
    """Claims of one window of a prescription: one that was fetched, or your hospital's own."""

    institution: int = Field(ge=1, le=MAX_INSTITUTION, examples=[1])
    id: Uuid = Field(examples=[EXAMPLE_ID])
    window: int = Field(default=0, ge=0, lt=MAX_WINDOWS, examples=[0])
    ordinals: Annotated[list[Ordinal], Field(min_length=1, max_length=MAX_CLAIMS)] = Field(examples=[[0]])


class LinePlace(ApiModel):
    """A line of one of the prescriptions: its place in `prescriptions` (from 0), and the line's number."""

    prescription: Place = Field(default=0, examples=[0])
    line: LineNumber = Field(examples=[1])


class ScannedPack(ApiModel):
    """A pack as scanned, and the line that it is for.

    Left out, `units_used` is all that is left in it. `total_units` and `unit` count only where no maker's lot
    and no earlier use says how many units the pack holds.
    """

    code: PackCodeText = Field(examples=["83012345678901234567"])
    line: LinePlace
    units_used: Units | None = Field(default=None, examples=[7])
    total_units: Units | None = Field(default=None, examples=[None])
    unit: Unit | None = Field(default=None, examples=[None])


class LinePrice(ApiModel):
    """What one unit of a line's quantity costs, in minor units (fen)."""

    prescription: Place = Field(default=0, examples=[0])
    line: LineNumber = Field(examples=[1])
    unit_price_minor: int = Field(ge=0, le=MAX_PRICE_MINOR, examples=[1_250])


class DispensingRequest(ApiModel):
    """What to dispense, in which packs, at which prices, and who is to settle it (0: nobody)."""

    prescriptions: Annotated[list[Taking], Field(min_length=1, max_length=MAX_PRESCRIPTIONS)]
    packs: Annotated[list[ScannedPack], Field(max_length=MAX_PACKS)]
    payer: int = Field(default=0, ge=0, le=MAX_INSTITUTION, examples=[301])
    prices: Annotated[list[LinePrice], Field(max_length=MAX_CHARGES)]
    override_flags: Annotated[list[FlagName], Field(max_length=MAX_FLAGS)] = Field(
        default=[], examples=[[]], description="Flags of packs that the pharmacist goes on with, on record"
    )
    is_offline: bool = Field(
        default=False,
        examples=[False],
        description="Handed over offline, within the window, and recorded now",
    )


class PresentationToSign(ApiModel):
    """What the code's key of one claim has to sign (protocol 5). `into` is the record's commitment."""

    prescription: int = Field(examples=[0])
    ordinal: int = Field(examples=[0])
    claim: str = Field(examples=[EXAMPLE_HASH])
    restore_count: int = Field(examples=[0])
    spender: int = Field(examples=[201])
    use_hash: str = Field(examples=[EXAMPLE_HASH])
    into: str = Field(examples=[EXAMPLE_HASH])
    max_deadline: int = Field(
        examples=[1_800_003_600], description="Unix seconds; a nearer one shortens how long it can be sent"
    )


class DispensingPrepareAnswer(PrepareAnswer):
    """What to sign: the record with one's own key, and each claim with its key out of the code."""

    presentations_to_sign: list[PresentationToSign] = Field(
        description="Empty where the prescriptions have no holders"
    )
    packs: list[CheckedPackAnswer]


class ClaimPresentation(ApiModel):
    """A claim handed over: the signature of its one-time key."""

    claim: HashHex = Field(examples=[EXAMPLE_HASH])
    deadline: int = Field(ge=0, le=MAX_JSON_INTEGER, examples=[1_800_003_600])
    signature: SignatureText = Field(examples=["0x" + "ab" * 64 + "1b"])


class DispensingSubmitRequest(SubmitRequest):
    """The pharmacist's signature, and the presentations that hand the claims over."""

    presentations: Annotated[list[ClaimPresentation], Field(max_length=MAX_CLAIMS)] = Field(
        default=[], examples=[[]]
    )
