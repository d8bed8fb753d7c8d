"""What a node tells of a log, held to the proofs of the round's sealed header where there is one.

The plain answer is asked for too: only so is a node noticed that says one thing and proves another. A head or
checkpoint that came after that block is left for the next round.
"""

from ledger_chain.errors import BadAnswer
from ledger_chain.proven_reading import NONE, ProofFails
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.json_members import to_hex
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.node import Closing
from regulator_portal.mirror.tools import Tools


def read_head(tools: Tools, log: int, chain: CheckedChain) -> Checkpoint | None:
    """Return a log's latest checkpoint. Raises ChainError, `NodeLies` where the node proves another."""
    told, proven = tools.node.reader.head(log), tools.find_proven()
    if proven is None or chain.header is None:
        return told
    size = proven.head_size(log, chain.header)
    true = proven.checkpoint(log, size, chain.header) if size else None
    if told != true and (told is None or told.size <= size or _is_of(told, chain)):
        raise ProofFails(f"latest checkpoint of log {log}", _say(true), _say(told), chain.block_number)
    return true


def read_checkpoint(tools: Tools, log: int, size: int, chain: CheckedChain) -> Checkpoint | None:
    """Return a log's checkpoint of a size. Raises ChainError, `NodeLies` where the node proves another."""
    told, proven = tools.node.reader.find_checkpoint(log, size), tools.find_proven()
    if told is not None and told.size != size:
        raise BadAnswer("The node answered with another checkpoint than it was asked for.")
    if proven is None or chain.header is None:
        return told
    true = proven.checkpoint(log, size, chain.header)
    if told != true:
        raise ProofFails(f"checkpoint {size} of log {log}", _say(true), _say(told), chain.block_number)
    return true


def read_closing(tools: Tools, log: int, chain: CheckedChain) -> Closing | None:
    """Return how a log was closed. Raises ChainError, `NodeLies` where the node proves otherwise."""
    told, proven = tools.node.find_closing(log), tools.find_proven()
    if proven is None or chain.header is None:
        return told
    true = proven.closing(log, chain.header)
    size = true.size if true.closed_at else None
    if size is None and told is not None and tools.node.reader.block_number() > chain.block_number:
        return None  # closed since
    if size != (None if told is None else told.size):
        said = NONE if told is None else str(told.size)
        shown = NONE if size is None else str(size)
        raise ProofFails(f"closing of log {log}", shown, said, chain.block_number)
    return told


def _is_of(told: Checkpoint, chain: CheckedChain) -> bool:
    """Whether a checkpoint claims to be of a time by which the round's block had it."""
    return chain.header is not None and told.anchored_at <= chain.header.header.timestamp


def _say(checkpoint: Checkpoint | None) -> str:
    return NONE if checkpoint is None else f"{checkpoint.size}, {to_hex(checkpoint.root)}"
