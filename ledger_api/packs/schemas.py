"""API shapes of pack checks, at the counter and between gateways."""

from typing import Annotated, Any

from pydantic import Field

from ledger_api.lots.schemas import PackCodeText
from ledger_api.packs.policy import PackFlag, Verdict
from ledger_api.records.body_fields import Code, CodeSystem
from ledger_api.signing.schemas import EXAMPLE_HASH, EXAMPLE_ID, HashHex
from ledger_web.bodies import ApiModel

MAX_CODES = 64  # protocol 4.2: packs of one use
MAX_KNOWN = 512


class ProductAsked(ApiModel):
    """Which product a pack should be, as the prescription's line names it."""

    code_system: CodeSystem = Field(examples=["rxledger-example-drug"])
    code: Code = Field(examples=["EX-0009"])


class PackAsked(ApiModel):
    """One pack as scanned, and which product it should be."""

    code: PackCodeText = Field(examples=["83012345678901234567"])
    product: ProductAsked | None = Field(default=None, examples=[None])


class PackCheckRequest(ApiModel):
    """The packs to check, each once."""

    codes: Annotated[list[PackAsked], Field(min_length=1, max_length=MAX_CODES)]


class ProductAnswer(ApiModel):
    """What is in the pack, as its maker says."""

    code_system: str = Field(examples=["rxledger-example-drug"])
    code: str = Field(examples=["EX-0009"])
    name: str = Field(examples=["苯磺酸氨氯地平片"])
    specification: str = Field(examples=["5mg*7片"])


class LotRefAnswer(ApiModel):
    """The maker's record that commissions the pack."""

    institution: int = Field(examples=[401])
    id: str = Field(examples=[EXAMPLE_ID])
    commitment: str = Field(examples=[EXAMPLE_HASH])


class CheckedPackAnswer(ApiModel):
    """What is known of one pack, and what policy says of it."""

    code: str = Field(examples=["cn20:83012345678901234567"], description="In its canonical form")
    form: str = Field(examples=["cn20"])
    token: str = Field(examples=[EXAMPLE_HASH])
    verdict: Verdict = Field(examples=["good"])
    flags: list[PackFlag] = Field(examples=[[]])
    is_conclusive: bool = Field(
        examples=[True], description="False: a maker that may know the pack couldn't be asked"
    )
    product: ProductAnswer | None
    lot: str | None = Field(examples=["EX20260901"])
    expires_on: str | None = Field(examples=["2028-08-31"])
    unit: str | None = Field(examples=["盒"])
    total_units: int | None = Field(
        examples=[24], description="By its lot; else as first stated on the chain"
    )
    used_units: int = Field(examples=[0], description="On the chain")
    lot_record: LotRefAnswer | None


class PackCheckAnswer(ApiModel):
    """The checked packs, in the order in which they were asked."""

    packs: list[CheckedPackAnswer]


class PackQueryRequest(ApiModel):
    """What another institution asks a maker: these packs, and which lot records it knows already."""

    tokens: Annotated[list[HashHex], Field(min_length=1, max_length=MAX_CODES)] = Field(
        examples=[[EXAMPLE_HASH]]
    )
    known: Annotated[list[HashHex], Field(max_length=MAX_KNOWN)] = Field(default=[], examples=[[]])


class PackQueryAnswer(ApiModel):
    """Evidence of the lot records that say anything of the packs, but for the known ones."""

    bundles: list[dict[str, Any]] = Field(description="rxledger.bundle/1 or /2 each (protocol 9)")
    has_more: bool = Field(examples=[False], description="Ask again, naming these as known")
