"""Following a log on the chain: its logs from the directory, and every checkpoint since the last pin.

Each checkpoint names the size before it, so that walking back from the head meets every one of them. It must
come to the pinned one, else the chain doesn't continue what was pinned. What is seen is pinned at once, so
that a long walk goes on after an interruption; no checkpoint is ever pinned twice or changed.
"""

from dataclasses import dataclass

from ledger_chain.errors import BadAnswer
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.json_members import to_hex
from ledger_proofs.reports import Comparison
from ledger_proofs.types import Hash, LogId, generation_of, log_id
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import Found
from regulator_portal.mirror.chain_checks import CheckedChain
from regulator_portal.mirror.models import MirroredLog, PinnedCheckpoint
from regulator_portal.mirror.pinned_chain import is_same
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools

PINS_AT_A_TIME = 64
MOST_GENERATIONS = 1_000
MISSING = "none"


def survey_logs(tools: Tools) -> list[int]:
    """Make sure that every log of the chain's directory has its row; return all logs by number."""
    reader = tools.node.reader
    logs = [
        log_id(institution, generation)
        for institution in reader.institutions()
        for generation in range(1, min(MOST_GENERATIONS, generation_of(reader.current_log(institution))) + 1)
    ]
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for log in logs:
            if mirror.find_log(log) is None:
                mirror.add(MirroredLog(log=log, institution=log >> 32, generation=generation_of(log)))
    return sorted(logs)


@dataclass(frozen=True)
class Followed:
    """What following a log on the chain showed; `found` empty means that all was as it should be."""

    found: tuple[Found, ...]


def follow_checkpoints(tools: Tools, log: int, chain: CheckedChain) -> Followed:
    """Pin every checkpoint of a log since the last pin, and note its head and its closing."""
    head = tools.node.reader.head(log)
    closing = tools.node.find_closing(log)
    with tools.database.reading() as session:
        row = MirrorRepository(session).get_log(log)
        last = MirrorRepository(session).find_checkpoint(log, row.pinned_size)
    if last is not None:
        differing = compare_pin(tools, last, chain.block_number)
        if differing is not None:
            return Followed((differing,))
    found: tuple[Found, ...] = ()
    if head is not None:
        broken = _walk_back(tools, row, head, chain)
        found = () if broken is None else (broken,)
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        row = mirror.get_log(log)
        if head is not None:
            row.head_size, row.head_root, row.head_anchored_at = head.size, head.root, head.anchored_at
            if not found:
                row.pinned_size = head.size
        row.as_of_block = chain.block_number
        if closing is not None:
            row.closed_size, row.successor = closing.size, closing.successor
            mirror.bar_checkpoints_above(log, closing.size)
        row.checkpoint_count = mirror.count_checkpoints(log)
        mirror.add(row)
    return Followed(found)


def compare_pin(tools: Tools, pinned: PinnedCheckpoint, block: int) -> Found | None:
    """Compare a pinned checkpoint with the chain; what differs, or None."""
    found = tools.node.reader.find_checkpoint(pinned.log, pinned.size)
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
        Comparison("pinned as of block", str(pinned.block_number), str(block)),
    )
    return Found(FindingCode.PIN_DIFFERS, pinned.log, pinned.size, compared, block)


def _walk_back(tools: Tools, row: MirroredLog, head: Checkpoint, chain: CheckedChain) -> Found | None:
    """Pin from the head back to the last pin. Returns what shows that the chain doesn't come to it."""
    waiting: list[Checkpoint] = []
    size, root_of_pin = head.size, row.pinned_size
    while size > root_of_pin:
        step = _get_step(tools, row.log, size)
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


def _get_step(tools: Tools, log: int, size: int) -> tuple[Checkpoint, bool] | None:
    with tools.database.reading() as session:
        pinned = MirrorRepository(session).find_checkpoint(log, size)
    if pinned is not None:
        return as_checkpoint(pinned), False
    found = tools.node.reader.find_checkpoint(log, size)
    if found is not None and found.size != size:
        raise BadAnswer("The node answered with another checkpoint than it was asked for.")
    return None if found is None else (found, True)


def _note_opening(tools: Tools, row: MirroredLog, opening: Checkpoint, chain: CheckedChain) -> Found | None:
    """A successor opens at a checkpoint of the log before it: same size, same root."""
    with tools.database.reading() as session:
        before = MirrorRepository(session).find_checkpoint(row.log - 1, opening.size)
    is_continued = row.generation > 1 and before is not None and before.root == opening.root
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
                )
            )


def as_checkpoint(pinned: PinnedCheckpoint) -> Checkpoint:
    """Return a pinned checkpoint as the verification core has it."""
    return Checkpoint(
        LogId(pinned.log), pinned.size, Hash(pinned.root), pinned.previous_size, pinned.anchored_at
    )
