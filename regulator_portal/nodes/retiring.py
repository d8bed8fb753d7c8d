"""Retiring pins that a sealed header contradicts: a lying node's, from when no seals could be checked.

A pin whose block was sealed when it was pinned is never retired: if another sealed one turns up, the
validators themselves sealed two pasts, and that stays a finding. Nor is a checkpoint whose root the gateway's
own entries gave. What is retired is kept with what contradicts it, and is a finding until an auditor has
acknowledged it.
"""

import uuid
from typing import Final

from ledger_chain.proven_reading import ProvenReading
from ledger_proofs.json_members import to_hex
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.reports import Comparison
from regulator_portal.audit.service import AuditTrail
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.mirror.chain_checks import list_sealers
from regulator_portal.mirror.mirroring import ENTRY_CODES
from regulator_portal.mirror.models import CheckpointOutcome, PinnedBlock, PinnedCheckpoint
from regulator_portal.mirror.pinned_chain import is_same
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.nodes.models import PinKind, RetiredPin

PINS_AT_A_TIME: Final = 64
CLOCK_LEEWAY_S: Final = 3_600
"""By how much the validators' clocks and the portal's may differ."""
ACTOR: Final = "system:nodes"
NO_CHECKPOINT: Final = "no checkpoint of that size"


def retire_forged_blocks(tools: Tools, proven: ProvenReading, head: SealedHeader, check: str) -> bool:
    """Look at pinned blocks whose seals weren't checked; say if any was retired. Raises ChainError."""
    with tools.database.reading() as session:
        pins = MirrorRepository(session).list_unsealed_blocks(PINS_AT_A_TIME)
    is_any_retired = False
    for pin in pins:
        contradiction: str | None = None
        sealed = None
        if pin.number <= head.number:
            sealed = proven.header_at(pin.number) if pin.number else None
            if sealed is not None and sealed.block_hash != pin.hash:
                contradiction = f"block {pin.number} is {to_hex(sealed.block_hash)}"
        elif head.header.timestamp > pin.pinned_at + CLOCK_LEEWAY_S:
            # Times ascend: a higher block that was there when it was pinned can't be of a later time.
            contradiction = f"block {head.number} is of a later time than the pin"
        else:
            continue
        with tools.database.writing() as session:
            mirror = MirrorRepository(session)
            if contradiction is None:
                mirror.mark_sealed(pin.number, list_sealers(sealed) or [])
                continue
            mirror.drop_block(pin.number)
            pinned: dict[str, str | int] = {"hash": to_hex(pin.hash), "pinned_at": pin.pinned_at}
            retired = _retire(PinKind.BLOCK, None, pin.number, pinned, contradiction, head.number, tools)
            mirror.add(retired)
            AuditTrail(session, tools.clock, check).note(ACTOR, "pin.retired", f"block:{pin.number}")
            FindingRepository(session, tools.clock).note(_build_block_finding(pin, retired), check)
        is_any_retired = True
    return is_any_retired


def retire_forged_checkpoints(
    tools: Tools, proven: ProvenReading, log: int, head: SealedHeader, check: str
) -> None:
    """Look at a log's pinned checkpoints that weren't proven when they were pinned. Raises ChainError."""
    with tools.database.reading() as session:
        pins = MirrorRepository(session).list_unproven_checkpoints(log, PINS_AT_A_TIME)
    for pin in pins:
        true = proven.checkpoint(log, pin.size, head)
        is_right = true is not None and is_same(pin, true)
        if not is_right and pin.outcome == CheckpointOutcome.PASSED:
            continue
        with tools.database.writing() as session:
            mirror = MirrorRepository(session)
            if is_right:
                mirror.mark_proven(log, pin.size)
                continue
            contradiction = NO_CHECKPOINT if true is None else f"its root is {to_hex(true.root)}"
            content: dict[str, str | int] = {
                "root": to_hex(pin.root),
                "previous_size": pin.previous_size,
                "anchored_at": pin.anchored_at,
                "pinned_at": pin.pinned_at,
            }
            retired = _retire(PinKind.CHECKPOINT, log, pin.size, content, contradiction, head.number, tools)
            left = mirror.retire_checkpoint(log, pin.size)
            mirror.add(retired)
            # What was missed or differed beyond it was never asked for by the chain: nobody is to blame.
            findings = FindingRepository(session, tools.clock)
            findings.close_unseen(log, (FindingCode.ROOT_DIFFERS,), check, (left + 1, pin.size))
            findings.close_unseen(log, ENTRY_CODES, check, (left, pin.size))
            AuditTrail(session, tools.clock, check).note(
                ACTOR, "pin.retired", f"log:{log}", {"size": pin.size}
            )
            findings.note(_build_checkpoint_finding(pin, retired), check)


def _retire(
    kind: PinKind,
    log: int | None,
    place: int,
    content: dict[str, str | int],
    contradicted_by: str,
    block: int,
    tools: Tools,
) -> RetiredPin:
    return RetiredPin(
        id=str(uuid.uuid4()),
        kind=kind,
        log=log,
        place=place,
        content=content,
        contradicted_by=contradicted_by,
        as_of_block=block,
        retired_at=tools.clock(),
    )


def _build_block_finding(pin: PinnedBlock, retired: RetiredPin) -> Found:
    said = Comparison(
        f"block {pin.number} as a node said when it was pinned", retired.contradicted_by, to_hex(pin.hash)
    )
    return Found(FindingCode.NODE_PIN_RETIRED, None, pin.number, (said,), retired.as_of_block)


def _build_checkpoint_finding(pin: PinnedCheckpoint, retired: RetiredPin) -> Found:
    what = f"checkpoint {pin.size} as a node said when it was pinned"
    said = Comparison(what, retired.contradicted_by, to_hex(pin.root))
    return Found(FindingCode.NODE_PIN_RETIRED, pin.log, pin.size, (said,), retired.as_of_block)
