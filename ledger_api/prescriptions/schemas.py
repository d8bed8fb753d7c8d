"""API shapes of prescriptions, besides those that all signed records share."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ledger_api.prescriptions.body import MAX_CLAIMS
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_api.signing.schemas import EXAMPLE_ID, Uuid
from ledger_web.bodies import ApiModel

EXAMPLE_HOLDER = "0x" + "5a" * 20

AddressText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{40}$")]


def _show_examples(schema: dict[str, Any]) -> None:
    schema["examples"] = [{"draft_id": EXAMPLE_ID}, {"body": EXAMPLE_DRAFT, "holders": [EXAMPLE_HOLDER]}]


class PrepareRequest(ApiModel):
    """What to prepare: one of the institution's drafts, or a body (a draft's members)."""

    model_config = ConfigDict(json_schema_extra=_show_examples)

    draft_id: Uuid | None = Field(default=None, examples=[EXAMPLE_ID])
    body: dict[str, Any] | None = Field(
        default=None, description="rx.prescription/1, as a draft may state it"
    )
    holders: Annotated[list[AddressText], Field(max_length=MAX_CLAIMS)] = Field(
        default=[],
        examples=[[EXAMPLE_HOLDER]],
        description="Addresses of one-time keys that your client made, at least as many as there are claims;"
        " the first ones are used, in order. Without holders only the issuing institution dispenses.",
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
