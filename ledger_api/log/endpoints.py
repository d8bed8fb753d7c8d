"""The log for members: head, checkpoints, and tiles (C2SP tlog-tiles).

Any signed-in principal may read any log that this gateway keeps: logs hold commitments and windows, never
content.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlmodel import Session

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.identity.repository import IdentityRepository
from ledger_api.log.errors import LogNotFound, TileNotFound
from ledger_api.log.heads import build_empty_head, log_of
from ledger_api.log.models import LogHead
from ledger_api.log.repository import LogRepository
from ledger_api.log.schemas import (
    CheckpointPage,
    LogHeadAnswer,
    build_checkpoint_answer,
    build_head_answer,
)
from ledger_api.log.tiles import get_tile_bytes
from ledger_api.parts import ReadSession
from ledger_proofs.errors import MalformedInput
from ledger_proofs.tiles import parse_tile_path
from ledger_proofs.types import MAX_JSON_INTEGER, institution_of
from ledger_web.bodies import StrictRoute
from ledger_web.paging import PageDep
from ledger_web.problems import problem_responses

TILE_MEDIA_TYPE = "application/octet-stream"
FOR_EVER = "private, max-age=31536000, immutable"
"""A tile's address names its width: what stands there never changes."""

router = APIRouter(prefix="/v1/logs", route_class=StrictRoute, tags=["log"])

LogNumber = Annotated[
    int,
    Path(ge=1, le=MAX_JSON_INTEGER, description="institution * 2^32 + generation", examples=[4_294_967_297]),
]
TilePathText = Annotated[
    str, Path(max_length=64, description="`<L>/<N>` or `entries/<N>`, with `.p/<W>` for a partial tile")
]


@router.get(
    "/{log}/head", summary="How long is the log? · 日志长度", responses=problem_responses(401, 404, 422)
)
def read_head(log: LogNumber, principal: PrincipalDep, session: ReadSession) -> LogHeadAnswer:
    """Answer with the log's size and root, and how much of it is anchored and final."""
    return build_head_answer(_get_head(session, log))


@router.get(
    "/{log}/checkpoints", summary="List checkpoints · 列出检查点", responses=problem_responses(401, 404, 422)
)
def list_checkpoints(
    log: LogNumber, principal: PrincipalDep, page: PageDep, session: ReadSession
) -> CheckpointPage:
    """List the log's checkpoints on the chain, the smallest first; the cursor is a size."""
    _get_head(session, log)
    found = AnchoringRepository(session).list_recorded_after(log, page.cursor or 0, page.fetch)
    rows, more = page.cut(found)
    return CheckpointPage(
        items=[build_checkpoint_answer(row) for row in rows],
        next_cursor=str(rows[-1].size) if more else None,
    )


@router.get(
    "/{log}/tile/{tile:path}",
    summary="Read a tile · 读取瓦片",
    response_class=Response,
    responses={
        200: {"content": {TILE_MEDIA_TYPE: {}}, "description": "The tile's hashes, or its entries"},
        **problem_responses(401, 404, 422),
    },
)
def read_tile(log: LogNumber, tile: TilePathText, principal: PrincipalDep, session: ReadSession) -> Response:
    """Answer with a tile's hashes, or with a bundle of entries, each prefixed by its u16 length."""
    repository = LogRepository(session)
    head = _get_head(session, log)
    try:
        path = parse_tile_path(f"tile/{tile}")
    except MalformedInput:
        raise TileNotFound from None
    content = get_tile_bytes(repository, log, head.size, path)
    return Response(content, media_type=TILE_MEDIA_TYPE, headers={"Cache-Control": FOR_EVER})


def _get_head(session: Session, log: int) -> LogHead:
    head = LogRepository(session).find_head(log)
    if head is not None:
        return head
    institution = IdentityRepository(session).find_institution(institution_of(log))
    if institution is None or log_of(institution) != log:
        raise LogNotFound
    return build_empty_head(institution)
