"""Checkpoints as the chain records them, and the words in which it stores them (protocol, 4.4 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_proofs.eip712 import word
from ledger_proofs.errors import IndexOutOfRange, MalformedInput
from ledger_proofs.types import MAX_UINT64, Hash, LogId, require_bytes, require_uint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's size and root as anchored, with the size before it and the block time in Unix seconds."""

    log: LogId
    size: int
    root: Hash
    previous_size: int
    anchored_at: int

    def __post_init__(self) -> None:
        require_uint(self.log, MAX_UINT64, "log")
        require_uint(self.size, MAX_UINT64, "size")
        require_bytes(self.root, 32, "root")
        require_uint(self.previous_size, MAX_UINT64, "previous_size")
        require_uint(self.anchored_at, MAX_UINT64, "anchored_at")
        if not self.previous_size <= self.size or self.size == 0:
            raise MalformedInput("must be at least the previous size, and not 0", "size")

    def words(self) -> tuple[bytes, bytes]:
        """Return the two 32-byte words in which the chain stores the checkpoint."""
        return self.root, word(self.previous_size | self.size << 64 | self.anchored_at << 128)


def parse_checkpoint_words(log: int, size: int, words: tuple[bytes, bytes]) -> Checkpoint | None:
    """Parse a checkpoint's two stored words; None if they are zero: it isn't recorded.

    Raises `MalformedInput` if they are no checkpoint's of that size.
    """
    root, rest = (require_bytes(each, 32, "word") for each in words)
    number = int.from_bytes(rest, "big")
    if not any(root) and number == 0:
        return None
    if number >> 192 or number >> 64 & MAX_UINT64 != size:
        raise MalformedInput("not the words of a checkpoint of that size", code="checkpoint.words")
    return Checkpoint(LogId(log), size, Hash(root), number & MAX_UINT64, number >> 128)


def verify_first_holder(checkpoint: Checkpoint, index: int) -> None:
    """Check that a checkpoint is the first that holds the entry at `index`; raises `IndexOutOfRange`."""
    if type(index) is not int or not checkpoint.previous_size <= index < checkpoint.size:
        raise IndexOutOfRange(
            f"the first checkpoint to hold entry {index} isn't the one from {checkpoint.previous_size} to "
            f"{checkpoint.size}",
            code="proof.not_first_checkpoint",
        )
