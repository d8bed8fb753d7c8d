"""API shapes of prescriptions."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ledger_api.log.progress import EntryStatus
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_web.bodies import ApiModel

EXAMPLE_ID = "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"
EXAMPLE_HASH = "0x" + "ab" * 32
MAX_SIGNATURES = 12

Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
SignatureText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{130}$")]


def _show_examples(schema: dict[str, Any]) -> None:
    schema["examples"] = [{"draft_id": EXAMPLE_ID}, {"body": EXAMPLE_DRAFT}]


class PrepareRequest(ApiModel):
    """What to prepare: one of the institution's drafts, or a body (a draft's members)."""

    model_config = ConfigDict(json_schema_extra=_show_examples)

    draft_id: Uuid | None = Field(default=None, examples=[EXAMPLE_ID])
    body: dict[str, Any] | None = Field(
        default=None, description="rx.prescription/1, as a draft may state it"
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.draft_id is None) == (self.body is None):
            raise PydanticCustomError(
                "one_of",
                "give either draft_id or body",
                {"message_zh": "draft_id 与 body 必须且只能给出一个"},
            )
        return self


class WindowToSign(ApiModel):
    """One window of the prescription: it becomes one entry, and takes one signature."""

    window: int = Field(examples=[0])
    kind: int = Field(examples=[1])
    claim_count: int = Field(examples=[2])
    not_before: int = Field(examples=[1_800_000_000], description="Unix seconds, inclusive")
    not_after: int = Field(examples=[1_800_172_799], description="Unix seconds, inclusive")
    terms: str = Field(examples=["0x" + "00" * 32])
    typed_data: dict[str, Any] = Field(description="What to sign, as eth_signTypedData_v4 takes it")


class PrepareAnswer(ApiModel):
    """What to show the doctor and what she signs. Recompute the commitment before you sign."""

    preparation_id: str = Field(examples=[EXAMPLE_ID])
    record: dict[str, Any] = Field(description="The record, protocol 1")
    record_key: str = Field(
        examples=[EXAMPLE_HASH], description="32 bytes; salts and commitment follow from it"
    )
    commitment: str = Field(examples=[EXAMPLE_HASH])
    entries: list[WindowToSign]
    expires_at: int = Field(examples=[1_800_000_900], description="Unix seconds; prepare again after it")


class SubmitRequest(ApiModel):
    """The doctor's signatures, one for each window in order."""

    preparation_id: Uuid = Field(examples=[EXAMPLE_ID])
    signatures: Annotated[list[SignatureText], Field(min_length=1, max_length=MAX_SIGNATURES)] = Field(
        examples=[["0x" + "ab" * 64 + "1b"]]
    )


class EntryAnswer(ApiModel):
    """One window's entry: how far it has come, and where it stands."""

    window: int = Field(examples=[0])
    status: EntryStatus = Field(examples=["final"])
    log: int = Field(examples=[4_294_967_297])
    position: int | None = Field(examples=[7])
    claim_count: int = Field(examples=[2])
    not_before: int = Field(examples=[1_800_000_000])
    not_after: int = Field(examples=[1_800_172_799])
    checkpoint_size: int | None = Field(
        default=None, examples=[8], description="First checkpoint that holds it"
    )
    anchored_at: int | None = Field(default=None, examples=[1_800_000_001], description="Block time")
    transaction_hash: str | None = Field(default=None, examples=[EXAMPLE_HASH])


class Links(ApiModel):
    """Where to go on from here."""

    self: str = Field(examples=[f"/v1/prescriptions/{EXAMPLE_ID}"])
    record: str = Field(examples=[f"/v1/prescriptions/{EXAMPLE_ID}/record"])
    bundles: list[str] = Field(examples=[[f"/v1/prescriptions/{EXAMPLE_ID}/bundle?window=0"]])


class PrescriptionAnswer(ApiModel):
    """A prescription, without its content."""

    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    status: EntryStatus = Field(examples=["pending"], description="That of its slowest window")
    issued_at: int = Field(examples=[1_800_000_000], description="The signed time, Unix seconds")
    accepted_at: int = Field(examples=[1_800_000_000])
    entries: list[EntryAnswer]
    links: Links


class PrescriptionSummary(ApiModel):
    """A prescription in a list."""

    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    status: EntryStatus = Field(examples=["final"])
    issued_at: int = Field(examples=[1_800_000_000])
    accepted_at: int = Field(examples=[1_800_000_000])


class PrescriptionPage(ApiModel):
    """A page of prescriptions, the newest first."""

    items: list[PrescriptionSummary]
    next_cursor: str | None = Field(examples=[None])


class RecordAnswer(ApiModel):
    """A prescription's content, decrypted."""

    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    record: dict[str, Any]
