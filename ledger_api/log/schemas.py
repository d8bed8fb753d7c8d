"""API shapes of the log."""

from pydantic import Field

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.log.models import LogHead
from ledger_web.bodies import ApiModel

EXAMPLE_LOG = 4_294_967_297
EXAMPLE_HASH = "0x" + "ab" * 32


class LogHeadAnswer(ApiModel):
    """How long a log is, and how much of it the chain holds."""

    log: int = Field(examples=[EXAMPLE_LOG])
    institution: int = Field(examples=[1])
    size: int = Field(examples=[8], description="Entries that have a position")
    root: str = Field(examples=[EXAMPLE_HASH], description="Tree hash of them (RFC 9162)")
    anchored_size: int = Field(examples=[8], description="Size of the latest checkpoint on the chain")
    final_size: int = Field(examples=[8])
    is_open: bool


class CheckpointAnswer(ApiModel):
    """A checkpoint as the chain records it."""

    log: int = Field(examples=[EXAMPLE_LOG])
    size: int = Field(examples=[8])
    previous_size: int = Field(examples=[6])
    root: str = Field(examples=[EXAMPLE_HASH])
    anchored_at: int = Field(examples=[1_800_000_000], description="Block time, Unix seconds")
    status: str = Field(examples=["final"], description="anchored or final")
    transaction_hash: str = Field(examples=[EXAMPLE_HASH])
    block_number: int = Field(examples=[12])
    block_hash: str = Field(examples=[EXAMPLE_HASH])


class CheckpointPage(ApiModel):
    """A page of checkpoints, the smallest first."""

    items: list[CheckpointAnswer]
    next_cursor: str | None = Field(examples=[None])


def build_head_answer(head: LogHead) -> LogHeadAnswer:
    """Build the API shape of a head."""
    return LogHeadAnswer(
        log=head.log,
        institution=head.institution,
        size=head.size,
        root="0x" + head.root.hex(),
        anchored_size=head.anchored_size,
        final_size=head.final_size,
        is_open=head.is_open,
    )


def build_checkpoint_answer(checkpoint: LogCheckpoint) -> CheckpointAnswer:
    """Build the API shape of a checkpoint that the chain has recorded."""
    return CheckpointAnswer(
        log=checkpoint.log,
        size=checkpoint.size,
        previous_size=checkpoint.previous_size or 0,
        root="0x" + checkpoint.root.hex(),
        anchored_at=checkpoint.anchored_at or 0,
        status=checkpoint.state.value,
        transaction_hash="0x" + (checkpoint.transaction_hash or b"").hex(),
        block_number=checkpoint.block_number or 0,
        block_hash="0x" + (checkpoint.block_hash or b"").hex(),
    )
