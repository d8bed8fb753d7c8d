"""The attack room's pages: attacks as cards, each play with its progress and result, and the history."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import RedirectResponse, Response

from ledger_cli.attacks.attack import Attack
from ledger_cli.attacks.catalogue import ATTACKS, get_attack
from ledger_cli.attacks.playing import Play, Player
from ledger_cli.attacks.results import BY_ZH, Ending, Result
from ledger_cli.attacks.roles import RoleCard
from ledger_cli.language import Text
from ledger_web.errors import NotFound
from ledger_web.forms import parse_form, verify_same_origin
from ledger_web.pages import Pages

router = APIRouter()
MAX_FORM_BYTES = 1_000


class NoSuchAttack(NotFound):
    """No attack, or no play, has this name."""

    code = "attack-not-found"
    title = "No such attack"
    title_zh = "没有该项攻击"

    def __init__(self) -> None:
        super().__init__(
            "The start page lists the twenty attacks and what was played in this run.",
            "首页列出二十项攻击及本次运行中的记录。",
        )


@dataclass(frozen=True)
class Badge:
    """How an outcome is shown: word, icon and colour, always all three."""

    kind: str
    icon: str
    word: Text


COULD_NOT_CHECK = Badge("neutral", "help-circle", Text("could not check", "无法核验"))
UNDER_WAY = Badge("busy", "hourglass", Text("under way", "进行中"))
_CAUGHT = {
    Ending.PASSED: Badge("good", "circle-check", Text("passed", "通过")),
    Ending.REFUSED: Badge("good", "hand-stop", Text("refused", "已拒绝")),
    Ending.FOUND: Badge("good", "zoom-check", Text("found", "已发现")),
    Ending.CAME_THROUGH: Badge("bad", "alert-octagon", Text("came through", "得逞")),
}
_WRONGED = {
    Ending.REFUSED: Badge("bad", "circle-x", Text("refused", "被拒绝")),
    Ending.FOUND: Badge("bad", "circle-x", Text("failed", "不通过")),
}


@dataclass(frozen=True)
class GuardView:
    """What one guard in line said."""

    badge: Badge
    by: Text
    result: Result


@dataclass(frozen=True)
class PlayView:
    """A play as a page shows it."""

    play: Play
    badge: Badge
    by: Text | None
    guards: Sequence[GuardView]


@dataclass(frozen=True)
class Card:
    """An attack on the start page, with its latest play."""

    number: int
    attack: Attack
    latest: PlayView | None


@dataclass(frozen=True)
class RoomPage:
    """The start page."""

    cards: Sequence[Card]
    under_way: PlayView | None
    portal_url: str | None


@dataclass(frozen=True)
class PlayPage:
    """The page of one play, and the part of it that asks for itself anew."""

    view: PlayView
    portal_url: str | None


@dataclass(frozen=True)
class HistoryPage:
    """All plays of this run."""

    views: Sequence[PlayView]


@dataclass(frozen=True)
class RolesPage:
    """Whom one can be in the running scenario. The patient has no account: a page, and her code."""

    cards: Sequence[RoleCard]
    holder_url: str


@dataclass(frozen=True)
class Room:
    """What the pages are made from. `list_roles` asks the stack as it is now."""

    player: Player
    pages: Pages
    portal_url: str | None
    list_roles: Callable[[], Sequence[RoleCard]]
    holder_url: str


def get_room(request: Request) -> Room:
    """The room whose application answers."""
    room: Room = request.app.state.room
    return room


RoomDep = Annotated[Room, Depends(get_room)]


@router.get("/")
def show_room(request: Request, room: RoomDep) -> Response:
    """The twenty attacks."""
    plays = room.player.list_plays()
    cards = [
        Card(number, attack, _view_first(play for play in plays if play.attack is attack))
        for number, attack in enumerate(ATTACKS, start=1)
    ]
    under_way = _view_first(play for play in plays if play.is_under_way)
    return room.pages.render(request, "room.html", RoomPage(cards, under_way, room.portal_url))


@router.get("/roles")
def show_roles(request: Request, room: RoomDep) -> Response:
    """Everybody one can be, with credentials: a development stack's only."""
    return room.pages.render(request, "roles.html", RolesPage(room.list_roles(), room.holder_url))


@router.post("/attacks/{slug}/plays")
def begin_play(
    slug: str, request: Request, room: RoomDep, content: Annotated[bytes, Body(max_length=MAX_FORM_BYTES)]
) -> Response:
    """Play an attack, or its honest twin, as the form's `how` says."""
    verify_same_origin(request)
    how: Literal["honest", "cheat"] = "honest" if parse_form(content).get("how") == "honest" else "cheat"
    play = room.player.begin(find_attack(slug), is_honest=how == "honest")
    return RedirectResponse(f"/plays/{play.id}", status_code=303)


@router.get("/plays")
def show_history(request: Request, room: RoomDep) -> Response:
    """What was played in this run."""
    views = [view_play(play) for play in room.player.list_plays()]
    return room.pages.render(request, "plays.html", HistoryPage(views))


@router.get("/plays.csv")
def export_history(room: RoomDep) -> Response:
    """The same as CSV (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["began_at", "attack", "how", "outcome", "by", "step", "code", "link"])
    writer.writerows(_row(play) for play in room.player.list_plays())
    headers = {"Content-Disposition": 'attachment; filename="plays.csv"'}
    return Response("\ufeff" + buffer.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/v1/plays")
def list_plays(room: RoomDep) -> dict[str, object]:
    """The same for programs."""
    return {"items": [play_as_json(play) for play in room.player.list_plays()]}


@router.get("/plays/{play_id}")
def show_play(play_id: str, request: Request, room: RoomDep) -> Response:
    """One play: its progress, then what came of it."""
    return room.pages.render(request, "play.html", _play_page(room, play_id))


@router.get("/plays/{play_id}/progress")
def show_progress(play_id: str, request: Request, room: RoomDep) -> Response:
    """The part of that page which asks for itself anew."""
    return room.pages.render(request, "parts/play_progress.html", _play_page(room, play_id))


def find_attack(slug: str) -> Attack:
    """The attack of that name. Raises NoSuchAttack."""
    try:
        return get_attack(slug)
    except LookupError:
        raise NoSuchAttack from None


def view_play(play: Play) -> PlayView:
    """Build what a page shows of a play."""
    if play.is_under_way:
        return PlayView(play, UNDER_WAY, None, ())
    if play.result is None:
        return PlayView(play, COULD_NOT_CHECK, None, ())
    guards = [
        GuardView(_badge_of(each.outcome, is_honest=play.is_honest), _name_of(each), each)
        for each in play.result.line
    ]
    badge = _badge_of(play.result.outcome, is_honest=play.is_honest)
    return PlayView(play, badge, _name_of(play.result), guards)


def play_as_json(play: Play) -> dict[str, object]:
    """A play for programs."""
    result = play.result
    return {
        "id": play.id,
        "attack": play.attack.slug,
        "how": "honest" if play.is_honest else "cheat",
        "began_at": play.began_at,
        "ended_at": play.ended_at,
        "as_it_should": play.is_as_it_should,
        "outcome": None if result is None else result.outcome.value,
        "described": None if result is None else result.describe(),
        "link": None if result is None else result.link,
        "problem": None if play.problem is None else play.problem.en,
        "problem_zh": None if play.problem is None else play.problem.zh,
    }


def _play_page(room: Room, play_id: str) -> PlayPage:
    play = room.player.find_play(play_id)
    if play is None:
        raise NoSuchAttack
    return PlayPage(view_play(play), room.portal_url)


def _view_first(plays: Iterator[Play]) -> PlayView | None:
    first = next(plays, None)
    return None if first is None else view_play(first)


def _badge_of(outcome: Ending, *, is_honest: bool) -> Badge:
    return _WRONGED.get(outcome, _CAUGHT[outcome]) if is_honest else _CAUGHT[outcome]


def _name_of(result: Result) -> Text:
    name, name_zh = result.by, BY_ZH[result.by]
    if result.step is None:
        return Text(name, name_zh)
    return Text(f"{name}, step {result.step}", f"{name_zh}第 {result.step} 步")


def _row(play: Play) -> list[str | int]:
    result = play.result
    at = datetime.fromtimestamp(play.began_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said: list[str | int] = ["could_not_check" if play.ended_at else "under_way", "", "", "", ""]
    if result is not None:
        said = [result.outcome.value, result.by, result.step or "", result.code, result.link or ""]
    return [at, play.attack.slug, "honest" if play.is_honest else "cheat", *said]
