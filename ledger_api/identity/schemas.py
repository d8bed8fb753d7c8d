"""API shapes of identity."""

from typing import Annotated

from pydantic import Field, SecretStr

from ledger_api.identity.principal import Role
from ledger_web.bodies import ApiModel

InstitutionNumber = Annotated[int, Field(ge=1, le=4_294_967_295, examples=[1])]


class SignInRequest(ApiModel):
    """What a person signs in with."""

    institution: InstitutionNumber
    username: str = Field(min_length=1, max_length=64, examples=["dr.lin"])
    password: SecretStr = Field(min_length=1, max_length=200, examples=["correct horse battery staple"])


class PersonAnswer(ApiModel):
    """A person as they see themselves."""

    id: str = Field(examples=["3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    institution: int = Field(examples=[1])
    username: str = Field(examples=["dr.lin"])
    display_name: str = Field(examples=["林医师（示例）"])
    roles: list[Role] = Field(examples=[["doctor"]])
    practitioner_code: str | None = Field(examples=["D110100000001"])
    signing_address: str | None = Field(examples=["0x00000000000000000000000000000000000000d1"])


class SessionAnswer(ApiModel):
    """A new session. The token is shown this once."""

    token: str = Field(examples=["0" * 64])
    expires_at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    person: PersonAnswer


class PrincipalAnswer(ApiModel):
    """Whom the token belongs to."""

    kind: str = Field(examples=["machine"])
    id: str = Field(examples=["0123456789abcdef0123456789abcdef"])
    institution: int = Field(examples=[1])
    roles: list[Role] = Field(examples=[["integration"]])
