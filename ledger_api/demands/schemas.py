"""API shapes of demands."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ledger_api.accesses.body import AccessDecision
from ledger_api.deliveries.models import DeliveryState
from ledger_api.demands.body import Purpose
from ledger_api.demands.models import AnswerState
from ledger_api.records.body_fields import Remark, UtcTime
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID, HashHex, Uuid
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import ApiModel

EXAMPLE_BUNDLE = {"format": "rxledger.bundle/1"}
MAX_HANDED_HEX = 2 * (262_144 + 64) + 2
"""A record of the largest size with nonce and tag, in hex."""

Blob = Annotated[str, StringConstraints(pattern=r"^0x([0-9a-f]{2})*$", max_length=MAX_HANDED_HEX)]


class SubjectRequest(ApiModel):
    """Whose record is demanded. The id helps to find it; the commitment binds."""

    institution: int = Field(ge=1, le=MAX_INSTITUTION, examples=[1])
    id: Uuid | None = Field(default=None, examples=[EXAMPLE_ID])
    commitment: HashHex = Field(examples=[EXAMPLE_HASH])


class DemandRequest(ApiModel):
    """What the officer demands, why, and by when."""

    subject: SubjectRequest
    purpose: Purpose = Field(examples=["audit"])
    grounds: Remark = Field(examples=["抽查：结算金额与处方不符"])
    answer_by: UtcTime = Field(examples=["2027-01-22T06:00:00Z"], description="As the record states it")


class SubjectAnswer(ApiModel):
    """The record that a demand is about."""

    institution: int = Field(examples=[1])
    commitment: str = Field(examples=[EXAMPLE_HASH])


class RecordName(ApiModel):
    """Another record."""

    institution: int = Field(examples=[1])
    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])


class DemandProgress(ApiModel):
    """How far a demand has come: delivered, and answered."""

    id: str = Field(examples=[EXAMPLE_ID])
    subject: SubjectAnswer
    purpose: Purpose = Field(examples=["audit"])
    answer_by: int = Field(examples=[1_800_600_000], description="Unix seconds")
    delivery: DeliveryState = Field(examples=["delivered"])
    delivery_code: str | None = Field(examples=[None], description="Why it isn't delivered, by its code")
    state: AnswerState = Field(examples=["granted"])
    answered_at: int | None = Field(examples=[1_800_000_100])
    is_overdue: bool = Field(examples=[False], description="Open after `answer_by`: content withheld")
    access: RecordName | None


class DemandProgressPage(ApiModel):
    """A page of demands, the newest first."""

    items: list[DemandProgress]
    next_cursor: str | None = Field(examples=[None])


class ContentAnswer(ApiModel):
    """The content that was handed over, and the evidence of who handed it over.

    The record's commitment follows from record and key: hold it against your mirror's own.
    """

    demand_id: str = Field(examples=[EXAMPLE_ID])
    decision: AccessDecision = Field(examples=["granted"])
    reason: str | None = Field(examples=[None])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    record: dict[str, Any] | None
    record_key: str | None = Field(examples=[EXAMPLE_HASH])
    answered_at: int = Field(examples=[1_800_000_100])
    access: dict[str, Any] = Field(description="The access record's bundle, rxledger.bundle/1 or /2")


class DemandDelivery(ApiModel):
    """A regulator's demand, as its gateway delivers it."""

    bundle: dict[str, Any] = Field(
        examples=[EXAMPLE_BUNDLE], description="rxledger.bundle/1 or /2, all fields disclosed"
    )


class DeliveryTaken(ApiModel):
    """What was delivered was taken."""

    id: str = Field(examples=[EXAMPLE_ID])
    state: AnswerState = Field(examples=["open"])


class AccessDelivery(ApiModel):
    """An institution's answer to a demand, as its gateway delivers it."""

    bundle: dict[str, Any] = Field(
        examples=[EXAMPLE_BUNDLE], description="rxledger.bundle/1 or /2, all fields disclosed"
    )
    wrapped_key: Blob | None = Field(default=None, description="HPKE: enc and ciphertext; when granted")
    content: Blob | None = Field(default=None, description="The record as it is stored; when granted")
