"""What a sign-in at the desk leaves in the browser, and where it leads."""

from starlette.responses import Response

from ledger_api.desk.visitor import HOME, SIGN_IN
from ledger_api.identity.dependencies import DESK_COOKIE
from ledger_api.identity.service import OpenedSession
from ledger_api.parts import Parts
from ledger_web.forms import read_next_path, set_session_cookie

INSTITUTION_COOKIE = "rxledger_institution"
"""Which institution was chosen last: a convenience, and no secret."""
INSTITUTION_COOKIE_SECONDS = 180 * 86_400


def read_desk_path(offered: str | None) -> str:
    """Return where to go after signing in: a page of the desk, and nowhere else."""
    path = read_next_path(offered, HOME)
    inside = path == HOME or path.startswith((f"{HOME}/", f"{HOME}?"))
    return path if inside and not path.startswith((SIGN_IN, f"{HOME}/sign-out", f"{HOME}/sessions")) else HOME


def give_session(answer: Response, parts: Parts, opened: OpenedSession) -> Response:
    """Give the session to this browser, and remember the institution that was chosen."""
    secure = parts.settings.is_production
    set_session_cookie(
        answer, DESK_COOKIE, opened.token, max_age=parts.settings.session_hours * 3600, secure=secure
    )
    answer.set_cookie(
        INSTITUTION_COOKIE,
        str(opened.person.institution),
        max_age=INSTITUTION_COOKIE_SECONDS,
        path=HOME,
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return answer
