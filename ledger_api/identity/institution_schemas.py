"""API shapes of an institution's public profile: what a signing client needs, and pins."""

from pydantic import Field

from ledger_web.bodies import ApiModel

_ADDRESS = "0x5fbdb2315678afecb367f032d93f642f64180aa3"


class DomainAnswer(ApiModel):
    """The EIP-712 domain of this deployment (protocol 5)."""

    name: str = Field(examples=["RxLedger"])
    version: str = Field(examples=["1"])
    chain_id: int = Field(examples=[20261])
    verifying_contract: str = Field(examples=[_ADDRESS])


class ContractsAnswer(ApiModel):
    """Where the contracts are."""

    authority: str = Field(examples=[_ADDRESS])
    directory: str = Field(examples=[_ADDRESS])
    checkpoint_log: str = Field(examples=[_ADDRESS])
    claim_register: str = Field(examples=[_ADDRESS])


class InstitutionAnswer(ApiModel):
    """One's own institution, and the deployment that it anchors on; null parts while none is configured."""

    number: int = Field(examples=[1])
    name_zh: str = Field(examples=["第一示例医院"])
    name_en: str = Field(examples=["First Example Hospital"])
    roles: int = Field(description="Bit set of institution roles (protocol 3.1)", examples=[1])
    log: int = Field(description="Its present log (protocol 6)", examples=[4_294_967_297])
    anchoring_account: str | None = Field(examples=[_ADDRESS])
    domain: DomainAnswer | None
    contracts: ContractsAnswer | None
    genesis_hash: str | None = Field(examples=["0x" + "ab" * 32])
