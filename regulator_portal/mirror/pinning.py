"""Following a log on the chain: its logs from the directory, and every checkpoint since the last pin.

Each checkpoint names the size before it, so that walking back from the head meets every one of them. It must
come to the pinned one, else the chain doesn't continue what was pinned. What is seen is pinned at once, so
that a long walk goes on after an interruption; no checkpoint is ever pinned twice or changed.
"""

from dataclasses import dataclass

from ledger_chain.errors import BadAnswer
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from ledger_proofs.types import MAX_JSON_INTEGER, Hash, LogId, generation_of, log_id
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.models import MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.node import Closing
from regulator_portal.mirror.pinned_chain import is_same
from regulator_portal.mirror.proven_log import read_checkpoint, read_closing, read_head
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import PREDECESSOR_BEHIND, CouldNotCheck, Tools

PINS_AT_A_TIME = 64
MOST_GENERATIONS = 1_000
MISSING = "none"
LAST_SECOND = 253_402_300_799
"""The end of the year 9999, the last that dates are written in (RFC 3339)."""
OUT_OF_RANGE = (
    "checkpoint.out_of_range",
    "The log's checkpoint states a size or time that no log can have.",
    "该日志的检查点所述大小或时间超出任何日志可能的范围。",
)


def survey_logs(tools: Tools) -> list[int]:
    """Make sure that every log of the chain's directory has its row; return all logs by number.

    A log that was seen before stays, whether or not the node lists its institution: no directory forgets.
    """
    reader = tools.node.reader
    try:
        logs = [
            log_id(institution, generation)
            for institution in reader.institutions()
            for generation in range(
                1, min(MOST_GENERATIONS, generation_of(reader.current_log(institution))) + 1
            )
        ]
    except MalformedInput as fault:
        raise BadAnswer("The node's directory names an institution or a log that can't be.") from fault
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for log in logs:
            if mirror.find_log(log) is None:
                mirror.add(MirroredLog(log=log, institution=log >> 32, generation=generation_of(log)))
        return [row.log for row in mirror.list_logs()]


@dataclass(frozen=True)
class Followed:
    """What following a log on the chain showed; `found` empty means that all was as it should be."""

    found: tuple[Found, ...]


def follow_checkpoints(tools: Tools, log: int, chain: CheckedChain) -> Followed:
    """Pin every checkpoint of a log since the last pin, and note its head and its closing."""
    head = read_head(tools, log, chain)
    if head is not None:
        _verify_range(head)
    closing = read_closing(tools, log, chain)
    with tools.database.reading() as session:
        row = MirrorRepository(session).get_log(log)
        last = MirrorRepository(session).find_checkpoint(log, row.pinned_size)
    if last is not None:
        differing = compare_pin(tools, last, chain)
        if differing is not None:
            return Followed((differing,))
    broken = _compare_closing(row, closing, chain.block_number)
    if broken is None and head is not None:
        broken = _walk_back(tools, row, head, chain)
        if broken is None:
            _verify_head(tools, head, closing)
    elif broken is None and last is not None:
        broken = _not_extension(log, last.size, chain.block_number, str(last.size), MISSING)
    found = () if broken is None else (broken,)
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        row = mirror.get_log(log)
        if head is not None:
            row.head_size, row.head_root, row.head_anchored_at = head.size, head.root, head.anchored_at
            if not found:
                row.pinned_size = head.size
        row.as_of_block = chain.block_number
        if closing is not None and not found:
            row.closed_size, row.successor = closing.size, closing.successor
            mirror.bar_checkpoints_above(log, closing.size)
        row.checkpoint_count = mirror.count_checkpoints(log)
        mirror.add(row)
    return Followed(found)


def compare_pin(tools: Tools, pinned: PinnedCheckpoint, chain: CheckedChain) -> Found | None:
    """Compare a pinned checkpoint with the chain; what differs, or None.

    Raises ChainError, `NodeLies` where a sealed header proves another than the node tells.
    """
    if chain.header is None:
        found = tools.node.reader.find_checkpoint(pinned.log, pinned.size)
    else:
        found = read_checkpoint(tools, pinned.log, pinned.size, chain)
    if found is not None and is_same(pinned, found):
        return None
    compared = (
        Comparison("root", to_hex(pinned.root), MISSING if found is None else to_hex(found.root)),
        Comparison(
            "previous size", str(pinned.previous_size), MISSING if found is None else str(found.previous_size)
        ),
        Comparison(
            "anchoring time", str(pinned.anchored_at), MISSING if found is None else str(found.anchored_at)
        ),
        Comparison("pinned as of block", str(pinned.block_number), str(chain.block_number)),
    )
    return Found(FindingCode.PIN_DIFFERS, pinned.log, pinned.size, compared, chain.block_number)


def _compare_closing(row: MirroredLog, closing: Closing | None, block: int) -> Found | None:
    """A closing is for ever: the same size and successor, whenever it is asked for."""
    if row.closed_size is None:
        return None
    pinned = f"{row.closed_size}, {row.successor}"
    said = MISSING if closing is None else f"{closing.size}, {closing.successor}"
    if pinned == said:
        return None
    compared = (Comparison("size at which the log was closed, and its successor", pinned, said),)
    return Found(FindingCode.PIN_DIFFERS, row.log, row.closed_size, compared, block)


def _verify_head(tools: Tools, head: Checkpoint, closing: Closing | None) -> None:
    """The head is the checkpoint of its size, and a log is closed at one. Raises BadAnswer."""
    with tools.database.reading() as session:
        mirror = MirrorRepository(session)
        pinned = mirror.find_checkpoint(head.log, head.size)
        cut = None if closing is None else mirror.find_checkpoint(head.log, closing.size)
    if pinned is None or not is_same(pinned, head):
        raise BadAnswer("The node's head of a log isn't the node's checkpoint of that size.")
    if closing is not None and cut is None:
        raise BadAnswer("The node says that a log was closed where it has no checkpoint.")


def _walk_back(tools: Tools, row: MirroredLog, head: Checkpoint, chain: CheckedChain) -> Found | None:
    """Pin from the head back to the last pin. Returns what shows that the chain doesn't come to it."""
    waiting: list[Checkpoint] = []
    size, root_of_pin = head.size, row.pinned_size
    while size > root_of_pin:
        step = _get_step(tools, row.log, size, chain)
        if step is None:
            _pin(tools, waiting, chain)
            return _not_extension(row.log, size, chain.block_number, str(size), MISSING)
        checkpoint, is_new = step
        if is_new:
            waiting.append(checkpoint)
        if len(waiting) >= PINS_AT_A_TIME:
            _pin(tools, waiting, chain)
            waiting = []
        if checkpoint.previous_size == checkpoint.size:
            _pin(tools, waiting, chain)
            return _note_opening(tools, row, checkpoint, chain)
        size = checkpoint.previous_size
    _pin(tools, waiting, chain)
    if size != root_of_pin:
        return _not_extension(row.log, root_of_pin, chain.block_number, str(root_of_pin), str(size))
    return None


def _get_step(tools: Tools, log: int, size: int, chain: CheckedChain) -> tuple[Checkpoint, bool] | None:
    with tools.database.reading() as session:
        pinned = MirrorRepository(session).find_checkpoint(log, size)
    if pinned is not None:
        return as_checkpoint(pinned), False
    found = read_checkpoint(tools, log, size, chain)
    if found is None:
        return None
    _verify_range(found)
    return found, True


def _verify_range(checkpoint: Checkpoint) -> None:
    """Raises CouldNotCheck for what the contract would record and no calendar or database can hold."""
    if checkpoint.size > MAX_JSON_INTEGER or checkpoint.anchored_at > LAST_SECOND:
        raise CouldNotCheck(*OUT_OF_RANGE)


def _note_opening(tools: Tools, row: MirroredLog, opening: Checkpoint, chain: CheckedChain) -> Found | None:
    """A successor opens at a checkpoint of the log before it: same size, same root."""
    with tools.database.reading() as session:
        before = MirrorRepository(session).find_checkpoint(row.log - 1, opening.size)
        predecessor = MirrorRepository(session).find_log(row.log - 1)
    if row.generation > 1 and predecessor is not None and predecessor.pinned_size < opening.size:
        raise CouldNotCheck(*PREDECESSOR_BEHIND)
    is_continued = (
        row.pinned_size == 0 and row.generation > 1 and before is not None and before.root == opening.root
    )
    if not is_continued:
        expected = MISSING if before is None else to_hex(before.root)
        return _not_extension(row.log, opening.size, chain.block_number, expected, to_hex(opening.root))
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        fresh = mirror.get_log(row.log)
        fresh.base_size = opening.size
        if fresh.swept_size < opening.size:
            fresh.swept_size = opening.size
        mirror.add(fresh)
    return None


def _not_extension(log: int, size: int, block: int, expected: str, observed: str) -> Found:
    compared = (Comparison("checkpoint met when walking back from the head", expected, observed),)
    return Found(FindingCode.NOT_EXTENSION, log, size, compared, block)


def _pin(tools: Tools, checkpoints: list[Checkpoint], chain: CheckedChain) -> None:
    if not checkpoints:
        return
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for each in checkpoints:
            mirror.add(
                PinnedCheckpoint(
                    log=each.log,
                    size=each.size,
                    root=each.root,
                    previous_size=each.previous_size,
                    anchored_at=each.anchored_at,
                    block_number=chain.block_number,
                    block_hash=chain.block_hash,
                    pinned_at=tools.clock(),
                    is_proven=chain.header is not None,
                )
            )


def as_checkpoint(pinned: PinnedCheckpoint) -> Checkpoint:
    """Return a pinned checkpoint as the verification core has it."""
    return Checkpoint(
        LogId(pinned.log), pinned.size, Hash(pinned.root), pinned.previous_size, pinned.anchored_at
    )
