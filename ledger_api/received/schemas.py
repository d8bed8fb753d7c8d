"""API shapes of fetched prescriptions."""

from typing import Annotated, Any

from pydantic import Field

from ledger_api.prescriptions.body import MAX_CLAIMS, MAX_WINDOWS
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID, SignatureText, Uuid
from ledger_proofs.types import MAX_INSTITUTION, MAX_JSON_INTEGER
from ledger_web.bodies import ApiModel

EXAMPLE_SIGNATURE = "0x" + "ab" * 64 + "1b"

InstitutionNumber = Annotated[int, Field(ge=1, le=MAX_INSTITUTION)]
WindowNumber = Annotated[int, Field(ge=0, lt=MAX_WINDOWS)]
Moment = Annotated[int, Field(ge=0, le=MAX_JSON_INTEGER)]


class ReadingPresentation(ApiModel):
    """A reading presentation (protocol 13) of one claim, signed with its one-time key."""

    ordinal: int = Field(ge=0, lt=MAX_CLAIMS, examples=[0])
    restore_count: int = Field(default=0, ge=0, le=0, description="Always 0 in a reading presentation")
    deadline: Moment = Field(examples=[1_800_000_900], description="Unix seconds, 15 minutes ahead at most")
    signature: SignatureText = Field(examples=[EXAMPLE_SIGNATURE])


Presentations = Annotated[list[ReadingPresentation], Field(min_length=1, max_length=MAX_CLAIMS)]


class FetchRequest(ApiModel):
    """Which prescription to fetch, and the presentations that let your institution read it."""

    institution: InstitutionNumber = Field(examples=[1], description="The prescribing hospital")
    id: Uuid = Field(examples=[EXAMPLE_ID])
    window: WindowNumber = Field(default=0, examples=[0])
    presentations: Presentations


class PresentedRequest(ApiModel):
    """What a pharmacy's gateway presents to the hospital's."""

    window: WindowNumber = Field(examples=[0])
    presentations: Presentations


class HandedOutAnswer(ApiModel):
    """The evidence of a prescription's window, and of the reviews by its hospital that approve it."""

    bundle: dict[str, Any] = Field(description="rxledger.bundle/1 or /2 of the window, all fields disclosed")
    review_bundles: list[dict[str, Any]] = Field(description="rxledger.bundle/1 or /2 each")


class ReviewSeen(ApiModel):
    """A review that came with the prescription, verified."""

    institution: int = Field(examples=[1])
    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    signed_at: int = Field(examples=[1_800_000_000])
    decision: str = Field(examples=["approved"])
    reasons: list[str] = Field(examples=[[]])
    opinion: str | None = Field(examples=[None])
    pharmacist: str = Field(examples=["何药师"])


class ClaimSeen(ApiModel):
    """A claim of the window as it stands on the chain."""

    ordinal: int = Field(examples=[0])
    claim: str = Field(examples=[EXAMPLE_HASH])
    line: int = Field(examples=[1])
    status: str = Field(examples=["unused"], description="unused, dispensed, settled or void")
    restore_count: int = Field(examples=[0])
    presented: bool = Field(examples=[True], description="Whether its holder let your institution read")


class ServerTiming(ApiModel):
    """Where the time went, in milliseconds."""

    peer: int = Field(examples=[40], description="Waiting for the hospital's gateway; 0 where not asked")
    verification: int = Field(examples=[60], description="Verifying through this gateway's own node")
    total: int = Field(examples=[120])


class ReceivedAnswer(ApiModel):
    """A fetched prescription: its content, its hospital's reviews, its claims, and what was verified."""

    institution: int = Field(examples=[1])
    id: str = Field(examples=[EXAMPLE_ID])
    window: int = Field(examples=[0])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    fetched_at: int = Field(examples=[1_800_000_000])
    record: dict[str, Any] = Field(description="The record, protocol 1")
    reviews: list[ReviewSeen]
    claims: list[ClaimSeen]
    report: dict[str, Any] = Field(description="The verification's steps and outcome (protocol 9)")
    as_of_block: int = Field(examples=[12])
    server_timing: ServerTiming


class ReceivedSummary(ApiModel):
    """A fetched prescription in a list, without its content."""

    institution: int = Field(examples=[1])
    id: str = Field(examples=[EXAMPLE_ID])
    window: int = Field(examples=[0])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    presented: list[int] = Field(examples=[[0, 1]], description="Ordinals of the claims presented so far")
    first_fetched_at: int = Field(examples=[1_800_000_000])
    fetched_at: int = Field(examples=[1_800_000_000])


class ReceivedPage(ApiModel):
    """A page of fetched prescriptions, the newest first."""

    items: list[ReceivedSummary]
    next_cursor: str | None = Field(examples=[None])
