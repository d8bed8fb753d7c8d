"""What the API says of an act on chain: done, refused with the reason in words, or not yet known."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from ledger_api.spends.models import Act, SpendIntent, SpendState
from ledger_chain.refusal_wording import decode_refusal


class Outcome(StrEnum):
    """What the chain has said about an act."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ActReason(BaseModel):
    """Why the chain refused."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="Stable code.", examples=["spend-not-unused"])
    error: str = Field(description="The contract's error.", examples=["ClaimRegisterNotUnused"])
    message: str = Field(description="What was wrong and what to do.")
    message_zh: str = Field(description="The same in Chinese. 中文说明。")


class ActAnswer(BaseModel):
    """What became of an act on chain. Hand over only when `outcome` is `done`."""

    model_config = ConfigDict(frozen=True)

    act: Act
    outcome: Outcome
    reason: ActReason | None = Field(description="Set when refused.")
    transaction_hash: str | None = Field(description="0x and 64 hex digits, once it is known.")
    block_number: int | None
    time: int | None = Field(description="The block's time, Unix seconds.")


_OUTCOMES = {SpendState.DONE: Outcome.DONE, SpendState.REFUSED: Outcome.REFUSED}


def build_act_answer(intent: SpendIntent) -> ActAnswer:
    """Say how an intent stands."""
    return ActAnswer(
        act=intent.act,
        outcome=_OUTCOMES.get(intent.state, Outcome.UNKNOWN),
        reason=None if intent.state != SpendState.REFUSED else _reason_of(intent.refusal or b""),
        transaction_hash=None if intent.transaction_hash is None else "0x" + intent.transaction_hash.hex(),
        block_number=intent.block_number,
        time=intent.block_time,
    )


def _reason_of(refusal: bytes) -> ActReason:
    decoded = decode_refusal(refusal)
    return ActReason(
        code=decoded.code, error=decoded.error, message=decoded.message, message_zh=decoded.message_zh
    )
