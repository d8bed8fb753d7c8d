"""API shapes of the holder's view."""

from typing import Annotated

from pydantic import Field

from ledger_api.demands.body import Purpose
from ledger_api.demands.models import AnswerState
from ledger_api.prescriptions.body import MAX_WINDOWS
from ledger_api.received.schemas import Presentations
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID, Uuid
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import ApiModel


class HolderViewRequest(ApiModel):
    """Which prescription, and reading presentations with spender 0, signed with the code's own keys."""

    institution: Annotated[int, Field(ge=1, le=MAX_INSTITUTION)] = Field(examples=[1])
    id: Uuid = Field(examples=[EXAMPLE_ID])
    window: Annotated[int, Field(ge=0, lt=MAX_WINDOWS)] = Field(default=0, examples=[0])
    presentations: Presentations


class QuantitySeen(ApiModel):
    """A number with its unit."""

    value: str = Field(examples=["1"])
    unit: str = Field(examples=["盒"])


class LineSeen(ApiModel):
    """A drug of the prescription, as far as the code reaches."""

    line: int = Field(examples=[1])
    name: str = Field(examples=["苯磺酸氨氯地平片"])
    specification: str = Field(examples=["5mg*7片"])
    dose: QuantitySeen
    frequency: str = Field(examples=["QD"])
    route: str = Field(examples=["口服"])
    days: int = Field(examples=[7])
    quantity: QuantitySeen


class ClaimSeen(ApiModel):
    """A claim that the code holds, as it stands on the chain."""

    ordinal: int = Field(examples=[0])
    line: int = Field(examples=[1])
    quantity: QuantitySeen
    claim: str = Field(examples=[EXAMPLE_HASH])
    status: str = Field(examples=["unused"], description="unused, dispensed, settled or void")
    restore_count: int = Field(examples=[0])


class ReadingSeen(ApiModel):
    """An institution that was given the prescription for its code, and when."""

    institution: int = Field(examples=[201])
    window: int = Field(examples=[0])
    at: int = Field(examples=[1_800_000_000])


class DemandSeen(ApiModel):
    """A regulator's demand for the prescription's content, and what was answered."""

    regulator: int = Field(examples=[900])
    purpose: Purpose = Field(examples=["audit"])
    received_at: int = Field(examples=[1_800_000_000])
    answer_by: int = Field(examples=[1_800_600_000])
    state: AnswerState = Field(examples=["granted"])


class HolderView(ApiModel):
    """What the holder of a code sees: drugs, claims as of a block, who read, and who demanded to read."""

    institution: int = Field(examples=[1])
    id: str = Field(examples=[EXAMPLE_ID])
    window: int = Field(examples=[0])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    issued_at: int = Field(examples=[1_800_000_000])
    not_before: int = Field(examples=[1_800_000_000])
    not_after: int = Field(examples=[1_800_172_799])
    lines: list[LineSeen]
    claims: list[ClaimSeen]
    claim_count: int = Field(examples=[2], description="Of the whole prescription; a code may hold fewer")
    as_of_block: int = Field(examples=[42])
    readings: list[ReadingSeen] = Field(description="The newest first, 50 at most")
    demands: list[DemandSeen] = Field(description="The newest first, 50 at most")
