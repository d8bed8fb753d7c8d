"""API shapes that the nouns of signed records share."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ledger_api.log.progress import EntryStatus
from ledger_api.records.body_parts import MAX_WINDOW
from ledger_api.spends.answers import ActAnswer
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.bodies import ApiModel

EXAMPLE_ID = "5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"
EXAMPLE_HASH = "0x" + "ab" * 32
MAX_SIGNATURES = 12

Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
HashHex = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
SignatureText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{130}$")]


class WindowToSign(ApiModel):
    """One window of the record: it becomes one entry, and takes one signature."""

    window: int = Field(examples=[0])
    kind: int = Field(examples=[1])
    claim_count: int = Field(examples=[2])
    not_before: int = Field(examples=[1_800_000_000], description="Unix seconds, inclusive")
    not_after: int = Field(examples=[1_800_172_799], description="Unix seconds, inclusive")
    terms: str = Field(examples=["0x" + "00" * 32])
    typed_data: dict[str, Any] = Field(description="What to sign, as eth_signTypedData_v4 takes it")


class PrepareAnswer(ApiModel):
    """What to show the author and what they sign. Recompute the commitment before you sign."""

    preparation_id: str = Field(examples=[EXAMPLE_ID])
    record: dict[str, Any] = Field(description="The record, protocol 1")
    record_key: str = Field(
        examples=[EXAMPLE_HASH], description="32 bytes; salts and commitment follow from it"
    )
    commitment: str = Field(examples=[EXAMPLE_HASH])
    entries: list[WindowToSign]
    expires_at: int = Field(examples=[1_800_000_900], description="Unix seconds; prepare again after it")


class SubmitRequest(ApiModel):
    """The author's signatures, one for each window in order."""

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


class IssuedAnswer(ApiModel):
    """A record that was accepted, without its content."""

    id: str = Field(examples=[EXAMPLE_ID])
    kind: str = Field(examples=["prescription"])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    status: EntryStatus = Field(examples=["pending"], description="That of its slowest window")
    issued_at: int = Field(examples=[1_800_000_000], description="The signed time, Unix seconds")
    accepted_at: int = Field(examples=[1_800_000_000])
    entries: list[EntryAnswer]
    act: ActAnswer | None = Field(
        default=None, examples=[None], description="Its act on the chain; null for a record without one"
    )
    links: Links


class IssuedSummary(ApiModel):
    """A record in a list."""

    id: str = Field(examples=[EXAMPLE_ID])
    kind: str = Field(examples=["prescription"])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    status: EntryStatus = Field(examples=["final"])
    issued_at: int = Field(examples=[1_800_000_000])
    accepted_at: int = Field(examples=[1_800_000_000])


class IssuedPage(ApiModel):
    """A page of records, the newest first."""

    items: list[IssuedSummary]
    next_cursor: str | None = Field(examples=[None])


class RecordAnswer(ApiModel):
    """A record's content, decrypted."""

    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])
    record: dict[str, Any]


class RecordPlace(ApiModel):
    """A record, by its institution and id."""

    institution: Annotated[int, Field(ge=1, le=MAX_INSTITUTION)] = Field(examples=[1])
    id: Uuid = Field(examples=[EXAMPLE_ID])


class WindowPlace(RecordPlace):
    """One window of a record."""

    window: Annotated[int, Field(ge=0, le=MAX_WINDOW)] = Field(default=0, examples=[0])
