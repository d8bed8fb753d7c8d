"""Which checkpoint first holds each entry of a page: one question for all of them, not one for each."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from regulator_portal.mirror.models import MirroredEntry, PinnedCheckpoint


def list_holding_checkpoints(
    session: Session, log: int, positions: Sequence[int]
) -> dict[int, PinnedCheckpoint]:
    """Return the first pinned checkpoint that holds each position, where there is one."""
    if not positions:
        return {}
    first_size = (
        select(func.min(PinnedCheckpoint.size))
        .where(PinnedCheckpoint.log == log, col(PinnedCheckpoint.size) > col(MirroredEntry.position))
        .scalar_subquery()
    )
    found = session.execute(
        select(col(MirroredEntry.position), first_size).where(
            MirroredEntry.log == log, col(MirroredEntry.position).in_(positions)
        )
    )
    sizes = {position: size for position, size in found if size is not None}
    checkpoints = session.exec(
        select(PinnedCheckpoint).where(
            PinnedCheckpoint.log == log, col(PinnedCheckpoint.size).in_(set(sizes.values()))
        )
    )
    by_size = {each.size: each for each in checkpoints}
    return {position: by_size[size] for position, size in sizes.items()}
