"""API shapes of settlement requests and settlements."""

from typing import Annotated, Any

from pydantic import Field

from ledger_api.records.body_fields import Remark
from ledger_api.settlements.adjudication import LineShares
from ledger_api.settlements.body import MAX_LINES
from ledger_api.settlements.models import Direction, RequestState
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID, Uuid
from ledger_api.spends.answers import Outcome
from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.bodies import ApiModel

EXAMPLE_BUNDLE = {"format": "rxledger.bundle/1"}
MAX_PRESCRIPTIONS = 16
MAX_REVIEWS = 2 * MAX_PRESCRIPTIONS * 8
"""For each prescription its hospital's reviews and the dispensing institution's own."""


class SettlementRequestRequest(ApiModel):
    """Which dispensing is to be settled. Its use names the payer."""

    dispensing_id: Uuid = Field(examples=[EXAMPLE_ID])


class RecordName(ApiModel):
    """A record, by its issuer, id and commitment."""

    institution: int = Field(examples=[201])
    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])


class RequestSummary(ApiModel):
    """A settlement request: who asks whom, for which dispensing, and how it stands.

    `outcome` is the chain's answer to the settlement or reversal signed last: done, refused or unknown; null
    where nothing is to be done on the chain. Of an outgoing request it is what the payer said.
    """

    id: str = Field(examples=[EXAMPLE_ID])
    direction: Direction = Field(examples=["in"])
    spender: int = Field(examples=[201])
    payer: int = Field(examples=[301])
    dispensing: RecordName
    amount_minor: int = Field(examples=[12_600])
    currency: str = Field(examples=["CNY"])
    remarks: list[str] = Field(examples=[["review_late"]], description="What the adjudicator should know")
    state: RequestState = Field(examples=["accepted"])
    outcome: Outcome | None = Field(examples=["done"])
    settlement: RecordName | None
    reversal: RecordName | None
    created_at: int = Field(examples=[1_800_000_000])


class RequestPage(ApiModel):
    """A page of settlement requests, the newest first."""

    items: list[RequestSummary]
    next_cursor: str | None = Field(examples=[None])


class BilledLineAnswer(ApiModel):
    """One charge of the bill."""

    line: int = Field(examples=[0])
    amount_minor: int = Field(examples=[12_600])
    claims: list[str] = Field(examples=[[EXAMPLE_HASH]], description="Keys of the claims charged for")


class VerifiedRecord(ApiModel):
    """One record that came with the request, and the report of its verification when it came."""

    role: str = Field(examples=["dispensing"], description="dispensing, prescription or review")
    commitment: str = Field(examples=[EXAMPLE_HASH])
    record: dict[str, Any]
    report: dict[str, Any] = Field(description="The steps of protocol 9, with their outcomes")


class RequestAnswer(ApiModel):
    """A settlement request with its content, as far as this side has it.

    The payer sees what was verified, the bill, and a suggestion to begin from. The asking side sees the
    settlement once it is final, verified through its own node.
    """

    summary: RequestSummary
    as_of_block: int | None = Field(examples=[42], description="As of which the claims were dispensed")
    evidence: list[VerifiedRecord]
    bill: list[BilledLineAnswer]
    suggestion: list[LineShares]
    settlement: VerifiedRecord | None
    is_fresh: bool = Field(examples=[True], description="Whether the payer answered just now")


class SettlementPrepare(ApiModel):
    """How the adjudicator divides each charge of a request."""

    request_id: Uuid = Field(examples=[EXAMPLE_ID])
    lines: Annotated[list[LineShares], Field(min_length=1, max_length=MAX_LINES)] = Field(
        examples=[[{"line": 0, "fund_minor": 10_000, "cash_minor": 2_600}]]
    )
    note: Remark | None = Field(default=None, examples=["符合目录"])


Bundles = list[dict[str, Any]]


class RequestDelivery(ApiModel):
    """A settlement request between gateways: bundles with all fields, and when the use was made."""

    dispensing: dict[str, Any] = Field(examples=[EXAMPLE_BUNDLE], description="rxledger.bundle/1 or /2")
    prescriptions: Annotated[Bundles, Field(min_length=1, max_length=MAX_PRESCRIPTIONS)] = Field(
        examples=[[EXAMPLE_BUNDLE]], description="rxledger.bundle/1 or /2 each, as the dispensing names them"
    )
    reviews: Annotated[Bundles, Field(min_length=1, max_length=MAX_REVIEWS)] = Field(
        examples=[[EXAMPLE_BUNDLE]],
        description="rxledger.bundle/1 or /2 each: of the dispensing institution and of the hospitals",
    )
    use_time: int = Field(ge=0, le=MAX_JSON_INTEGER, examples=[1_800_000_002], description="Block time")
    use_block: int = Field(ge=0, le=MAX_JSON_INTEGER, examples=[41], description="Where to find the use")


class RequestStanding(ApiModel):
    """How a request stands, as the payer tells who asked."""

    id: str = Field(examples=[EXAMPLE_ID])
    state: RequestState = Field(examples=["open"])
    outcome: Outcome | None = Field(examples=[None])
    settlement: RecordName | None
    reversal: RecordName | None
    bundle: dict[str, Any] | None = Field(
        default=None, description="The settlement's bundle, when asked for and final"
    )
